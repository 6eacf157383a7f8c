import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { epochsOf } from '../../../src/session/epochs.ts'
import type { Login } from '../../../src/session/login-records.ts'
import {
  issuer,
  now,
  type Process,
  pass,
  request,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

let store: WatchedStore
let app: Process

beforeEach(() => {
  stopClock()
  store = watchedStore()
  app = startProcess(store)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function begin(sub: string, sid?: string): Promise<Login> {
  return signIn(app, { claims: { iss: issuer, sub, ...(sid === undefined ? {} : { sid }) } })
}

async function isAlive({ id }: Login, by = app): Promise<boolean> {
  return (await by.records.find(request, id)) !== undefined
}

function end(target: object, by = app): Promise<void> {
  return by.records.endLogins(request, { iss: issuer, ...target } as never)
}

describe('endLogins', () => {
  it.each<[target: object, alive: boolean[]]>([
    [{ sub: 'alice' }, [false, false, false, true]],
    [{ sid: '1' }, [false, true, true, true]],
    [{ sid: '1', sub: 'alice' }, [false, true, false, true]],
    [{ sub: 'alice', sid: undefined }, [false, false, false, true]],
  ])('by %j leaves of two sessions, a login without sid and another person alive: %j', async (target, alive) => {
    const logins = [await begin('alice', '1'), await begin('alice', '2'), await begin('alice'), await begin('bob', '3')]
    await end(target)
    expect(await Promise.all(logins.map((login) => isAlive(login)))).toEqual(alive)
  })

  it('ends logins in every process on the store, on their next request', async () => {
    const login = await begin('alice')
    await end({ sub: 'alice' }, startProcess(store))
    expect(await isAlive(login)).toBe(false)
  })

  it('ends a login of the same instant, and leaves one that begins later', async () => {
    const same = await begin('alice', '1')
    await end({ sub: 'alice' })
    pass(0.001)
    const later = await begin('alice', '1')
    expect([await isAlive(same), await isAlive(later)]).toEqual([false, true])
  })

  it('never revives an old login by a new one of the same session', async () => {
    const old = await begin('alice', '1')
    await end({ sid: '1' })
    pass(1)
    await begin('alice', '1')
    expect(await isAlive(old)).toBe(false)
  })

  it('is one write, kept for as long as a login that began before could live', async () => {
    await end({ sub: 'alice' })
    expect(store.set).not.toHaveBeenCalled()
    expect(store.replace).not.toHaveBeenCalled()
    expect(store.setIfAbsent.mock.calls).toEqual([
      [expect.stringMatching(/^relying-party:epoch:[\w-]{16}$/), expect.any(String), { expiresAt: now() + 2_592_000 }],
    ])
  })

  it('is kept for absoluteSeconds, when that is more than 30 days', async () => {
    await end({ sub: 'alice' }, startProcess(store, undefined, { session: { absoluteSeconds: 9_000_000 } }))
    expect(store.setIfAbsent.mock.calls[0]?.[2]).toEqual({ expiresAt: now() + 9_000_000 })
  })

  it('has the record of an ended login deleted on its next request, so that it is gone where the epoch gets lost', async () => {
    const login = await begin('alice')
    await end({ sub: 'alice' })
    expect(await isAlive(login)).toBe(false)
    expect(store.delete.mock.calls).toEqual([[`relying-party:login:${login.id}`]])
  })

  it('ends a login also where its record cannot be deleted', async () => {
    const login = await begin('alice')
    await end({ sub: 'alice' })
    store.delete.mockRejectedValue(new Error('down'))
    expect(await isAlive(login)).toBe(false)
  })

  it('ends by the sid of a refreshed ID token too: the login is under its epochs from then on', async () => {
    const [login, other] = [await begin('alice', '1'), await begin('alice', '1')]
    const laterEpochs = epochsOf({ iss: issuer, sub: 'alice', sid: '2' })
    await app.records.renew(request, login, { laterEpochs })
    await end({ sid: '2' })
    expect([await isAlive(login), await isAlive(other)]).toEqual([false, true])
  })

  it('ends a login whose epoch cannot be read', async () => {
    const login = await begin('alice')
    await end({ sub: 'alice' })
    const [key = ''] = store.setIfAbsent.mock.calls.at(-1) ?? []
    await store.set(key, 'garbage', { expiresAt: now() + 60 })
    expect(await isAlive(login)).toBe(false)
  })

  it('rejects with ERR_RP_STORE when it could not be written: nobody is told that all is ended', async () => {
    store.setIfAbsent.mockRejectedValue(new Error('down'))
    await expect(end({ sub: 'alice' })).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
  })

  it('rejects with ERR_RP_STORE when one of two epochs could not be written', async () => {
    store.setIfAbsent.mockRejectedValueOnce(new Error('down'))
    await expect(end({ sid: '1', sub: 'alice' })).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
  })

  it('works outside of requests with the option store', async () => {
    const login = await begin('alice')
    await app.records.endLogins(undefined, { iss: issuer, sub: 'alice' })
    expect(await isAlive(login)).toBe(false)
  })

  it.each<[target: unknown]>([
    [{ iss: issuer }],
    [{ iss: issuer, sub: '' }],
    [{ iss: issuer, sid: '' }],
    [{ iss: issuer, sub: 'alice', sid: '' }],
    [{ iss: issuer, sub: '', sid: '1' }],
    [{ iss: issuer, sub: null, sid: '1' }],
    [{ iss: issuer, sub: 7 }],
    [{ iss: issuer, sid: 7 }],
    [{ iss: '', sub: 'alice' }],
    [{ iss: new URL(issuer), sub: 'alice' }],
    [{ sub: 'alice' }],
    [{ iss: 'https://other.example', sub: 'alice' }],
    [{}],
    ['alice'],
  ])('refuses the target %j with ERR_RP_OPTIONS, rather than end nothing without a word', async (target) => {
    await expect(app.records.endLogins(request, target as never)).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
    expect(store.setIfAbsent).not.toHaveBeenCalled()
  })

  it('takes the issuer with a slash at its end for the same', async () => {
    const login = await begin('alice')
    await end({ iss: `${issuer}/`, sub: 'alice' })
    expect(await isAlive(login)).toBe(false)
  })

  it('takes the issuers of tenants, which cannot be listed', async () => {
    const provider = { issuer, metadata: {}, tenants: ['a'] }
    await end({ iss: 'https://tenant.example', sub: 'alice' }, startProcess(store, undefined, { provider }))
    expect(store.setIfAbsent).toHaveBeenCalledTimes(1)
  })

  it.each([[undefined], [null]])('refuses no target at all, %j, with ERR_RP_OPTIONS too', async (target) => {
    await expect(app.records.endLogins(request, target as never)).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})
