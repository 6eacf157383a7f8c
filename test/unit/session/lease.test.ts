import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { leaseSeconds, underLease } from '../../../src/session/lease.ts'
import { completeStore } from '../../../src/stores/complete-store.ts'
import { createGate } from './gate.ts'
import { now, type WatchedStore, watchedStore } from './processes.ts'

const key = 'relying-party:lease:an-id'

let store: WatchedStore
/** What another process does to the same lease. */
const tryFrom = (id = 'an-id') => underLease(completeStore(store), id, async () => 'done')

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
  store = watchedStore()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Somebody who holds the lease until told to end. */
function hold(): { end: () => void; fail: (error: Error) => void; ended: Promise<unknown> } {
  const { passed, open, fail } = createGate<string>()
  const ended = underLease(completeStore(store), 'an-id', () => passed)
  return { end: () => open('held'), fail, ended }
}

describe('underLease', () => {
  it('gives what was done, and the lease is free at once', async () => {
    expect(await tryFrom()).toEqual({ value: 'done' })
    expect(await store.get(key)).toBeUndefined()
    expect(await tryFrom()).toEqual({ value: 'done' })
  })

  it('is busy while somebody else holds it, and does nothing then', async () => {
    const holder = hold()
    const act = vi.fn()
    expect(await underLease(completeStore(store), 'an-id', act)).toBe('busy')
    expect(act).not.toHaveBeenCalled()
    holder.end()
    expect(await holder.ended).toEqual({ value: 'held' })
    expect(await tryFrom()).toEqual({ value: 'done' })
  })

  it('is held for one login: others are not kept waiting', async () => {
    const holder = hold()
    expect(await tryFrom('another-id')).toEqual({ value: 'done' })
    holder.end()
    await holder.ended
  })

  it('is released when the work fails, and passes the failure on', async () => {
    const holder = hold()
    await vi.advanceTimersByTimeAsync(0)
    holder.fail(new Error('failed'))
    await expect(holder.ended).rejects.toThrow('failed')
    expect(await tryFrom()).toEqual({ value: 'done' })
  })

  it('is taken for leaseSeconds, under a name that nobody else has', async () => {
    await Promise.all([tryFrom('one'), tryFrom('two')])
    const taken = store.setIfAbsent.mock.calls
    expect(taken.map(([, , life]) => life)).toEqual(Array(2).fill({ expiresAt: now() + leaseSeconds }))
    expect(new Set(taken.map(([, holder]) => holder)).size).toBe(2)
  })

  it('is renewed while a slow holder works', async () => {
    const holder = hold()
    await vi.advanceTimersByTimeAsync(10 * leaseSeconds * 1000)
    expect(await tryFrom()).toBe('busy')
    holder.end()
    await holder.ended
  })

  it('runs out leaseSeconds after its holder stopped to renew it', async () => {
    const holder = hold()
    await vi.advanceTimersByTimeAsync(0)
    vi.setSystemTime(Date.now() + leaseSeconds * 1000 - 1)
    expect(await tryFrom()).toBe('busy')
    vi.setSystemTime(Date.now() + 1)
    expect(await tryFrom()).toEqual({ value: 'done' })
    holder.end()
    await holder.ended
  })

  it('is not renewed any more when the work is done', async () => {
    await tryFrom()
    store.replace.mockClear()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(store.replace).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves the lease of a successor alone, while it works and when it ends', async () => {
    const stalled = hold()
    await vi.advanceTimersByTimeAsync(0)
    vi.setSystemTime(Date.now() + leaseSeconds * 1000)
    const successor = hold()
    await vi.advanceTimersByTimeAsync(2000)
    stalled.end()
    expect(await stalled.ended).toEqual({ value: 'held' })
    expect(await tryFrom()).toBe('busy')
    successor.end()
    await successor.ended
    expect(await tryFrom()).toEqual({ value: 'done' })
  })

  it('goes on when the store fails at a renewal or at the release: the lease runs out', async () => {
    const holder = hold()
    await vi.advanceTimersByTimeAsync(0)
    store.replace.mockRejectedValue(new Error('down'))
    await vi.advanceTimersByTimeAsync(2000)
    holder.end()
    expect(await holder.ended).toEqual({ value: 'held' })
    expect(await tryFrom()).toBe('busy')
    vi.setSystemTime(Date.now() + leaseSeconds * 1000)
    store.replace.mockReset()
    expect(await tryFrom()).toEqual({ value: 'done' })
  })

  it('rejects when the store fails at its beginning, and does nothing', async () => {
    store.setIfAbsent.mockRejectedValue(new Error('down'))
    const act = vi.fn()
    await expect(underLease(completeStore(store), 'an-id', act)).rejects.toThrow('down')
    expect(act).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not keep the process alive', async () => {
    const unref = vi.spyOn(globalThis, 'setInterval')
    const holder = hold()
    await vi.advanceTimersByTimeAsync(0)
    expect(unref.mock.results[0]?.value.hasRef()).toBe(false)
    holder.end()
    await holder.ended
  })

  it('is confirmed while it is held, for leaseSeconds from then on, and not when it is lost', async () => {
    const confirmed: boolean[] = []
    await underLease(completeStore(store), 'an-id', async (confirm) => {
      vi.setSystemTime(Date.now() + leaseSeconds * 1000 - 1)
      confirmed.push(await confirm())
      vi.setSystemTime(Date.now() + leaseSeconds * 1000 - 1)
      expect(await tryFrom()).toBe('busy')
      vi.setSystemTime(Date.now() + 1)
      confirmed.push(await confirm())
    })
    expect(confirmed).toEqual([true, false])
  })
})
