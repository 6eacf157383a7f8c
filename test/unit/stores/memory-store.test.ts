import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { storeContract } from '../../../src/testing/index.ts'

let store: ReturnType<typeof memoryStore>

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
  store = memoryStore()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function inSeconds(seconds: number): { expiresAt: number } {
  return { expiresAt: Date.now() / 1000 + seconds }
}

describe('memoryStore', () => {
  it('has every operation of the contract, which test/stores runs', () => {
    expect(storeContract.length).toBeGreaterThan(0)
    expect(Object.keys(store).sort()).toEqual(['delete', 'get', 'getMany', 'replace', 'set', 'setIfAbsent'])
  })

  it('has a value until it expires, to the millisecond', async () => {
    await store.set('key', 'value', inSeconds(1.5))
    vi.advanceTimersByTime(1499)
    expect([await store.get('key'), await store.getMany(['key'])]).toEqual(['value', ['value']])
    vi.advanceTimersByTime(1)
    expect([await store.get('key'), await store.getMany(['key'])]).toEqual([undefined, [undefined]])
  })

  it('has setIfAbsent write over a value that has expired', async () => {
    await store.set('key', 'old', inSeconds(1))
    expect(await store.setIfAbsent('key', 'new', inSeconds(9))).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(await store.setIfAbsent('key', 'new', inSeconds(9))).toBe(true)
    expect(await store.get('key')).toBe('new')
  })

  it('has replace bring back no value that has expired or was deleted', async () => {
    for (const key of ['expired', 'deleted']) await store.set(key, 'old', inSeconds(1))
    await store.delete('deleted')
    vi.advanceTimersByTime(1000)
    for (const key of ['expired', 'deleted', 'never']) {
      expect(await store.replace(key, 'new', { ...inSeconds(9), expected: 'old' })).toBe(false)
      expect(await store.get(key)).toBeUndefined()
    }
  })

  it('has replace give the value its new expiry', async () => {
    await store.set('key', 'old', inSeconds(1))
    await store.replace('key', 'new', { ...inSeconds(9), expected: 'old' })
    vi.advanceTimersByTime(8999)
    expect(await store.get('key')).toBe('new')
    vi.advanceTimersByTime(1)
    expect(await store.get('key')).toBeUndefined()
  })

  it('throws away what has expired, at most once a minute, and nothing else', async () => {
    const removed = vi.spyOn(Map.prototype, 'delete')
    const throwsAway = async (): Promise<unknown[]> => {
      removed.mockClear()
      await store.set('last', 'value', inSeconds(9999))
      return removed.mock.calls.map(([key]) => key)
    }
    await store.set('short', 'value', inSeconds(1))
    await store.set('long', 'value', inSeconds(9999))
    vi.advanceTimersByTime(59_999)
    expect(await throwsAway()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(await throwsAway()).toEqual(['short'])
    expect(await store.get('long')).toBe('value')
  })

  it('shares nothing with another store', async () => {
    await store.set('key', 'value', inSeconds(9))
    expect(await memoryStore().get('key')).toBeUndefined()
  })
})
