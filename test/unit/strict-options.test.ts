// Options are strict wherever they are given: an unknown name, another type and what is no object are ERR_RP_OPTIONS.
import { ServerResponse } from 'node:http'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { RelyingPartyError } from '../../src/errors.ts'
import { type RelyingPartyRequest, setUser } from '../../src/guards/load-user.ts'
import type { RequestActions } from '../../src/guards/request-actions.ts'
import type { RequestOidc } from '../../src/guards/request-oidc.ts'
import {
  errorPage,
  keepAccessTokenFresh,
  memoryStore,
  postgresStore,
  redisStore,
  requireAccessToken,
  requireAuth,
  requireClaim,
} from '../../src/index.ts'
import { requestOf } from './exchange.ts'
import { startProcess, watchedStore } from './session/processes.ts'

type AnyCall = (...given: unknown[]) => unknown

const minimal = { provider: { issuer: 'https://id.example' }, audience: 'https://api.example' }
const client = createClient()
const ioredis = new Redis({ lazyConnect: true })
const pool = new Pool()
afterAll(async () => {
  ioredis.disconnect()
  await pool.end()
})

/** Everything that takes options when the app starts: how it is called with them. */
const makers: Readonly<Record<string, (options?: unknown) => unknown>> = {
  requireAuth: (options) => (requireAuth as AnyCall)(options),
  requireClaim: (options) => (requireClaim as AnyCall)('groups', 'admins', options),
  requireAccessToken: (options) =>
    (requireAccessToken as AnyCall)(isObject(options) ? { ...minimal, ...options } : options),
  redisStore: (options) => (redisStore as AnyCall)(client, options),
  postgresStore: (options) => (postgresStore as AnyCall)(pool, options),
}
const withoutOptions: Readonly<Record<string, AnyCall>> = { errorPage, keepAccessTokenFresh, memoryStore }

function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** None of them is an object of options; a list, a Map and a promise would be one without any. */
const noObjects: readonly (readonly [what: string, value: unknown])[] = [
  ['null', null],
  ['a text', 'mfa'],
  ['a number', 5],
  ['true', true],
  ['a list', []],
  ['a Map', new Map([['acrValues', ['mfa']]])],
  ['a promise', Promise.resolve({ acrValues: ['mfa'] })],
  ['a function', () => ({})],
]

function refusalOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    expect(error).toMatchObject({ name: 'RelyingPartyError', code: 'ERR_RP_OPTIONS' })
    return (error as RelyingPartyError).message
  }
  throw new Error('nothing was thrown')
}

describe.each(Object.entries(makers))('%s', (name, make) => {
  it.each(noObjects)('refuses %s in the place of options with ERR_RP_OPTIONS', (_what, value) => {
    expect(refusalOf(() => make(value))).toContain('options must be an object')
  })

  it('names an unknown option', () => {
    expect(refusalOf(() => make({ nonsense: undefined }))).toMatch(
      new RegExp(`^${name}\\(.*\\): unknown option nonsense `),
    )
  })

  it.skipIf(name === 'requireAccessToken')('takes no options, or undefined', () => {
    expect(() => make()).not.toThrow()
    expect(() => make({})).not.toThrow()
  })
})

describe.each(Object.entries(withoutOptions))('%s', (name, make) => {
  it('takes none: any argument is ERR_RP_OPTIONS, and undefined is none', () => {
    for (const value of [{}, { log: false }, ...noObjects.map(([, each]) => each)]) {
      expect(refusalOf(() => make(value))).toContain(`${name}() takes no arguments`)
    }
    expect(() => make(undefined)).not.toThrow()
  })
})

describe('options of guards and stores', () => {
  it.each<[maker: string, options: unknown, said: string]>([
    ['requireAuth', { acrValue: ['mfa'] }, 'unknown option acrValue: did you mean acrValues?'],
    ['requireAuth', { maxAgeSecond: 1 }, 'unknown option maxAgeSecond: did you mean maxAgeSeconds?'],
    ['requireClaim', { maxAge: 1 }, 'unknown option maxAge (known: onUnauthenticated, acrValues, maxAgeSeconds, '],
    ['requireClaim', { acrValue: ['mfa'], resumePosts: true }, 'unknown option resumePosts: did you mean resumePost?'],
    [
      'requireAuth',
      { onUnauthenticated: 'ignore' },
      "onUnauthenticated must be 'redirect', 'unauthorized' or a function",
    ],
    ['requireAuth', { resumePost: 'yes' }, 'resumePost must be boolean'],
    ['requireAuth', { essential: 1, maxAgeSeconds: '5' }, 'maxAgeSeconds must be number; essential must be boolean'],
    ['requireAuth', { acrValues: ['gold', process.env['NO_SUCH_VARIABLE']] }, 'acrValues.1 is undefined'],
    ['requireAccessToken', { audiences: 'x' }, 'unknown option audiences: did you mean audience?'],
    ['requireAccessToken', { scop: 'x' }, 'unknown option scop: did you mean scope?'],
    ['redisStore', { prefx: 'shop:' }, 'unknown option prefx: did you mean prefix?'],
    ['redisStore', { prefix: 5 }, 'prefix must be string'],
    ['postgresStore', { tabel: 'x' }, 'unknown option tabel: did you mean table?'],
    ['postgresStore', { createTables: true }, 'unknown option createTables: did you mean createTable?'],
    ['postgresStore', { createTable: 'yes' }, 'createTable must be boolean'],
    ['postgresStore', { table: 5 }, 'table must be string'],
  ])('%s with %j: %s', (name, options, said) => {
    expect(refusalOf(() => makers[name]?.(options))).toContain(said)
  })

  it.each(['acrValues', 'maxAgeSeconds'])(
    'a guard is not made with %s that is undefined: it would let any authentication pass',
    (name) => {
      for (const maker of ['requireAuth', 'requireClaim']) {
        expect(refusalOf(() => makers[maker]?.({ [name]: process.env['NO_SUCH_VARIABLE'] }))).toContain(
          `${name} is undefined: is an environment variable not set?`,
        )
      }
    },
  )

  it('a guard takes undefined for the options that do not let anyone pass', () => {
    expect(() =>
      requireAuth({ onUnauthenticated: undefined, essential: undefined, resumePost: undefined }),
    ).not.toThrow()
  })

  it.each<[store: string, make: AnyCall, given: unknown, said: string]>([
    ['redisStore', redisStore as AnyCall, undefined, 'needs a client of redis'],
    ['redisStore', redisStore as AnyCall, {}, 'needs a client of redis'],
    ['redisStore', redisStore as AnyCall, 'redis://127.0.0.1', 'needs a client of redis'],
    ['redisStore', redisStore as AnyCall, createClient, 'needs a client of redis'],
    ['redisStore', redisStore as AnyCall, Promise.resolve(client), 'It is a promise: await it first'],
    ['postgresStore', postgresStore as AnyCall, undefined, 'needs a Pool of pg'],
    ['postgresStore', postgresStore as AnyCall, {}, 'needs a Pool of pg'],
    ['postgresStore', postgresStore as AnyCall, { connectionString: 'postgres://127.0.0.1' }, 'needs a Pool of pg'],
  ])('%s is not made with another thing than what it stores by', (_store, make, given, said) => {
    expect(refusalOf(() => make(given))).toContain(said)
  })

  it('redisStore is made with a client of redis and of ioredis', () => {
    expect(() => [redisStore(client), redisStore(ioredis, { prefix: undefined })]).not.toThrow()
  })
})

describe('the methods of req.oidc', () => {
  const called = vi.fn()
  const actions = {
    loginUrl: '/login',
    basePath: '',
    apiOrigins: ['https://api.example'],
    report: () => undefined,
    login: async (...given: unknown[]) => called('login', given[2]),
    logout: async (...given: unknown[]) => called('logout', given[2]),
    endLogins: startProcess(watchedStore()).records.endLogins,
  } as unknown as RequestActions

  function oidcOf(): RequestOidc {
    const request: RelyingPartyRequest = requestOf({ url: '/orders' })
    setUser(request, new ServerResponse(request), actions, undefined)
    called.mockClear()
    return request.oidc as RequestOidc
  }

  type Method = 'login' | 'logout' | 'getAccessToken' | 'endLogins' | 'fetch' | 'userinfo'

  /** Calls it as from JavaScript: it never throws, and rejects. */
  async function refusal(method: Method, options: unknown): Promise<string> {
    const given = method === 'fetch' ? ['https://api.example/orders', options] : [options]
    const promise = (oidcOf()[method] as unknown as (...given: unknown[]) => Promise<unknown>)(...given)
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'ERR_RP_OPTIONS', status: 500 })
    expect(called).not.toHaveBeenCalled()
    return (error as RelyingPartyError).message
  }

  it.each<[method: Method, options: unknown, said: string]>([
    ['login', { return_to: '/x' }, 'req.oidc.login(): unknown option return_to: did you mean returnTo?'],
    ['login', { state: 'x' }, 'unknown option state: the middleware makes `state` itself'],
    ['login', { authorizationParams: {} }, 'did you mean authorizationParameters?'],
    ['login', { scope: 'email' }, 'the option `scope` of relyingParty()'],
    ['login', { prompt: 'login' }, "`authorizationParameters: { prompt: 'login' }`"],
    ['login', { silent: true }, '`silentLogin`'],
    ['login', { returnTo: ['/a', '/b'] }, 'returnTo must be string'],
    ['login', { returnTo: null }, 'returnTo must be string'],
    ['login', { returnTo: new URL('https://app.example/x') }, 'returnTo must be string'],
    ['login', { provider: { issuer: 'https://id.example' } }, 'provider must be string'],
    ['login', { resumePost: 'yes' }, 'resumePost must be boolean'],
    ['login', { authorizationParameters: null }, 'authorizationParameters must be an object'],
    ['login', { authorizationParameters: 'prompt=login' }, 'authorizationParameters must be an object'],
    ['login', { authorizationParameters: new Map([['prompt', 'login']]) }, 'authorizationParameters must be an object'],
    ['logout', { returnTo: '/bye' }, 'unknown option returnTo: the browser comes to `routes.postLogout`'],
    ['logout', { postLogoutRedirectUri: '/bye' }, '`routes.postLogout`'],
    ['logout', { logout_hint: 'x' }, 'did you mean logoutHint?'],
    ['logout', { logoutHint: 5 }, 'logoutHint must be string'],
    ['getAccessToken', { audience: 'x' }, 'write `resource`'],
    ['getAccessToken', { scopes: 'x' }, 'did you mean scope?'],
    ['getAccessToken', { resource: new URL('https://api.example') }, 'resource must be string'],
    ['getAccessToken', { scope: ['a', 'b'] }, 'scope must be string'],
    ['getAccessToken', { forceRefresh: 'true' }, 'forceRefresh must be boolean'],
    ['endLogins', { iss: 'https://id.example', sub: 'alice', sids: '1' }, 'unknown option sids: did you mean sid?'],
    [
      'endLogins',
      { issuer: 'https://id.example', sub: 'alice' },
      'iss is required; unknown option issuer (known: iss, sub, sid)',
    ],
    ['endLogins', { iss: 'https://id.example' }, 'sub or sid is required'],
    ['fetch', { json: {} }, 'req.oidc.fetch(): unknown option json: write `body: JSON.stringify(value)`'],
    ['fetch', { timeout: 5 }, '`signal: AbortSignal.timeout(milliseconds)`'],
    ['fetch', { header: {} }, 'did you mean headers?'],
    ['userinfo', {}, 'req.oidc.userinfo() takes no arguments'],
  ])('%s rejects with ERR_RP_OPTIONS for %j: %s', async (method, options, said) => {
    expect(await refusal(method, options)).toContain(said)
  })

  it.each(
    noObjects.flatMap(([what, value]) => {
      return (['login', 'logout', 'getAccessToken', 'endLogins', 'fetch', 'userinfo'] as const).map(
        (method) => [method, what, value] as const,
      )
    }),
  )('%s rejects with ERR_RP_OPTIONS for %s in the place of options', async (method, _what, value) => {
    await refusal(method, value)
  })

  it('take undefined for absent', async () => {
    const oidc = oidcOf()
    await oidc.login(undefined)
    await oidc.login({
      returnTo: undefined,
      provider: undefined,
      authorizationParameters: undefined,
      resumePost: undefined,
    })
    await oidc.logout({ logoutHint: undefined })
    expect(called.mock.calls.map(([method]) => method)).toEqual(['login', 'login', 'logout'])
    expect(called.mock.calls[1]?.[1]).toMatchObject({ returnTo: '/orders' })
  })

  it('fetch takes all members of a RequestInit, and a Request', async () => {
    const oidc = oidcOf()
    const init = {
      method: 'POST',
      headers: {},
      body: 'x',
      signal: AbortSignal.timeout(1000),
      redirect: 'error',
      duplex: 'half',
    }
    for (const each of [init, new Request('https://api.example'), undefined]) {
      await expect(oidc.fetch('https://api.example/orders', each as RequestInit)).rejects.toMatchObject({
        code: 'ERR_RP_LOGIN_REQUIRED', // it went on, and nobody is signed in
      })
    }
  })
})
