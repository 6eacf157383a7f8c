import { describe, expect, it, vi } from 'vitest'
import { createOneTime } from '../../../src/session/one-time.ts'
import { createRecordStore } from '../../../src/session/record-store.ts'
import { silentLog } from '../../log-lines.ts'
import { now, request, watchedStore } from './processes.ts'

const later = now() + 600

function fixture() {
  const store = watchedStore()
  const recordStore = createRecordStore({ log: silentLog, store })
  return { store, recordStore, oneTime: createOneTime(recordStore, 'state') }
}

describe('createOneTime', () => {
  it('gives a value to the first alone, of all who take it at once, in all processes', async () => {
    const { recordStore, oneTime } = fixture()
    const elsewhere = createOneTime(recordStore, 'state')
    const takers = [oneTime, elsewhere, oneTime, elsewhere]
    const taken = await Promise.all(takers.map((each) => each.take(request, 'value', later)))
    expect(taken).toEqual([true, false, false, false])
  })

  it('keeps the values of different purposes apart', async () => {
    const { recordStore, oneTime } = fixture()
    expect(await oneTime.take(request, 'value', later)).toBe(true)
    expect(await createOneTime(recordStore, 'logout-token').take(request, 'value', later)).toBe(true)
  })

  it('keeps different values apart', async () => {
    const { oneTime } = fixture()
    expect([await oneTime.take(request, 'a', later), await oneTime.take(request, 'b', later)]).toEqual([true, true])
  })

  it('remembers a value for as long as it could be used again, and by its hash alone', async () => {
    const { store, oneTime } = fixture()
    await oneTime.take(request, 'MARKED', later)
    expect(store.setIfAbsent.mock.calls).toEqual([
      [
        expect.stringMatching(/^relying-party:used:state:[\w-]{43}$/),
        expect.stringMatching(/^[\w-]{22}$/),
        { expiresAt: later },
      ],
    ])
    expect(JSON.stringify(store.setIfAbsent.mock.calls)).not.toContain('MARKED')
  })

  it('has a mark of its own for each taker: a store that repeats a command takes an equal one for its own', async () => {
    const { store, oneTime } = fixture()
    await Promise.all([1, 2, 3].map(() => oneTime.take(request, 'value', later)))
    expect(new Set(store.setIfAbsent.mock.calls.map(([, mark]) => mark)).size).toBe(3)
  })

  it('knows whether somebody took a value, and asking takes nothing', async () => {
    const { recordStore, oneTime } = fixture()
    expect(await oneTime.isTaken(request, 'value')).toBe(false)
    expect(await oneTime.take(request, 'value', later)).toBe(true)
    expect(await createOneTime(recordStore, 'state').isTaken(request, 'value')).toBe(true)
    expect(await createOneTime(recordStore, 'logout-token').isTaken(request, 'value')).toBe(false)
    expect(await oneTime.isTaken(request, 'another')).toBe(false)
  })

  it('rejects with ERR_RP_STORE when the store fails: what may have been used is not used', async () => {
    const { store, oneTime } = fixture()
    store.setIfAbsent.mockRejectedValue(new Error('down'))
    await expect(oneTime.take(request, 'value', later)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    vi.restoreAllMocks()
  })
})
