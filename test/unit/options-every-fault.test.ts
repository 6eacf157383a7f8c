// relyingParty() names every fault of its options in one error, and tells the names and shapes of other packages what to write.
import session from 'express-session'
import { createClient } from 'redis'
import { describe, expect, it, vi } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import { okta } from '../../src/providers/presets/index.ts'

const provider = { issuer: 'https://id.example' }
const required = {
  provider,
  clientId: 'orders',
  baseUrl: 'https://app.example',
  secret: 'a secret of at least 16 characters, and more',
}

/** The faults that the one error names, in order. */
function faultsOf(options: unknown): string[] {
  try {
    parseOptions(options as Options)
  } catch (error) {
    expect(error).toBeInstanceOf(RelyingPartyError)
    const { code, message } = error as RelyingPartyError
    expect(code).toBe('ERR_RP_OPTIONS')
    return message.replace(/^relyingParty\(options\): (.*) \(ERR_RP_OPTIONS: .*$/, '$1').split('; ')
  }
  return []
}

describe('every fault at once', () => {
  it('names all unknown options, beside all missing ones', () => {
    expect(faultsOf({ clientSecrt: 'x', baseURL: 'https://app.example', issuer: 'https://id.example' })).toEqual([
      'provider (or providers) is required',
      'baseUrl is required',
      'unknown option clientSecrt: did you mean clientSecret?',
      'unknown option baseURL: did you mean baseUrl?',
      "unknown option issuer: write `provider: { issuer: 'https://...' }`",
      'clientId is required',
    ])
  })

  it('names the unknown options of every level', () => {
    const faults = faultsOf({
      ...required,
      provider: { ...provider, isuer: 'x', nme: 'x', endSessionFallback: { ulr: 'x', redirectParametr: 'x' } },
      routes: { logn: '/x', lgout: '/x' },
      session: { idleSecond: 1, absoluteSecond: 1 },
      loginRate: { start: 1, within: 1 },
      refresh: { beforeExpirySecond: 1, onFailur: 'end' },
      scop: 'openid',
    })
    expect(faults.map((fault) => /^unknown option ([\w.]+): did you mean /.exec(fault)?.[1] ?? fault).sort()).toEqual([
      'loginRate.start',
      'provider.endSessionFallback.redirectParameter is required',
      'provider.endSessionFallback.redirectParametr',
      'provider.endSessionFallback.ulr',
      'provider.endSessionFallback.url is required',
      'provider.isuer',
      'provider.nme',
      'refresh.beforeExpirySecond',
      'refresh.onFailur',
      'routes.lgout',
      'routes.logn',
      'scop',
      'session.absoluteSecond',
      'session.idleSecond',
      expect.stringMatching(/^unknown option loginRate\.within \(known: starts, withinSeconds\)$/),
    ])
  })

  it('names the unknown options of each of several providers', () => {
    const { provider: _one, ...others } = required
    expect(faultsOf({ ...others, providers: { a: { ...provider, isuer: 1 }, b: { ...provider, nme: 1 } } })).toEqual([
      'unknown option providers.a.isuer: did you mean providers.a.issuer?',
      'unknown option providers.b.nme: did you mean providers.b.name?',
    ])
  })

  it('names the rules that are broken beside wrong types and unknown names', () => {
    const faults = faultsOf({
      ...required,
      baseUrl: 'app.example',
      scop: 'x',
      clientAuthentication: 'client_secret_post',
      fetch: async () => new Response(),
      dispatcher: { request() {} },
      httpTimeoutSeconds: '5',
    })
    expect(faults).toEqual([
      'baseUrl must be an http(s) URL',
      'httpTimeoutSeconds must be number',
      'unknown option scop: did you mean scope?',
      "clientAuthentication 'client_secret_post' needs a clientSecret",
      'fetch and dispatcher exclude each other',
    ])
  })

  it.each([
    [
      'a client secret of a wrong type',
      { clientSecret: 7, idTokenSignedResponseAlg: 'HS256' },
      ['clientSecret must be string'],
    ],
    ['a client id of a wrong type', { clientId: 7 }, ['clientId must be string']],
    [
      'a route whose default another one has',
      { routes: { login: 5, logout: '/login' } },
      ['routes.login must be a path or false'],
    ],
    ['a secret of a wrong type in production', { secret: 7 }, ['secret must be (string | Array)']],
  ])('names no rule that hangs on an option at fault: %s', (_what, changes, faults) => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(faultsOf({ ...required, ...changes })).toEqual(faults)
    vi.unstubAllEnvs()
  })

  it('names what is wrong inside of a value that may have several types', () => {
    const clientAuthentication = { privateKeyJwt: 5, algo: 'RS256' }
    expect(faultsOf({ ...required, clientAuthentication, secret: [required.secret, undefined] })).toEqual([
      'clientAuthentication.privateKeyJwt must be a private key',
      'secret.1 is undefined: is an environment variable not set?',
      'unknown option clientAuthentication.algo: did you mean clientAuthentication.alg?',
    ])
  })

  it('reads inherited options, as class instances have them', () => {
    expect(faultsOf(Object.create(required))).toEqual([])
    expect(faultsOf(Object.create({ ...required, clientId: undefined, scop: 'x' }))).toEqual([
      'unknown option scop: did you mean scope?',
      'clientId is required',
    ])
  })

  it.each([
    ['a list', []],
    ['a Map', new Map([['login', '/in']])],
    ['a promise', Promise.resolve({ login: '/in' })],
    ['a Set', new Set(['login'])],
  ])('refuses %s where an object belongs: it would be no options', (_what, value) => {
    const groups = ['provider', 'routes', 'session', 'loginRate', 'refresh']
    const faults = faultsOf({ ...required, ...Object.fromEntries(groups.map((group) => [group, value])) })
    expect(faults.map((fault) => fault.replace(/:.*/, ''))).toEqual(groups.map((group) => `${group} must be an object`))
    expect(faultsOf(value)).toEqual(['options must be an object'])
    const { provider: _one, ...others } = required
    expect(faultsOf({ ...others, providers: value })[0]).toMatch(/^providers must be an object/)
    expect(faultsOf({ ...required, authorizationParameters: value })).toEqual([
      'authorizationParameters must be an object of strings, or a function',
    ])
  })

  it('tells where an option belongs that was written into another group', () => {
    expect(faultsOf({ ...required, callback: '/cb', idleSeconds: 5, provider: { ...provider, secret: 'x' } })).toEqual([
      'unknown option callback: write `routes: { callback }`',
      'unknown option idleSeconds: write `session: { idleSeconds }`',
      'unknown option provider.secret: it belongs beside provider, not in it',
    ])
  })
})

/** Names of express-openid-connect, passport-openidconnect and others, and what has to be in the answer. */
const foreignNames: readonly (readonly [name: string, answer: string])[] = [
  ['issuerBaseURL', "`provider: { issuer: 'https://...' }`"],
  ['issuer', "`provider: { issuer: 'https://...' }`"],
  ['baseURL', 'baseUrl'],
  ['clientID', 'clientId'],
  ['authRequired', '`requireAuth()`'],
  ['errorOnRequiredAuth', "`requireAuth({ onUnauthenticated: 'unauthorized' })`"],
  ['attemptSilentLogin', '`silentLogin: true`'],
  ['idpLogout', 'leave it out'],
  ['auth0Logout', '`provider: auth0({ domain })`'],
  ['logoutParams', '`req.oidc.logout({ logoutHint })`'],
  ['backchannelLogout', '`routes.backchannelLogout`'],
  ['authorizationParams', '`authorizationParameters`'],
  ['tokenEndpointParams', 'token endpoint'],
  ['afterCallback', 'a handler behind `requireAuth()`'],
  ['getLoginState', '`req.oidc.login({ returnTo })`'],
  ['identityClaimFilter', '`req.user.claims`'],
  ['clientAuthMethod', '`clientAuthentication`'],
  ['clientAssertionSigningKey', '`clientAuthentication: { privateKeyJwt: key, alg, kid }`'],
  ['clientAssertionSigningAlg', '`clientAuthentication: { privateKeyJwt: key, alg, kid }`'],
  ['requestObjectSigningKey', 'JAR'],
  ['requestObjectSigningAlg', 'JAR'],
  ['requestObjectSigningKeyId', 'JAR'],
  ['pushedAuthorizationRequests', 'PAR'],
  ['useMtls', 'mutual TLS'],
  ['idTokenSigningAlg', '`idTokenSignedResponseAlg`'],
  ['clockTolerance', '`clockToleranceSeconds`'],
  ['httpTimeout', '`httpTimeoutSeconds`, in seconds'],
  ['httpUserAgent', '`fetch`'],
  ['customFetch', '`fetch`'],
  ['discoveryCacheMaxAge', 'leave it out'],
  ['enableTelemetry', 'leave it out'],
  ['transactionCookie', 'leave it out'],
  ['legacySameSiteCookie', 'leave it out'],
  ['session.rolling', '`session.idleSeconds`'],
  ['session.rollingDuration', '`session.idleSeconds`'],
  ['session.absoluteDuration', '`session.absoluteSeconds`'],
  ['session.name', '`app.use(session({ ... }))`'],
  ['session.cookie', '`app.use(session({ ... }))`'],
  ['session.store', '`app.use(session({ ... }))`'],
  ['session.genid', '`app.use(session({ ... }))`'],
  ['session.signSessionStoreCookie', 'leave it out'],
  ['routes.postLogoutRedirect', '`routes.postLogout`'],
  ['callbackURL', "`routes: { callback: '/callback' }`"],
  ['authorizationURL', 'metadata of the issuer'],
  ['tokenURL', 'metadata of the issuer'],
  ['userInfoURL', 'metadata of the issuer'],
  ['skipUserProfile', '`userinfo`'],
  ['redirect_uri', "`routes: { callback: '/callback' }`"],
  ['client_id', 'clientId'],
  ['token_endpoint_auth_method', '`clientAuthentication`'],
  ['provider.issuerBaseURL', '`provider.issuer`'],
  ['provider.callbackURL', "`routes: { callback: '/callback' }`"],
  ['provider.tokenURL', 'metadata of the issuer'],
]

describe('names of other packages', () => {
  it.each(foreignNames)('%s is told %s', (name, answer) => {
    const [group = '', member] = name.split('.')
    const inside = group === 'provider' ? provider : {}
    const changes = member === undefined ? { [group]: 'x' } : { [group]: { ...inside, [member]: 'x' } }
    const faults = faultsOf({ ...required, ...changes })
    expect(faults.join('; ')).toContain(`unknown option ${name}: `)
    expect(faults.join('; ')).toContain(answer)
  })

  it('are told the same inside of one of several providers', () => {
    const { provider: _one, ...others } = required
    expect(faultsOf({ ...others, providers: { a: { ...provider, callbackURL: 'x' } } }).join()).toContain(
      "providers.a.callbackURL: write `baseUrl: 'https://...'`",
    )
  })

  it('a whole configuration of express-openid-connect is told name by name', () => {
    const names = ['issuerBaseURL', 'baseURL', 'clientID', 'authRequired', 'idpLogout', 'attemptSilentLogin']
    const more = ['authorizationParams', 'afterCallback', 'clockTolerance']
    const given = Object.fromEntries([...names, ...more].map((name) => [name, 'x']))
    const faults = faultsOf({ ...given, clientSecret: 'x', secret: required.secret }).join('; ')
    for (const name of [...names, ...more]) expect(faults).toContain(`unknown option ${name}: `)
  })
})

describe('shapes of other packages', () => {
  const sendCommand = createClient()

  it.each<[what: string, changes: Record<string, unknown>, answer: string]>([
    ['an issuer as text', { provider: 'https://id.example' }, "write `{ issuer: 'https://...' }`"],
    ['an issuer as URL', { provider: new URL('https://id.example') }, "write `{ issuer: 'https://...' }`"],
    ['a preset that was not called', { provider: okta }, 'call the preset, as in `provider: okta({ domain })`'],
    ['a list of providers', { provider: [provider] }, 'write `providers: { one: okta({ ... })'],
    ['a list as providers', { provider: undefined, providers: [provider] }, 'write `providers: { one: okta({ ... })'],
    [
      'the middleware of express-session',
      { session: session({ secret: 'x', resave: false, saveUninitialized: false }) },
      '`app.use()`',
    ],
    [
      'a session store',
      { store: new session.MemoryStore() },
      'a store of express-session: pass it to `session({ store })`',
    ],
    ['a client of redis', { store: sendCommand }, '`store: redisStore(client)`'],
    ['a client of ioredis', { store: { get() {}, set() {}, call() {} } }, '`store: redisStore(client)`'],
    ['a pool of pg', { store: { query() {}, connect() {} } }, '`store: postgresStore(pool)`'],
    ['a store that was not called', { store: () => ({}) }, '`store: memoryStore()`'],
    ['a promise of a store', { store: Promise.resolve({}) }, 'await it first'],
  ])('%s is told what to write', (_what, changes, answer) => {
    const faults = faultsOf({ ...required, ...changes })
    expect(faults.join('; ')).toContain(answer)
    expect(faults.join('; ')).toMatch(/^\w+ must /)
  })
})
