import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { leaseSeconds } from '../../../src/session/lease.ts'
import { createLoginRecords } from '../../../src/session/login-records.ts'
import { createOneRefresh, type OneRefresh, type RefreshOrder } from '../../../src/session/one-refresh.ts'
import { createGate } from './gate.ts'
import {
  now,
  type Process,
  pass,
  request,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

let store: WatchedStore
let provider: ScriptedProvider
let app: Process

beforeEach(() => {
  stopClock()
  store = watchedStore()
  provider = scriptedProvider()
  app = startProcess(store, provider)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** An order that is done when the login has a newer version than at first. */
function orderOf(name = 'own', wanted: RefreshOrder['wanted'] = {}): RefreshOrder {
  return { name, wanted, isDone: ({ record }) => record.version > 1 }
}

const never: RefreshOrder = { name: 'own', wanted: {}, isDone: () => false }

function leaseKey(id: string): string {
  return `relying-party:lease:${id}`
}

describe('createOneRefresh in one process', () => {
  it('makes one refresh request for 100 who ask at once, and gives all the same login', async () => {
    const login = await signIn(app)
    const all = await Promise.all(Array.from({ length: 100 }, () => app.oneRefresh(request, login, never)))
    expect(provider.forms).toHaveLength(1)
    expect(new Set(all).size).toBe(1)
    expect(all[0]?.record).toMatchObject({ accessToken: 'access-1', version: 2 })
  })

  it('gives a failure to all who share it, and tries anew for who asks later', async () => {
    provider.answer = (_form, number) => {
      if (number === 1) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
      return {}
    }
    const login = await signIn(app)
    const all = await Promise.allSettled([1, 2, 3].map(() => app.oneRefresh(request, login, never)))
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    pass(3)
    await expect(app.oneRefresh(request, login, never)).resolves.toMatchObject({ record: { version: 2 } })
    expect(provider.forms).toHaveLength(2)
  })

  it('refreshes anew for who asks when the one before is over', async () => {
    const login = await signIn(app)
    await app.oneRefresh(request, login, never)
    await app.oneRefresh(request, login, never)
    expect(provider.forms.map((form) => form['refresh_token'])).toEqual(['refresh-0', 'refresh-1'])
  })

  it('makes different requests of one login one after the other, each with the newest refresh token', async () => {
    const gate = createGate()
    provider.answer = async () => {
      await gate.passed
      return {}
    }
    const login = await signIn(app)
    const names = ['a', 'b', 'c']
    const all = names.map((scope) => app.oneRefresh(request, login, { ...never, name: scope, wanted: { scope } }))
    await vi.waitFor(() => expect(provider.forms).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(provider.forms).toHaveLength(1)
    gate.open()
    await Promise.all(all)
    expect(provider.forms.map((form) => form['refresh_token'])).toEqual(['refresh-0', 'refresh-1', 'refresh-2'])
  })

  it('shares nothing between two logins, of one person neither (threat V13)', async () => {
    const [one, other] = [await signIn(app), await signIn(app, { refreshToken: 'of-the-other' })]
    const [renewed, renewedOther] = await Promise.all(
      [one, other].map((login) => app.oneRefresh(request, login, never)),
    )
    expect(provider.forms.map((form) => form['refresh_token']).sort()).toEqual(['of-the-other', 'refresh-0'])
    expect([renewed?.id, renewedOther?.id]).toEqual([one.id, other.id])
    expect(renewed?.record.accessToken).not.toBe(renewedOther?.record.accessToken)
  })

  it('does not keep two logins waiting for each other', async () => {
    const gate = createGate()
    provider.answer = async (form) => {
      if (form['refresh_token'] === 'slow') await gate.passed
      return {}
    }
    const slow = app.oneRefresh(request, await signIn(app, { refreshToken: 'slow' }), never)
    await expect(app.oneRefresh(request, await signIn(app), never)).resolves.toMatchObject({ record: { version: 2 } })
    gate.open()
    await slow
  })

  it('looks first whether it is still needed: a login that was read before somebody refreshed costs no request', async () => {
    const login = await signIn(app)
    await app.oneRefresh(request, login, orderOf())
    expect(await app.oneRefresh(request, login, orderOf())).toMatchObject({ record: { version: 2 } })
    expect(provider.forms).toHaveLength(1)
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the login has ended, and asks the provider nothing', async () => {
    const login = await signIn(app)
    await app.records.delete(request, login.id)
    await expect(app.oneRefresh(request, login, never)).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect(provider.forms).toEqual([])
  })
})

describe('createOneRefresh in several processes on one store', () => {
  it('makes one refresh request, and both see its result', async () => {
    const login = await signIn(app)
    const all = await Promise.all(
      [app, startProcess(store, provider)].map((each) => each.oneRefresh(request, login, orderOf())),
    )
    expect(provider.forms).toHaveLength(1)
    expect(all.map(({ record }) => record.accessToken)).toEqual(['access-1', 'access-1'])
  })

  it('does not wait for the end of the lease when the holder is done', async () => {
    const login = await signIn(app)
    await store.setIfAbsent(leaseKey(login.id), 'the-holder', { expiresAt: now() + leaseSeconds })
    const waiting = app.oneRefresh(request, login, orderOf())
    await startProcess(store).records.renew(request, login, { accessToken: 'of-the-holder' })
    expect(await waiting).toMatchObject({ record: { accessToken: 'of-the-holder', version: 2 } })
    expect(provider.forms).toEqual([])
    expect(await store.get(leaseKey(login.id))).toBe('the-holder')
  })

  it('succeeds a holder that died when its lease ends, and not before', async () => {
    const login = await signIn(app)
    await store.setIfAbsent(leaseKey(login.id), 'the-dead', { expiresAt: now() + leaseSeconds })
    const waiting = app.oneRefresh(request, login, orderOf())
    pass(leaseSeconds - 0.1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(provider.forms).toEqual([])
    pass(0.1)
    expect(await waiting).toMatchObject({ record: { accessToken: 'access-1', version: 2 } })
    expect(provider.forms).toHaveLength(1)
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the holder ended the login', async () => {
    const login = await signIn(app)
    await store.setIfAbsent(leaseKey(login.id), 'the-holder', { expiresAt: now() + leaseSeconds })
    const waiting = expect(app.oneRefresh(request, login, orderOf())).rejects.toMatchObject({
      code: 'ERR_RP_LOGIN_REQUIRED',
    })
    await app.records.delete(request, login.id)
    await waiting
    expect(provider.forms).toEqual([])
  })

  it('gives up with ERR_RP_REFRESH when the holder takes longer than three requests and a lease may', async () => {
    const passed = vi.spyOn(performance, 'now').mockReturnValue(0)
    const login = await signIn(app)
    await store.setIfAbsent(leaseKey(login.id), 'the-holder', { expiresAt: now() + 1000 })
    store.setIfAbsent.mockClear()
    const waiting = app.oneRefresh(request, login, orderOf()).catch((error: unknown) => error)
    await vi.waitFor(() => expect(store.setIfAbsent).toHaveBeenCalled())
    passed.mockReturnValue(36_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await Promise.race([waiting, 'still waiting'])).toBe('still waiting')
    passed.mockReturnValue(36_001)
    expect(await waiting).toMatchObject({ code: 'ERR_RP_REFRESH', status: 503 })
    expect(provider.forms).toEqual([])
  })

  it('looks again soon at first, and then about twice a second: a slow holder does not flood the store', async () => {
    vi.useRealTimers()
    const login = await signIn(app)
    await store.setIfAbsent(leaseKey(login.id), 'the-holder', { expiresAt: now() + 1.5 })
    store.setIfAbsent.mockClear()
    await app.oneRefresh(request, login, orderOf())
    expect(store.setIfAbsent.mock.calls.length).toBeGreaterThan(3)
    expect(store.setIfAbsent.mock.calls.length).toBeLessThan(10)
  })
})

describe('createOneRefresh over a store without atomic operations', () => {
  it('makes one refresh request within one process', async () => {
    const { get, set, delete: remove } = store
    const plain = startProcess({ get, set, delete: remove }, provider)
    const login = await signIn(plain)
    await Promise.all(Array.from({ length: 20 }, () => plain.oneRefresh(request, login, orderOf())))
    expect(provider.forms).toHaveLength(1)
  })
})

describe('createOneRefresh and its parts', () => {
  function withRefresh(refresh: Parameters<typeof createOneRefresh>[0]['refresh']): OneRefresh {
    const { settings, recordStore, shutdown } = app
    const records = createLoginRecords(settings, recordStore)
    return createOneRefresh({ settings, recordStore, records, refresh, shutdown })
  }

  it('refreshes the login as it is then, not as it was read', async () => {
    const login = await signIn(app)
    await app.records.renew(request, login, { refreshToken: 'newest' })
    const refresh = vi.fn(async (_request: unknown, current: typeof login) => current)
    await withRefresh(refresh)(request, login, { ...never, wanted: { scope: 'read' } })
    expect(refresh.mock.calls).toEqual([
      [
        request,
        expect.objectContaining({ record: expect.objectContaining({ refreshToken: 'newest' }) }),
        { wanted: { scope: 'read' }, confirmLease: expect.any(Function) },
      ],
    ])
  })

  it('holds the lease while it refreshes, and releases it when that fails', async () => {
    const login = await signIn(app)
    const held: unknown[] = []
    const failing = withRefresh(async () => {
      held.push(await store.get(leaseKey(login.id)))
      throw new Error('failed')
    })
    await expect(failing(request, login, never)).rejects.toThrow('failed')
    expect(held).toEqual([expect.any(String)])
    expect(await store.get(leaseKey(login.id))).toBeUndefined()
  })

  it('looks again when the lease was lost before the token was spent', async () => {
    const login = await signIn(app)
    let attempts = 0
    const refresh = async (_request: unknown, current: typeof login) => {
      attempts += 1
      return attempts === 1 ? undefined : current
    }
    await expect(withRefresh(refresh)(request, login, never)).resolves.toMatchObject({ id: login.id })
    expect(attempts).toBe(2)
  })
})
