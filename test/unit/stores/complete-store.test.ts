import { describe, expect, it, vi } from 'vitest'
import { type CompleteStore, completeStore } from '../../../src/stores/complete-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import type { Store } from '../../../src/stores/store.ts'
import { createGate } from '../session/gate.ts'

const life = { expiresAt: Number.POSITIVE_INFINITY }

/** What every store has, and nothing more. */
function plainStore(): Store {
  const { get, set, delete: remove } = memoryStore()
  return { get, set, delete: remove }
}

const stores = [
  ['completed', plainStore],
  ['of its own', memoryStore],
] as const

describe.each(stores)('completeStore with operations %s', (_what, createStore) => {
  it('has setIfAbsent: the first of many writes', async () => {
    const store = completeStore(createStore())
    const wrote = await Promise.all([1, 2, 3].map((value) => store.setIfAbsent('key', String(value), life)))
    expect(wrote).toEqual([true, false, false])
    expect(await store.get('key')).toBe('1')
  })

  it('has replace: only what was expected is written over, and once', async () => {
    const store = completeStore(createStore())
    await store.set('key', 'old', life)
    const replace = (value: string) => store.replace('key', value, { ...life, expected: 'old' })
    expect(await Promise.all([replace('a'), replace('b')])).toEqual([true, false])
    expect(await store.get('key')).toBe('a')
  })

  it('never brings back a deleted value by replace', async () => {
    const store = completeStore(createStore())
    await store.set('key', 'old', life)
    await store.delete('key')
    expect(await store.replace('key', 'new', { ...life, expected: 'old' })).toBe(false)
    expect(await store.get('key')).toBeUndefined()
  })

  it('has getMany, in the order of the keys', async () => {
    const store = completeStore(createStore())
    await Promise.all(['a', 'b'].map((key) => store.set(key, `value of ${key}`, life)))
    expect(await store.getMany(['b', 'none', 'a'])).toEqual(['value of b', undefined, 'value of a'])
  })
})

describe('completeStore', () => {
  it.each<[lacking: string, store: Store, isAtomic: boolean]>([
    ['nothing', memoryStore(), true],
    ['getMany alone', { ...plainStore(), setIfAbsent: async () => true, replace: async () => true }, true],
    ['setIfAbsent', { ...plainStore(), replace: async () => true }, false],
    ['replace', { ...plainStore(), setIfAbsent: async () => true }, false],
    ['both', plainStore(), false],
  ])('knows of a store that lacks %s whether its operations hold across processes', (_what, store, isAtomic) => {
    expect(completeStore(store).isAtomic).toBe(isAtomic)
  })

  it('uses the operations that there are, as methods of their store', async () => {
    class Own {
      readonly values: Record<string, string> = { key: 'old' }
      async get(key: string) {
        return this.values[key]
      }
      async set() {}
      async delete() {}
      async setIfAbsent() {
        return this.values['key'] === 'old'
      }
      async replace() {
        return this.values['key'] === 'old'
      }
      async getMany() {
        return [this.values['key']]
      }
    }
    const store = completeStore(new Own())
    expect(await store.get('key')).toBe('old')
    expect(await store.setIfAbsent('key', 'x', life)).toBe(true)
    expect(await store.replace('key', 'x', { ...life, expected: 'y' })).toBe(true)
    expect(await store.getMany(['key'])).toEqual(['old'])
  })

  it('takes null, which Redis clients give, for nothing there', async () => {
    const nothing = async () => null as never
    const { set, delete: remove } = plainStore()
    const store = completeStore({ get: nothing, set, delete: remove })
    expect(await store.get('key')).toBeUndefined()
    expect(await store.getMany(['key'])).toEqual([undefined])
    expect(await store.setIfAbsent('key', 'value', life)).toBe(true)
    expect(await store.replace('key', 'value', { ...life, expected: 'x' })).toBe(false)
    const many = completeStore({ ...memoryStore(), getMany: async () => [null as never] })
    expect(await many.getMany(['key'])).toEqual([undefined])
  })

  it('takes an empty value for a value', async () => {
    const store = completeStore(plainStore())
    await store.set('key', '', life)
    expect(await store.setIfAbsent('key', 'value', life)).toBe(false)
  })

  it('passes failures on', async () => {
    const failing: Store = { ...plainStore(), get: () => Promise.reject(new Error('down')) }
    const store = completeStore(failing)
    await expect(store.setIfAbsent('key', 'value', life)).rejects.toThrow('down')
    await expect(store.replace('key', 'value', { ...life, expected: 'x' })).rejects.toThrow('down')
    await expect(store.getMany(['key'])).rejects.toThrow('down')
  })
})

/** Writes that would be lost, or lose another, if they came between the two halves of an operation that is done here. */
const writes: readonly (readonly [
  name: string,
  write: (store: CompleteStore) => Promise<unknown>,
  after: string | undefined,
])[] = [
  ['set', (store) => store.set('key', 'newest', life), 'newest'],
  ['delete', (store) => store.delete('key'), undefined],
  ['replace', (store) => store.replace('key', 'newest', { ...life, expected: 'new' }), 'newest'],
]

describe('completeStore over a store without atomic operations', () => {
  it.each(writes)('has %s wait for a replace that is under way', async (_name, write, after) => {
    const plain = plainStore()
    const gate = createGate()
    const slow: Store = {
      ...plain,
      get: async (key) => {
        const value = await plain.get(key)
        await gate.passed
        return value
      },
    }
    const store = completeStore(slow)
    await store.set('key', 'old', life)
    const replaced = store.replace('key', 'new', { ...life, expected: 'old' })
    await new Promise(setImmediate) // it has read by now, and not written yet
    const written = write(store)
    await new Promise(setImmediate)
    gate.open()
    await Promise.all([replaced, written])
    expect(await plain.get('key')).toBe(after)
  })

  it('does not have other keys wait', async () => {
    const gate = createGate<string | undefined>()
    const store = completeStore({
      ...plainStore(),
      get: (key) => (key === 'slow' ? gate.passed : Promise.resolve('x')),
    })
    const slow = store.setIfAbsent('slow', 'value', life)
    expect(await store.setIfAbsent('other', 'value', life)).toBe(false)
    gate.open(undefined)
    expect(await slow).toBe(true)
  })
})

describe('completeStore over a store with atomic operations', () => {
  it('has nothing wait: its own operations are enough', async () => {
    const gate = createGate<boolean>()
    const own = memoryStore()
    const set = vi.spyOn(own, 'set')
    const store = completeStore({ ...own, set: own.set, replace: () => gate.passed })
    const replaced = store.replace('key', 'new', { ...life, expected: 'old' })
    await store.set('key', 'value', life)
    expect(set).toHaveBeenCalledTimes(1)
    gate.open(true)
    expect(await replaced).toBe(true)
  })
})
