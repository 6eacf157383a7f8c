import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Login } from '../../../src/session/login-records.ts'
import {
  issuer,
  now,
  type Process,
  pass,
  read,
  request,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const newer = { accessToken: 'access-1', refreshToken: 'refresh-1' }
const late = { accessToken: 'late-access', refreshToken: 'late-refresh' }

let store: WatchedStore
let app: Process
let login: Login

beforeEach(async () => {
  stopClock()
  store = watchedStore()
  app = startProcess(store)
  login = await signIn(app)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function renew(from: Login, tokens: object, by = app): Promise<Login | undefined> {
  return by.records.renew(request, from, tokens)
}

describe('renew', () => {
  it('writes the tokens and the next version, and keeps everything else', async () => {
    const renewed = await renew(login, newer)
    expect(renewed?.record).toEqual({ ...login.record, ...newer, version: 2 })
    expect((await read(app.records, login.id)).record).toEqual(renewed?.record)
  })

  it('replaces what was read, and says how long the record lives', async () => {
    await renew(login, newer)
    const life = { expected: login.sealed, expiresAt: now() + 86_400 }
    expect(store.replace.mock.calls).toEqual([[`relying-party:login:${login.id}`, expect.any(String), life]])
  })

  it('gives the record as it is stored then, so that it can be renewed again without a read', async () => {
    const renewed = await renew(login, newer)
    store.getMany.mockClear()
    expect(await renew(renewed ?? login, late)).toMatchObject({ record: { ...late, version: 3 } })
    expect(store.getMany).not.toHaveBeenCalled()
  })

  it('never writes over a newer version: the newer login is the answer (issue 4 item 7)', async () => {
    await renew(login, newer, startProcess(store))
    expect((await renew(login, late))?.record).toMatchObject({ ...newer, version: 2 })
    expect((await read(app.records, login.id)).record).toMatchObject({ ...newer, version: 2 })
  })

  it('gives the newest login, however far behind it began', async () => {
    const second = await renew(login, newer)
    await renew(second ?? login, { accessToken: 'access-2' })
    expect((await renew(login, late))?.record).toMatchObject({ accessToken: 'access-2', version: 3 })
  })

  it('never brings back a login that was deleted', async () => {
    await app.records.delete(request, login.id)
    expect(await renew(login, late)).toBeUndefined()
    expect(await app.records.find(request, login.id)).toBeUndefined()
    expect(await store.get(`relying-party:login:${login.id}`)).toBeUndefined()
  })

  it('revives no login that a sign-out everywhere has ended', async () => {
    await app.records.endLogins(request, { iss: issuer, sub: 'alice' })
    await renew(login, late)
    expect(await app.records.find(request, login.id)).toBeUndefined()
  })

  it('is tried again when the record was only seen once more, and keeps that', async () => {
    pass(5000)
    await app.records.find(request, login.id)
    const seenAt = now()
    pass(1)
    expect((await renew(login, newer))?.record).toEqual({ ...login.record, ...newer, seenAt, version: 2 })
  })

  it('is tried again each time when requests note themselves in between', async () => {
    const replace = store.replace.getMockImplementation()
    let others = 3
    store.replace.mockImplementation(async (...given) => {
      if (others > 0) {
        others -= 1
        pass(5000)
        const sealed = await store.get(given[0])
        store.replace.mockImplementationOnce(async (...same) => (await replace?.(...same)) ?? false)
        expect(sealed).toBeDefined()
        await app.records.find(request, login.id)
      }
      return (await replace?.(...given)) ?? false
    })
    expect((await renew(login, newer))?.record).toMatchObject({ ...newer, version: 2 })
  })

  it('wins once of two who renew the same version at the same moment', async () => {
    const both = await Promise.all([renew(login, newer), renew(login, late, startProcess(store))])
    const [one, other] = both.map((renewed) => renewed?.record)
    expect(one).toEqual(other)
    expect(one?.version).toBe(2)
  })

  it('gives up when the record was replaced by one that does not open', async () => {
    await store.set(`relying-party:login:${login.id}`, 'garbage', { expiresAt: now() + 60 })
    expect(await renew(login, late)).toBeUndefined()
  })

  it('rejects with ERR_RP_STORE when the store fails', async () => {
    store.replace.mockRejectedValue(new Error('down'))
    await expect(renew(login, late)).rejects.toMatchObject({ code: 'ERR_RP_STORE', status: 500 })
  })

  it('holds within one process also over a store without atomic operations', async () => {
    const { get, set, delete: remove } = watchedStore()
    const plain = startProcess({ get, set, delete: remove })
    const begun = await signIn(plain)
    const both = await Promise.all([renew(begun, newer, plain), renew(begun, late, plain)])
    expect(both.map((renewed) => renewed?.record.accessToken)).toEqual(['access-1', 'access-1'])
    await plain.records.delete(request, begun.id)
    expect(await renew(begun, late, plain)).toBeUndefined()
  })
})
