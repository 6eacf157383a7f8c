import { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import { authenticationOf } from '../../../src/guards/authentication.ts'
import { type RelyingPartyRequest, setUser } from '../../../src/guards/load-user.ts'
import type { RequestActions } from '../../../src/guards/request-actions.ts'
import type { RequestOidc } from '../../../src/guards/request-oidc.ts'
import { requireAuth } from '../../../src/guards/require-auth.ts'
import type { RelyingPartyUser } from '../../../src/guards/user.ts'
import type { LogoutTarget } from '../../../src/session/epochs.ts'
import type { Login } from '../../../src/session/login-records.ts'
import { requestOf } from '../exchange.ts'
import {
  idTokenOf,
  issuer,
  now,
  type Process,
  pass,
  read,
  refusal,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  watchedStore,
} from '../session/processes.ts'

const orders = 'https://api.example/orders'

let provider: ScriptedProvider
let app: Process
let endLogins: Mock<RequestActions['endLogins']>
let userinfo: Mock<RequestActions['userinfo']>

beforeEach(() => {
  stopClock()
  provider = scriptedProvider()
  app = startProcess(watchedStore(), provider)
  endLogins = vi.fn(async () => undefined)
  userinfo = vi.fn(async () => ({ sub: 'alice' }))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

type Loaded = RelyingPartyRequest & { oidc: RequestOidc }

/** A request of somebody with that login, after the middleware. */
function load(login: Login | undefined, changes: Partial<RequestActions> = {}): Loaded {
  const request = requestOf()
  setUser(request, new ServerResponse(request), { ...actions(), ...changes }, login)
  return request as Loaded
}

function actions(): RequestActions {
  return {
    loginUrl: '/login',
    basePath: '',
    judgedAt: () => ({ now: now(), toleranceSeconds: 30 }),
    apiOrigins: ['https://api.example'],
    login: async () => undefined,
    logout: async () => undefined,
    providerId: () => 'default',
    accessToken: app.getAccessToken,
    userinfo,
    endLogins,
    report: () => undefined,
  }
}

/** What V8 says of an object. */
function hasFastProperties(object: unknown): boolean {
  setFlagsFromString('--allow-natives-syntax')
  return new Function('object', 'return %HasFastProperties(object)')(object)
}

describe('setUser', () => {
  it('puts nobody on the request of nobody', async () => {
    const request = load(undefined)
    expect([request.user, request.oidc.isAuthenticated]).toEqual([undefined, false])
  })

  it('puts who is signed in on the request, and no refresh token', async () => {
    const idToken = await idTokenOf()
    const { user, oidc } = load(await signIn(app, { idToken }))
    expect(oidc.isAuthenticated).toBe(true)
    expect(user).toEqual({
      sub: 'alice',
      provider: 'default',
      claims: { iss: issuer, sub: 'alice' },
      idToken,
      accessToken: 'access-0',
      tokenType: 'Bearer',
      scope: 'openid orders',
      expiresAt: now() + 300,
    })
    expect(JSON.stringify({ user, oidc })).not.toContain('refresh-0')
    const printed = inspect({ user, oidc }, { depth: 9, showHidden: true })
    expect(['refresh-0', 'access-0', idToken].filter((secret) => printed.includes(secret))).toEqual([])
  })

  it('makes a req.user that keeps its tokens in a copy, and behind a proxy', async () => {
    const user = load(await signIn(app)).user as RelyingPartyUser
    const copies = [{ ...user }, structuredClone(user), JSON.parse(JSON.stringify(user)), new Proxy(user, {})]
    expect(copies.map(({ accessToken }: RelyingPartyUser) => accessToken)).toEqual(Array(4).fill('access-0'))
  })

  it('lets guards report an error of the request to the log, signed in or not', async () => {
    const report = vi.fn()
    const failure = new Error('the error of a guard')
    for (const login of [undefined, await signIn(app)]) {
      authenticationOf(load(login, { report }).oidc)?.report(failure, 'requireClaim()')
    }
    expect(report.mock.calls).toEqual(Array(2).fill([failure, 'requireClaim()']))
  })

  it('makes nothing that V8 keeps as a dictionary: that would cost each request a tenth more', async () => {
    const { id } = await signIn(app)
    await read(app.records, id)
    const login = await read(app.records, id) // opened before
    const { user, oidc } = load(login)
    expect([login, user, oidc].map(hasFastProperties)).toEqual([true, true, true])
    expect(hasFastProperties(Object.create(null))).toBe(false)
  })

  it('makes a plain req.user, whose tokens an app may take out before it sends it somewhere', async () => {
    const user = load(await signIn(app)).user as RelyingPartyUser
    expect(Object.getPrototypeOf(user)).toBe(Object.prototype)
    for (const name of ['idToken', 'accessToken']) Reflect.deleteProperty(user, name)
    expect(Object.keys(user)).toEqual(['sub', 'provider', 'claims', 'tokenType', 'scope', 'expiresAt'])
  })

  it('has no way from req.user to the refresh token', async () => {
    const user = load(await signIn(app)).user as RelyingPartyUser
    const members = Reflect.ownKeys(user).map((key) => Reflect.get(user, key))
    const read = members.filter((member) => typeof member === 'function')
    expect(read.map((readToken) => readToken('refreshToken'))).toEqual(['access-0'])
  })

  it.each([
    ['a copy', (oidc: RequestOidc) => ({ ...oidc, tenant: 'x' })],
    ['a proxy', (oidc: RequestOidc) => new Proxy(oidc, {})],
    ['an object made of it', (oidc: RequestOidc) => Object.create(oidc)],
  ])('makes a req.oidc of which guards take %s for the same', async (_what, change) => {
    const request = load(await signIn(app, { claims: { iss: issuer, sub: 'alice', auth_time: now() } }))
    request.oidc = change(request.oidc)
    const next = vi.fn()
    requireAuth({ maxAgeSeconds: 3600 })(request, new ServerResponse(request), next)
    expect(request.oidc.isAuthenticated).toBe(true)
    expect(next.mock.calls).toEqual([[]])
  })

  it('gives req.oidc properties of its own, which is all that templates read, and which nobody can write', async () => {
    const { oidc } = load(await signIn(app))
    expect(Object.keys(oidc)).toEqual(
      expect.arrayContaining(['isAuthenticated', 'loginUrl', 'login', 'getAccessToken']),
    )
    expect(() => Object.assign(load(undefined).oidc, { isAuthenticated: true })).toThrow(TypeError)
  })

  it('makes a req.oidc that can be taken apart: its functions need no this', async () => {
    const { getAccessToken, userinfo: ask, endLogins: end, isAuthenticated } = load(await signIn(app)).oidc
    expect([isAuthenticated, await getAccessToken(), await ask()]).toEqual([true, 'access-0', { sub: 'alice' }])
    await end()
    expect(endLogins).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['getAccessToken', (oidc: RequestOidc) => oidc.getAccessToken()],
    ['fetch', (oidc: RequestOidc) => oidc.fetch(orders)],
    ['userinfo', (oidc: RequestOidc) => oidc.userinfo()],
    ['endLogins', (oidc: RequestOidc) => oidc.endLogins()],
  ])('has %s reject with ERR_RP_LOGIN_REQUIRED when nobody is signed in', async (_name, act) => {
    await expect(act(load(undefined).oidc)).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED', status: 401 })
    expect([provider.forms, endLogins.mock.calls, userinfo.mock.calls]).toEqual([[], [], []])
  })
})

describe('req.oidc.getAccessToken', () => {
  it('leaves req.user alone while the token is fresh', async () => {
    const request = load(await signIn(app))
    const { user } = request
    expect(await request.oidc.getAccessToken()).toBe('access-0')
    expect(request.user).toBe(user)
  })

  it('puts the new token and its claims on req.user after a refresh', async () => {
    const claims = { iss: issuer, sub: 'alice', role: 'admin' }
    const request = load(await signIn(app, { idToken: await idTokenOf({ role: 'admin' }), claims }))
    const idToken = await idTokenOf({ role: 'guest' })
    provider.answer = () => ({ id_token: idToken, scope: 'openid' })
    pass(250)
    expect(await request.oidc.getAccessToken()).toBe('access-1')
    expect(request.user).toMatchObject({
      accessToken: 'access-1',
      scope: 'openid',
      expiresAt: now() + 300,
      idToken,
      claims: { role: 'guest' },
    })
    expect(request.oidc.isAuthenticated).toBe(true)
  })

  it('goes on with the refreshed login: the next call costs nothing', async () => {
    const { oidc } = load(await signIn(app))
    pass(250)
    await oidc.getAccessToken()
    await oidc.getAccessToken()
    expect(provider.forms).toHaveLength(1)
  })

  it('passes on what is wanted, and keeps the token of the login on req.user', async () => {
    const request = load(await signIn(app))
    expect(await request.oidc.getAccessToken({ scope: 'read' })).toBe('access-1')
    expect(provider.forms[0]).toMatchObject({ scope: 'read' })
    expect(request.user?.accessToken).toBe('access-0')
    await request.oidc.getAccessToken({ scope: 'read' })
    expect(provider.forms).toHaveLength(1)
  })

  it('signs the request out when the provider has ended the login', async () => {
    provider.answer = () => refusal('invalid_grant')
    const request = load(await signIn(app))
    pass(250)
    await expect(request.oidc.getAccessToken()).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect([request.user, request.oidc.isAuthenticated]).toEqual([undefined, false])
    await expect(request.oidc.getAccessToken()).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect(provider.forms).toHaveLength(1)
  })

  it('keeps the person signed in when only the access token has ended, without a refresh token', async () => {
    const request = load(await signIn(app, { refreshToken: undefined }))
    pass(300)
    await expect(request.oidc.getAccessToken()).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect([request.user?.sub, request.oidc.isAuthenticated]).toEqual(['alice', true])
  })

  it('keeps the person signed in when the provider is down', async () => {
    provider.answer = () => new Response('busy', { status: 503 })
    const request = load(await signIn(app))
    pass(300)
    await expect(request.oidc.getAccessToken()).rejects.toMatchObject({ code: 'ERR_RP_REFRESH' })
    expect([request.user?.sub, request.oidc.isAuthenticated]).toEqual(['alice', true])
  })

  it('keeps the person signed in after an error that is none of ours', async () => {
    const request = load(await signIn(app), { accessToken: () => Promise.reject(new RangeError('of the app')) })
    await expect(request.oidc.getAccessToken()).rejects.toThrow(RangeError)
    expect(request.oidc.isAuthenticated).toBe(true)
  })
})

/** Long enough ago for a refused token to be worth a refresh. */
async function signInEarlier(): Promise<Login> {
  const login = await signIn(app)
  pass(60)
  return login
}

describe('req.oidc.fetch', () => {
  beforeEach(() => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      if (String(url).endsWith('slow')) await new Promise((resolve) => setTimeout(resolve, 60))
      const authorization = new Headers(init?.headers).get('authorization')
      return new Response(authorization, { status: authorization === 'Bearer access-0' ? 401 : 200 })
    })
  })

  it('calls the API with the token of this request, refreshed once when it is refused', async () => {
    const request = load(await signInEarlier())
    const response = await request.oidc.fetch(orders, { headers: { accept: 'text/plain' } })
    expect(await response.text()).toBe('Bearer access-1')
    expect(vi.mocked(fetch).mock.calls.map(([url]) => url)).toEqual([orders, orders])
    expect(request.user?.accessToken).toBe('access-1')
  })

  it('makes one refresh request for parallel calls that are refused, also when one 401 comes later', async () => {
    const { oidc } = load(await signInEarlier())
    const all = await Promise.all([oidc.fetch(orders), oidc.fetch(orders), oidc.fetch(`${orders}/slow`)])
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(provider.forms).toHaveLength(1)
  })

  it('never shares a token between requests of different users (threat V13)', async () => {
    const other = load(await signIn(app, { accessToken: 'of-the-other' }))
    const [mine, theirs] = await Promise.all([load(await signInEarlier()).oidc.fetch(orders), other.oidc.fetch(orders)])
    expect([await mine.text(), await theirs.text()]).toEqual(['Bearer access-1', 'Bearer of-the-other'])
  })

  it('rejects for other origins', async () => {
    const { oidc } = load(await signIn(app))
    await expect(oidc.fetch('https://evil.example')).rejects.toMatchObject({ code: 'ERR_RP_API_ORIGIN' })
  })
})

describe('req.oidc.userinfo', () => {
  it('asks with a token that is good now', async () => {
    const login = await signIn(app)
    pass(300)
    expect(await load(login).oidc.userinfo()).toEqual({ sub: 'alice' })
    expect(userinfo.mock.calls).toEqual([[(await read(app.records, login.id)).record]])
  })

  it('rejects as getAccessToken does, and does not ask', async () => {
    const request = load(await signIn(app, { refreshToken: undefined }))
    pass(300)
    await expect(request.oidc.userinfo()).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect(userinfo).not.toHaveBeenCalled()
  })
})

describe('req.oidc.endLogins', () => {
  it('ends the logins of the person of this request', async () => {
    const request = load(await signIn(app, { claims: { iss: issuer, sub: 'alice', sid: '1' } }))
    await request.oidc.endLogins()
    expect(endLogins.mock.calls).toEqual([[request, { iss: issuer, sub: 'alice' }]])
  })

  it.each<[target: LogoutTarget | undefined, isAuthenticated: boolean]>([
    [undefined, false],
    [{ iss: issuer, sub: 'alice' }, false],
    [{ iss: issuer, sid: '1' }, false],
    [{ iss: issuer, sid: '2' }, true],
    [{ iss: issuer, sub: 'bob' }, true],
    [{ iss: 'https://other.example', sub: 'alice' }, true],
  ])('of the target %j leaves this request of alice signed in: %j', async (target, isAuthenticated) => {
    const request = load(await signIn(app, { claims: { iss: issuer, sub: 'alice', sid: '1' } }))
    await request.oidc.endLogins(target)
    expect([request.oidc.isAuthenticated, request.user !== undefined]).toEqual([isAuthenticated, isAuthenticated])
  })

  it('leaves the request signed in when it fails', async () => {
    endLogins.mockRejectedValue(new RelyingPartyError('ERR_RP_STORE', { message: 'x' }))
    const request = load(await signIn(app))
    await expect(request.oidc.endLogins()).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    expect(request.oidc.isAuthenticated).toBe(true)
  })

  it('ends those of the target that is named, also when nobody is signed in', async () => {
    const target = { iss: issuer, sid: '7' }
    const request = load(undefined)
    await request.oidc.endLogins(target)
    expect(endLogins.mock.calls).toEqual([[request, target]])
  })

  it('refuses with ERR_RP_OPTIONS for a person without a sub: an epoch of nobody would end nothing', async () => {
    const records = app.records
    const request = load(await signIn(app, { claims: { iss: issuer } }), { endLogins: records.endLogins })
    await expect(request.oidc.endLogins()).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})

describe('req.oidc.login and req.oidc.logout', () => {
  it('pass on what they are given, and reject as their actions do', async () => {
    const failure = new RelyingPartyError('ERR_RP_STORE', { message: 'x' })
    const [login, logout] = [vi.fn<RequestActions['login']>(), vi.fn<RequestActions['logout']>()]
    login.mockRejectedValue(failure)
    logout.mockRejectedValue(failure)
    const request = load(undefined, { login, logout })
    await expect(request.oidc.login({ provider: 'a' })).rejects.toBe(failure)
    await expect(request.oidc.logout()).rejects.toBe(failure)
    await expect(request.oidc.logout({ logoutHint: 'alice' })).rejects.toBe(failure)
    expect(login.mock.calls[0]?.[2]).toEqual({ returnTo: '/', provider: 'a', mount: '', isByPage: true })
    expect(logout.mock.calls.map(([, , options]) => options)).toEqual([{}, { logoutHint: 'alice' }])
  })

  it('sign the request out by logout, which is given the newest login, also after it has ended', async () => {
    const logout = vi.fn<RequestActions['logout']>(async () => undefined)
    const request = load(await signIn(app), { logout })
    await request.oidc.getAccessToken({ forceRefresh: true })
    await request.oidc.endLogins()
    await request.oidc.logout()
    expect(logout.mock.calls[0]?.[2]).toMatchObject({ login: { record: { refreshToken: 'refresh-1' } } })
    expect([request.user, request.oidc.isAuthenticated]).toEqual([undefined, false])
  })

  it('knows the URL that starts a login', () => {
    expect(load(undefined).oidc.loginUrl).toBe('/login')
    expect(load(undefined, { loginUrl: undefined }).oidc.loginUrl).toBeUndefined()
  })

  it.each([
    ['GET', '/orders?a=b', '/orders?a=b'],
    ['HEAD', '/orders', '/orders'],
    ['POST', '/orders', ''],
  ])('have a %s of %s come back to %j', async (method, url, returnTo) => {
    const login = vi.fn(async () => undefined)
    const request = requestOf({ method, url })
    setUser(request, new ServerResponse(request), { ...actions(), login }, undefined)
    await (request as Loaded).oidc.login()
    expect(login).toHaveBeenCalledWith(request, expect.anything(), {
      returnTo,
      provider: undefined,
      mount: '',
      isByPage: true,
    })
  })

  it('have a request behind a mount come back to the whole path', async () => {
    const login = vi.fn(async () => undefined)
    const request = requestOf({ url: '/orders', originalUrl: '/shop/orders' })
    setUser(request, new ServerResponse(request), { ...actions(), login, basePath: '/public' }, undefined)
    await (request as Loaded).oidc.login()
    const expected = { returnTo: '/public/orders', provider: undefined, mount: '/shop', isByPage: true }
    expect(login).toHaveBeenCalledWith(request, expect.anything(), expected)
  })
})
