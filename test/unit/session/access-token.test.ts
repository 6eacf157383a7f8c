import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WantedToken } from '../../../src/session/access-token.ts'
import type { Login } from '../../../src/session/login-records.ts'
import {
  now,
  type Process,
  pass,
  read,
  refusal,
  request,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const loginRequired = expect.objectContaining({ code: 'ERR_RP_LOGIN_REQUIRED', status: 401 })
const notRefreshable = expect.objectContaining({ code: 'ERR_RP_NO_REFRESH_TOKEN', status: 403 })
const notRefreshed = expect.objectContaining({ code: 'ERR_RP_REFRESH', status: 503 })

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

async function tokenOf(login: Login, wanted: WantedToken = {}, by = app): Promise<string> {
  return (await by.getAccessToken(request, login, wanted)).accessToken
}

function storeCalls(): number {
  return Object.values(store).reduce((sum, method) => sum + method.mock.calls.length, 0)
}

/** The provider refuses nobody, but does not answer. */
function down(): never {
  throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
}

describe('createGetAccessToken', () => {
  it('gives the token at hand while it is fresh, at no cost: neither provider nor store is asked', async () => {
    const login = await signIn(app)
    const before = storeCalls()
    expect(await app.getAccessToken(request, login, {})).toEqual({
      accessToken: 'access-0',
      secondsSinceRefresh: Number.POSITIVE_INFINITY,
      login,
    })
    expect([provider.forms.length, storeCalls()]).toEqual([0, before])
  })

  it('knows how long ago a refresh brought the token', async () => {
    const login = await signIn(app)
    pass(300)
    const { login: fresh, ...now } = await app.getAccessToken(request, login, {})
    expect(now.secondsSinceRefresh).toBe(0)
    pass(100)
    expect((await app.getAccessToken(request, fresh, {})).secondsSinceRefresh).toBe(100)
  })

  it('does not know that of a token without a known end', async () => {
    provider.answer = () => ({ expires_in: undefined })
    const { secondsSinceRefresh } = await app.getAccessToken(request, await signIn(app), { forceRefresh: true })
    expect(secondsSinceRefresh).toBe(Number.POSITIVE_INFINITY)
  })

  it('refreshes beforeExpirySeconds before the end, and not a second earlier', async () => {
    const login = await signIn(app)
    pass(239)
    expect(await tokenOf(login)).toBe('access-0')
    pass(1)
    expect(await tokenOf(login)).toBe('access-1')
  })

  it('refreshes as early as the option says', async () => {
    app = startProcess(store, provider, { refresh: { beforeExpirySeconds: 0 } })
    const login = await signIn(app)
    pass(299)
    expect(await tokenOf(login)).toBe('access-0')
    pass(1)
    expect(await tokenOf(login)).toBe('access-1')
  })

  it('takes a token without expires_in for good: unknown is not expired (RFC 6749 section 5.1)', async () => {
    const login = await signIn(app, { expiresAt: undefined, lifetimeSeconds: undefined })
    pass(80_000)
    expect(await tokenOf(login)).toBe('access-0')
    expect(provider.forms).toEqual([])
  })

  it('gives the login as it is after the refresh', async () => {
    const login = await signIn(app)
    pass(300)
    const { login: fresh } = await app.getAccessToken(request, login, {})
    expect(fresh).toEqual(await read(app.records, login.id))
    expect(fresh.record).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1', version: 2 })
  })

  it('is content with a token that another process brought meanwhile, though it is not fresh any more', async () => {
    const login = await signIn(app)
    const token = { accessToken: 'of-another', expiresAt: now() + 310, lifetimeSeconds: 30, tokenVersion: 2 }
    await startProcess(store).records.renew(request, login, token)
    pass(300)
    expect(await tokenOf(login)).toBe('of-another')
    expect(provider.forms).toEqual([])
  })

  it('makes one refresh request for tokens that live shorter than beforeExpirySeconds, also in two processes', async () => {
    provider.answer = () => ({ expires_in: 30 })
    const login = await signIn(app)
    pass(300)
    const other = startProcess(store, provider)
    const all = await Promise.all([app, other, app, other].map((each) => tokenOf(login, {}, each)))
    expect(new Set(all)).toEqual(new Set(['access-1']))
    expect(provider.forms).toHaveLength(1)
  })
})

describe('createGetAccessToken by force', () => {
  const forced = { forceRefresh: true }

  it('refreshes also a token that still seems good', async () => {
    expect(await tokenOf(await signIn(app), forced)).toBe('access-1')
  })

  it('refreshes a token without a known end', async () => {
    expect(await tokenOf(await signIn(app, { expiresAt: undefined }), forced)).toBe('access-1')
  })

  it('is content with a token that is newer than the one that the request began with', async () => {
    const login = await signIn(app)
    await tokenOf(login, forced)
    expect(await tokenOf(login, forced, startProcess(store, provider))).toBe('access-1')
    expect(provider.forms).toHaveLength(1)
  })

  it('refreshes again for who began with that newer one', async () => {
    const { login } = await app.getAccessToken(request, await signIn(app), forced)
    expect(await tokenOf(login, forced)).toBe('access-2')
  })

  it('is not content with a newer version that brought another token', async () => {
    const login = await signIn(app)
    await tokenOf(login, { scope: 'read' })
    expect(await tokenOf(login, forced)).toBe('access-2')
  })

  it('rejects with ERR_RP_REFRESH rather than give the token that was refused', async () => {
    provider.answer = down
    await expect(tokenOf(await signIn(app), forced)).rejects.toEqual(notRefreshed)
  })

  it('does not share the answer of one who began with an older token', async () => {
    const old = await signIn(app)
    const { login: refused } = await app.getAccessToken(request, old, forced)
    pass(250)
    const elsewhere = startProcess(store, provider)
    const { login: newest } = await elsewhere.getAccessToken(request, refused, {})
    const all = [tokenOf(old), tokenOf(refused, forced), tokenOf(newest, forced)]
    expect(await Promise.all(all)).toEqual(['access-2', 'access-2', 'access-3'])
  })

  it('does not share its answer with one who asks for a fresh token', async () => {
    const login = await signIn(app)
    const [kept, renewed] = await Promise.all([tokenOf(login), tokenOf(login, forced)])
    expect([kept, renewed]).toEqual(['access-0', 'access-1'])
  })
})

describe('createGetAccessToken for another resource or scope', () => {
  it('asks for it with the refresh token, and keeps it (RFC 8707 section 2.2, RFC 6749 section 6)', async () => {
    const login = await signIn(app)
    const wanted = { resource: 'https://api.example', scope: 'read' }
    expect(await tokenOf(login, wanted)).toBe('access-1')
    expect(provider.forms[0]).toMatchObject({ ...wanted, refresh_token: 'refresh-0' })
    const later = await read(app.records, login.id)
    expect([await tokenOf(later, wanted), await tokenOf(later)]).toEqual(['access-1', 'access-0'])
    expect(provider.forms).toHaveLength(1)
  })

  it('asks for each once, also when many ask for several at once', async () => {
    const login = await signIn(app)
    const scopes = ['a', 'b', 'a', 'b', 'a']
    const all = await Promise.all(scopes.map((scope) => tokenOf(login, { scope })))
    expect(all).toEqual(['access-1', 'access-2', 'access-1', 'access-2', 'access-1'])
    expect(provider.forms).toHaveLength(2)
  })

  it('refreshes it at its own end', async () => {
    provider.answer = () => ({ expires_in: 100 })
    const login = await signIn(app, { expiresAt: undefined })
    await tokenOf(login, { scope: 'read' })
    pass(50)
    expect(await tokenOf(await read(app.records, login.id), { scope: 'read' })).toBe('access-2')
  })

  it('rejects with ERR_RP_NO_REFRESH_TOKEN without a refresh token, while the person is still signed in', async () => {
    const login = await signIn(app, { refreshToken: undefined })
    await expect(tokenOf(login, { scope: 'read' })).rejects.toEqual(notRefreshable)
    expect(provider.forms).toEqual([])
  })

  it('rejects with ERR_RP_REFRESH when another refresh came first and its own was not kept', async () => {
    const login = await signIn(app)
    provider.answer = async () => {
      await startProcess(store).records.renew(request, login, { accessToken: 'of-another-process' })
      return {}
    }
    await expect(tokenOf(login, { scope: 'read' })).rejects.toEqual(notRefreshed)
    expect(await tokenOf(await read(app.records, login.id))).toBe('of-another-process')
  })
})

describe('createGetAccessToken without a refresh token', () => {
  const without = { refreshToken: undefined }

  it('gives the token until its end, also in the last minute', async () => {
    const login = await signIn(app, without)
    pass(299)
    expect(await tokenOf(login)).toBe('access-0')
    expect(provider.forms).toEqual([])
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED from its end on: only a new login brings another', async () => {
    const login = await signIn(app, without)
    pass(300)
    await expect(tokenOf(login)).rejects.toEqual(loginRequired)
  })

  it('rejects with ERR_RP_NO_REFRESH_TOKEN by force, while the token lives', async () => {
    await expect(tokenOf(await signIn(app, without), { forceRefresh: true })).rejects.toEqual(notRefreshable)
  })
})

describe('createGetAccessToken when the refresh fails', () => {
  it.each<[what: string, answer: () => unknown]>([
    ['is down', down],
    ['answers 503', () => new Response('busy', { status: 503 })],
    ['answers 429', () => refusal('slow_down', 429, { 'retry-after': '60' })],
    ['answers a page', () => new Response('<!doctype html>')],
    ['refuses the client', () => refusal('invalid_client', 401)],
  ])('gives the old token while it lives when the provider %s', async (_what, answer) => {
    provider.answer = answer
    const login = await signIn(app)
    pass(299)
    expect(await tokenOf(login)).toBe('access-0')
    pass(1)
    await expect(tokenOf(login)).rejects.toEqual(notRefreshed)
    expect(await app.records.find(request, login.id)).toBeDefined()
  })

  it('gives the old token while it lives when the store fails', async () => {
    const login = await signIn(app)
    pass(250)
    store.setIfAbsent.mockRejectedValue(new Error('down'))
    expect(await tokenOf(login)).toBe('access-0')
  })

  it('does not give the old token when it has ended during the wait for the provider', async () => {
    provider.answer = () => {
      pass(30)
      down()
    }
    const login = await signIn(app)
    pass(280)
    await expect(tokenOf(login)).rejects.toEqual(notRefreshed)
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the provider ended the login, though the old token lives', async () => {
    provider.answer = () => refusal('invalid_grant')
    const login = await signIn(app)
    pass(250)
    await expect(tokenOf(login)).rejects.toEqual(loginRequired)
    expect(await app.records.find(request, login.id)).toBeUndefined()
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the login has ended meanwhile, though the old token lives', async () => {
    const login = await signIn(app)
    pass(250)
    await app.records.delete(request, login.id)
    await expect(tokenOf(login)).rejects.toEqual(loginRequired)
    expect(provider.forms).toEqual([])
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the login ends during the refresh: it does not come back', async () => {
    const login = await signIn(app)
    pass(250)
    provider.answer = async () => {
      await app.records.delete(request, login.id)
      return {}
    }
    await expect(tokenOf(login)).rejects.toEqual(loginRequired)
    expect(await app.records.find(request, login.id)).toBeUndefined()
  })
})
