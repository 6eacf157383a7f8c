import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import { nearestName } from '../../src/nearest-name.ts'
import type { Options } from '../../src/options.ts'
import { reservedParameters } from '../../src/options-client.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { ProviderSettings, Settings } from '../../src/options-settings.ts'
import { keepLogLines } from '../log-lines.ts'
import { requestOf } from './exchange.ts'

const required = {
  provider: { issuer: 'https://id.example' },
  clientId: 'orders',
  baseUrl: 'https://app.example',
  secret: 'a secret of at least 16 characters',
} satisfies Options

/** Changes as users make them in JavaScript: of any type, under any name. */
type Changes = Record<string, unknown>

function parse(changes: Changes = {}): Settings {
  return parseOptions({ ...required, ...changes } as unknown as Options)
}

/** The settings of the one provider. */
function providerOf(changes: Changes = {}): ProviderSettings {
  const [only] = parse(changes).providers
  if (only === undefined) throw new TypeError('no provider')
  return only
}

function faultOf(act: () => unknown): RelyingPartyError {
  try {
    act()
  } catch (error) {
    if (error instanceof RelyingPartyError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The faults alone, without what every message has. */
function faultsIn(changes: Changes): string {
  const error = faultOf(() => parse(changes))
  expect(error.code).toBe('ERR_RP_OPTIONS')
  return error.message.replace('relyingParty(options): ', '').replace(/ \(ERR_RP_OPTIONS: .*/, '')
}

const howToMakeSecret = `make one by node -p "crypto.randomBytes(32).toString('base64url')"`
const placeholder = 'still holds a placeholder or white space'
const badUrl = 'must be an http(s) URL'
const extraInUrl = 'must have no query, fragment or credentials'
const badPath = "must be a path: '/' first, no query"
const twoSecrets = ['a first secret of 32 characters..', 'a second secret of 32 characters.']

/** Changed options and the fault that they must be told; a `null` stands for JSON's. */
const faultTable: readonly (readonly [changes: Changes, fault: string])[] = [
  [{ provider: undefined }, 'provider (or providers) is required'],
  [{ provider: null }, 'provider must be an object'],
  [{ provider: 'https://id.example' }, "provider must be an object: write `{ issuer: 'https://...' }`"],
  [{ provider: {} }, 'provider.issuer is required'],
  [{ provider: { issuer: 5 } }, 'provider.issuer must be string'],
  [{ provider: { issuer: 'id.example' } }, `provider.issuer ${badUrl}`],
  [{ provider: { issuer: 'ftp://id.example' } }, `provider.issuer ${badUrl}`],
  [{ provider: { issuer: 'https://{tenant}.example' } }, `provider.issuer ${placeholder}`],
  [{ provider: { issuer: 'https://id.example/<tenant>' } }, `provider.issuer ${placeholder}`],
  [{ provider: { issuer: 'https://id.example ' } }, `provider.issuer ${placeholder}`],
  [{ provider: { issuer: 'https://id.example?a=b' } }, `provider.issuer ${extraInUrl}`],
  [{ provider: { issuer: 'https://id.example#a' } }, `provider.issuer ${extraInUrl}`],
  [{ provider: { issuer: 'https://user:pw@id.example' } }, `provider.issuer ${extraInUrl}`],
  [
    { provider: { issuer: 'https://id.example', allowInsecureRequests: 1 } },
    'provider.allowInsecureRequests must be boolean',
  ],
  [
    { provider: { issuer: 'https://id.example', keyRefetchCooldownSeconds: -1 } },
    'provider.keyRefetchCooldownSeconds must not be negative',
  ],
  [{ clientId: undefined }, 'clientId is required'],
  [{ clientId: '' }, 'clientId must not be empty'],
  [{ clientId: 7 }, 'clientId must be string'],
  [{ clientSecret: '' }, 'clientSecret must not be empty'],
  [{ clientSecret: 7 }, 'clientSecret must be string'],
  [
    { clientAuthentication: 'basic' },
    "clientAuthentication must be 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none' or { privateKeyJwt }",
  ],
  [{ baseUrl: undefined }, 'baseUrl is required'],
  [{ baseUrl: '/app' }, `baseUrl ${badUrl}`],
  [{ baseUrl: 'app.example:80' }, `baseUrl ${badUrl}`],
  [{ baseUrl: 'https://app.example/?a' }, `baseUrl ${extraInUrl}`],
  [{ baseUrl: 'https://{HOST}' }, `baseUrl ${placeholder}`],
  [{ secret: 'too short' }, `secret must have at least 16 characters; ${howToMakeSecret}`],
  [{ secret: [] }, 'secret must not be empty'],
  [{ secret: [...twoSecrets, 'short'] }, `secret.2 must have at least 16 characters; ${howToMakeSecret}`],
  [{ secret: 5 }, 'secret must be (string | Array)'],
  [{ scope: ['openid'] }, 'scope must be string'],
  [{ responseMode: 'fragment' }, 'responseMode must be ("query" | "form_post")'],
  [{ userinfo: 'yes' }, 'userinfo must be boolean'],
  [{ clockToleranceSeconds: '30' }, 'clockToleranceSeconds must be number'],
  [{ clockToleranceSeconds: Number.NaN }, 'clockToleranceSeconds must be number'],
  [{ clockToleranceSeconds: -1 }, 'clockToleranceSeconds must not be negative'],
  [{ httpTimeoutSeconds: 0 }, 'httpTimeoutSeconds must be more than 0'],
  [{ httpTimeoutSeconds: Number.POSITIVE_INFINITY }, 'httpTimeoutSeconds must be at most 600'],
  [{ fetch: 'fetch' }, 'fetch must be a function'],
  [{ fetch: null }, 'fetch must be a function'],
  [{ dispatcher: {} }, 'dispatcher must have request()'],
  [{ dispatcher: null }, 'dispatcher must have request()'],
  [{ routes: '/auth' }, 'routes must be an object'],
  [{ routes: { login: true } }, 'routes.login must be a path or false'],
  [{ routes: { login: '' } }, `routes.login ${badPath}`],
  [{ routes: { initiateLogin: 'initiate' } }, `routes.initiateLogin ${badPath}`],
  [{ routes: { logout: 'logout' } }, `routes.logout ${badPath}`],
  [{ routes: { logout: '//evil.example' } }, `routes.logout ${badPath}`],
  [{ routes: { logout: '/\\evil.example' } }, `routes.logout ${badPath}`],
  [{ routes: { callback: false } }, `routes.callback ${badPath}; or ''`],
  [{ routes: { callback: '/callback?a=b' } }, `routes.callback ${badPath}`],
  [{ routes: { postLogout: '' } }, `routes.postLogout ${badPath}`],
  [{ routes: { postLogout: 'https://evil.example' } }, `routes.postLogout ${badPath}`],
  [{ routes: { postLogout: '/a b' } }, `routes.postLogout ${badPath}`],
  [{ routes: { postLogout: '/a#b' } }, `routes.postLogout ${badPath}`],
  [{ session: 3600 }, 'session must be an object'],
  [{ store: {} }, 'store must have get, set, delete()'],
  [{ store: { get() {}, set() {} } }, 'store must have get, set, delete()'],
  [{ clock: 5 }, 'clock must be a function'],
]

/** Unknown names and what is said of them. */
const unknownNames: readonly (readonly [changes: Changes, fault: string])[] = [
  [{ clientID: 'x' }, 'unknown option clientID: did you mean clientId?'],
  [{ clientScret: 'x' }, 'unknown option clientScret: did you mean clientSecret?'],
  [{ baseURL: 'x' }, 'unknown option baseURL: did you mean baseUrl?'],
  [{ scopes: 'x' }, 'unknown option scopes: did you mean scope?'],
  [{ secrets: ['x'] }, 'unknown option secrets: did you mean secret?'],
  [{ timeout: 5 }, 'unknown option timeout (known: provider, providers, clientId, '],
  [{ provider: { ...required.provider, isuer: 'x' } }, 'unknown option provider.isuer: did you mean provider.issuer?'],
  [{ routes: { logn: '/x' } }, 'unknown option routes.logn: did you mean routes.login?'],
  [{ routes: { x: '/x' } }, 'unknown option routes.x (known: login, initiateLogin, callback, resumePost, logout, '],
  [{ session: { absoluteSecond: 1 } }, 'unknown option session.absoluteSecond: did you mean session.absoluteSeconds?'],
]

/** The rules between options; each breaks one rule alone. */
const contradictions: readonly (readonly [changes: Changes, fault: string])[] = [
  [
    { provider: { issuer: 'http://id.example' } },
    'provider.issuer must be https: (http: only on loopback, or with provider.allowInsecureRequests)',
  ],
  [
    { provider: { issuer: 'https://id.example/.well-known/openid-configuration' } },
    'provider.issuer must be the issuer itself, not the URL of its metadata: leave out /.well-known/ and the rest',
  ],
  [{ clientAuthentication: 'client_secret_basic' }, "clientAuthentication 'client_secret_basic' needs a clientSecret"],
  [{ clientAuthentication: 'client_secret_post' }, "clientAuthentication 'client_secret_post' needs a clientSecret"],
  [{ clientAuthentication: 'none', clientSecret: 's' }, "clientAuthentication 'none' has no clientSecret"],
  [{ idTokenSignedResponseAlg: 'HS256' }, "idTokenSignedResponseAlg 'HS256' needs a clientSecret"],
  [
    { provider: { ...required.provider, userClaims: () => ({ sub: 'x' }) } },
    'provider.userClaims is for a scope without openid',
  ],
  [{ providers: { a: required.provider } }, 'provider and providers exclude each other'],
  [{ clientId: undefined }, 'clientId is required'],
  [{ fetch: async () => new Response(), dispatcher: { request() {} } }, 'fetch and dispatcher exclude each other'],
  [{ routes: { login: '/logout' } }, 'the routes must differ from each other'],
  [{ routes: { initiateLogin: '/login' } }, 'the routes must differ from each other'],
  [{ routes: { callback: '/login' } }, 'the routes must differ from each other'],
  [{ routes: { resumePost: '/logout' } }, 'the routes must differ from each other'],
  [{ routes: { logout: '/callback' } }, 'the routes must differ from each other'],
  [
    { responseMode: 'form_post', routes: { callback: '' } },
    "responseMode 'form_post' needs a routes.callback with a path of its own",
  ],
  [
    { provider: { ...required.provider, responseMode: 'form_post' }, routes: { callback: '/' } },
    "responseMode 'form_post' needs a routes.callback with a path of its own",
  ],
]

const allowed: readonly (readonly [what: string, changes: Changes])[] = [
  ['an http issuer on loopback', { provider: { issuer: 'http://localhost:9000' } }],
  [
    'an http issuer with allowInsecureRequests',
    { provider: { issuer: 'http://id.example', allowInsecureRequests: true } },
  ],
  ['an issuer with a path and a slash', { provider: { issuer: 'https://id.example/oauth2/default/' } }],
  ['an issuer whose path has an @', { provider: { issuer: 'https://id.example/@tenant' } }],
  ['a secret with HS256', { clientSecret: 's'.repeat(32), idTokenSignedResponseAlg: 'HS256' }],
  ['two routes that are switched off', { routes: { login: false, logout: false } }],
  ['form_post with a callback of its own', { responseMode: 'form_post', routes: { callback: '/cb' } }],
  ['a callback without a path in the query mode', { responseMode: 'query', routes: { callback: '' } }],
  ['openid among other scopes', { scope: 'profile openid' }],
  ['a tolerance of nothing', { clockToleranceSeconds: 0 }],
  ['a secret of exactly 16 characters', { secret: 'sixteen letters!' }],
  ['parameters of its own', { authorizationParameters: { prompt: 'login', max_age: '60' } }],
]

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('parseOptions', () => {
  it.each(faultTable)('refuses %j and says: %s', (changes, fault) => {
    expect(faultsIn(changes)).toBe(fault)
  })

  it.each(unknownNames)('refuses the unknown name in %j and says: %s', (changes, fault) => {
    expect(faultsIn(changes)).toMatch(
      fault.endsWith(', ') ? new RegExp(`^${fault.replaceAll(/[()]/g, '\\$&')}`) : fault,
    )
  })

  it.each(contradictions)('refuses the contradiction in %j and says: %s', (changes, fault) => {
    expect(faultsIn(changes)).toBe(fault)
  })

  it.each(allowed)('accepts %s', (_what, changes) => {
    expect(() => parse(changes)).not.toThrow()
  })

  it.each([[undefined], [null], [5], ['options'], [[]], [() => ({})]])('refuses %j in place of options', (value) => {
    expect(faultOf(() => parseOptions(value as unknown as Options)).code).toBe('ERR_RP_OPTIONS')
  })

  it.each(['constructor', 'toString', '__proto__'])(
    'refuses the unknown name %s, which every object inherits',
    (name) => {
      expect(faultsIn(JSON.parse(`{"routes": {"${name}": 1}}`))).toContain(`unknown option routes.${name}`)
      const options = { ...required, ...Object.fromEntries([[name, 1]]) } as unknown as Options
      expect(faultOf(() => parseOptions(options)).message).toContain(`unknown option ${name}`)
    },
  )

  it('names every fault at once', () => {
    const faults = faultsIn({ clientId: '', baseUrl: 'x', clientSecrt: 1 })
    expect(faults.split('; ')).toEqual([
      'clientId must not be empty',
      `baseUrl ${badUrl}`,
      'unknown option clientSecrt: did you mean clientSecret?',
    ])
  })

  it.each(reservedParameters)('refuses %s among the authorizationParameters: it is ours (threat V25)', (name) => {
    const faults = faultsIn({ authorizationParameters: { [name]: 'x' } })
    expect(faults).toMatch(/^authorizationParameters must not set what the middleware sets itself/)
    expect(faults).toContain(name)
  })

  it('reserves all parameters that make the flow safe (OpenID Connect Core 1.0 section 3.1.2.1, RFC 7636)', () => {
    expect([...reservedParameters].sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'redirect_uri',
      'registration',
      'request',
      'request_uri',
      'response_mode',
      'response_type',
      'scope',
      'state',
    ])
  })

  it.each([
    ['a number', { authorizationParameters: { max_age: 60 } }],
    ['a text', { authorizationParameters: 'prompt=login' }],
  ])('refuses %s in authorizationParameters by name', (_what, changes) => {
    expect(faultsIn(changes)).toMatch(/^authorizationParameters/)
  })

  it.each(['none', 'rs256', 'RS1', 'ES256K', ''])('refuses the ID token algorithm %j', (idTokenSignedResponseAlg) => {
    expect(faultsIn({ idTokenSignedResponseAlg, clientSecret: 's' })).toMatch(/^idTokenSignedResponseAlg must be/)
  })
})

describe('parseOptions and secrets', () => {
  const mark = 'MARKED'
  const secretNumber = 76_543_210_987

  it.each<[string, Changes]>([
    ['a number as clientSecret', { clientSecret: secretNumber }],
    ['a list as clientSecret', { clientSecret: [mark] }],
    ['an object as clientSecret', { clientSecret: { value: mark } }],
    ['a short secret', { secret: mark }],
    ['a number as secret', { secret: secretNumber }],
    ['a short secret in a list', { secret: [...twoSecrets, mark] }],
    ['a number in the list of secrets', { secret: [secretNumber] }],
    ['a map as secret', { secret: { 1: mark } }],
    ['the secret as issuer', { provider: { issuer: mark } }],
    ['a number as issuer', { provider: { issuer: secretNumber } }],
    ['credentials in the issuer', { provider: { issuer: `https://user:${mark}@id.example` } }],
    ['a secret in the query of the baseUrl', { baseUrl: `https://app.example?token=${mark}` }],
    ['the secret as clientAuthentication', { clientAuthentication: mark }],
    ['the secret as algorithm', { idTokenSignedResponseAlg: mark }],
    ['the secret as a kind of scope', { scope: [mark] }],
    ['the secret as time limit', { httpTimeoutSeconds: mark }],
    ['the secret under an unknown name', { clientSecrets: mark }],
    ['the secret as a route', { routes: { callback: mark } }],
    ['the secret as a parameter of ours', { authorizationParameters: { state: mark } }],
    ['the secret as store', { store: mark }],
    ['the secret beside another fault', { clientSecret: `${mark}-a-real-secret`, clientId: '' }],
    ['the secret that contradicts', { clientSecret: `${mark}-a-real-secret`, clientAuthentication: 'none' }],
  ])('never shows %s in the error (threat V42)', (_what, changes) => {
    const error = faultOf(() => parse(changes))
    const shown = [
      error.message,
      error.stack,
      JSON.stringify(error),
      inspect(error, { depth: 9, customInspect: false }),
    ]
    expect(shown.join()).not.toMatch(new RegExp(`${mark}|${secretNumber}`))
  })

  it.each([
    'https:user:MARKED@id.example',
    'https:/user:MARKED@id.example',
    'https:\\\\user:MARKED@id.example',
    'https:///user:MARKED@id.example',
  ])('refuses credentials in the issuer %j, which a URL parser reads as such', (issuer) => {
    expect(faultsIn({ provider: { issuer } })).toMatch(/^provider\.issuer/)
  })

  it('does not warn of a secret that was given', () => {
    const { logger, lines } = keepLogLines()
    parse({ log: logger })
    expect(lines).toEqual([])
  })
})

describe('parseOptions without secret', () => {
  beforeEach(() => vi.stubEnv('NODE_ENV', 'development'))

  it('refuses with NODE_ENV=production: every process needs the same', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { logger, lines } = keepLogLines()
    expect(faultsIn({ secret: undefined, log: logger })).toMatch(/^secret is required with NODE_ENV=production/)
    expect(lines).toEqual([])
  })

  it('accepts a secret with NODE_ENV=production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(parse().secrets).toEqual([required.secret])
  })

  it('makes a random one in development and says so once, without showing it', () => {
    const { logger, lines } = keepLogLines()
    const { secrets } = parse({ secret: undefined, log: logger })
    expect(secrets).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
    expect(lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_SECRET' }])
    expect(inspect(lines)).not.toContain(secrets[0])
  })

  it('makes another one each time', () => {
    const given = { secret: undefined, log: false } as const
    expect(parse(given).secrets).not.toEqual(parse(given).secrets)
  })
})

describe('the settings', () => {
  it('are complete when only what is required was given', () => {
    const { clock, log, providers, ...settings } = parse()
    const { authorizationParameters, ...provider } = providers[0] ?? providerOf()
    expect(settings).toEqual({
      addresses: [
        {
          baseUrl: 'https://app.example',
          origin: 'https://app.example',
          hosts: ['app.example', 'app.example:443'],
        },
      ],
      isChosenByHost: false,
      basePath: '',
      secrets: [required.secret],
      routes: {
        login: '/login',
        callback: '/callback',
        resumePost: '/resume-post',
        logout: '/logout',
        postLogout: '/',
        backchannelLogout: '/backchannel-logout',
        frontchannelLogout: '/frontchannel-logout',
        initiateLogin: false,
      },
      forwardLoginParameters: [],
      session: { idleSeconds: 86_400, absoluteSeconds: 604_800 },
      silentLogin: undefined,
      loginRate: { starts: 10, withinSeconds: 60 },
      refresh: { beforeExpirySeconds: 60, onFailure: expect.any(Function) },
      apiOrigins: [],
      store: undefined,
    })
    expect(provider).toEqual({
      id: 'default',
      registration: expect.stringMatching(/^[\w-]{16}$/),
      name: 'default',
      issuer: 'https://id.example',
      metadata: undefined,
      allowInsecureRequests: false,
      ca: undefined,
      keyRefetchCooldownSeconds: 30,
      clientAssertionAudience: 'issuer',
      tenants: undefined,
      requiresIdTokenHint: false,
      strictRefreshedIdTokens: false,
      endSessionFallback: undefined,
      userClaims: undefined,
      clientId: 'orders',
      clientSecret: undefined,
      clientAuthentication: undefined,
      scope: 'openid',
      responseMode: 'query',
      userinfo: false,
      idTokenSignedResponseAlg: 'RS256',
      callbackPath: '/callback',
      clockToleranceSeconds: 30,
      httpTimeoutSeconds: 10,
      fetch: undefined,
      dispatcher: undefined,
      clock,
      log,
    })
    expect(authorizationParameters(requestOf())).toEqual({})
    expect(Math.abs(clock() - Date.now() / 1000)).toBeLessThan(2)
  })

  it('keep what was given', () => {
    const ofProvider = {
      clientSecret: 'client secret',
      clientAuthentication: 'client_secret_post',
      scope: 'openid profile',
      userinfo: true,
      idTokenSignedResponseAlg: 'EdDSA',
      clockToleranceSeconds: 5,
      httpTimeoutSeconds: 0.5,
    }
    const given = {
      routes: { login: false, callback: '', logout: '/bye', postLogout: '/start' },
      session: { absoluteSeconds: 60 },
      store: { get: async () => undefined, set: async () => undefined, delete: async () => undefined },
      clock: () => 7,
    }
    expect(parse({ ...given, ...ofProvider })).toMatchObject(given)
    expect(providerOf({ ...given, ...ofProvider })).toMatchObject(ofProvider)
  })

  it('take undefined for absent, at every level', () => {
    const optional = ['clientSecret', 'clientAuthentication', 'scope', 'authorizationParameters', 'userinfo']
    const others = ['idTokenSignedResponseAlg', 'clockToleranceSeconds', 'httpTimeoutSeconds', 'fetch', 'dispatcher']
    const names = [...optional, ...others, 'store', 'log', 'clock']
    const absent = Object.fromEntries(names.map((name) => [name, undefined]))
    const provider = { ...required.provider, allowInsecureRequests: undefined, keyRefetchCooldownSeconds: undefined }
    const routes = { login: undefined, callback: undefined, logout: undefined, postLogout: undefined }
    const session = { absoluteSeconds: undefined }
    const dataOf = (settings: object): unknown => JSON.parse(JSON.stringify(settings))
    const given = { ...absent, provider, routes, session }
    expect(dataOf({ ...parse(given), providers: 0 })).toEqual(dataOf({ ...parse(), providers: 0 }))
    expect(dataOf(providerOf(given))).toEqual(dataOf(providerOf()))
  })

  it.each([
    ['https://app.example', '/callback', 'https://app.example/callback', ''],
    ['https://app.example/', '/callback', 'https://app.example/callback', ''],
    ['https://app.example//', '/callback', 'https://app.example/callback', ''],
    ['https://localhost:5000', '', 'https://localhost:5000', ''],
    ['https://app.example:443', '/callback', 'https://app.example:443/callback', ''],
    ['https://App.Example/Base', '/cb', 'https://App.Example/Base/cb', '/Base'],
    ['https://app.example/a/b/', '/callback', 'https://app.example/a/b/callback', '/a/b'],
  ])('make of baseUrl %j and callback %j the redirect URI %j byte for byte (RFC 6749 section 4.1.3)', (...row) => {
    const [baseUrl, callback, redirectUri, basePath] = row
    const settings = parse({ baseUrl, routes: { callback } })
    expect(settings.basePath).toBe(basePath)
    expect(settings.addresses[0].baseUrl + settings.providers[0]?.callbackPath).toBe(redirectUri)
  })

  it('rotate: the first secret seals, all open', () => {
    expect(parse({ secret: twoSecrets }).secrets).toEqual(twoSecrets)
  })

  it('call a function of authorizationParameters with the request', () => {
    const request = requestOf({ url: '/here' })
    const { authorizationParameters } = providerOf({
      authorizationParameters: ({ url }: { url: string }) => ({ from: url }),
    })
    expect(authorizationParameters(request)).toEqual({ from: '/here' })
  })

  it('are frozen, and what the user gave is not', () => {
    const given = { secret: [...twoSecrets], routes: { login: '/in' }, session: { absoluteSeconds: 5 } }
    const settings = parse(given)
    const [provider] = settings.providers
    const groups = [settings, provider, settings.routes, settings.session, settings.secrets]
    expect(groups.map((group) => Object.isFrozen(group))).toEqual([true, true, true, true, true])
    expect(() => Object.assign(provider ?? {}, { issuer: 'https://evil.example' })).toThrow(TypeError)
    expect([given, given.secret, given.routes, given.session].some((group) => Object.isFrozen(group))).toBe(false)
  })

  it('do not follow what the user changes afterwards', () => {
    const given = { secret: [...twoSecrets], routes: { login: '/in' }, authorizationParameters: { prompt: 'login' } }
    const settings = parse(given)
    given.secret.push('x')
    given.routes.login = '/changed'
    given.authorizationParameters.prompt = 'none'
    expect(settings.secrets).toEqual(twoSecrets)
    expect(settings.routes.login).toBe('/in')
    expect(settings.providers[0]?.authorizationParameters(requestOf())).toEqual({ prompt: 'login' })
  })
})

describe('nearestName', () => {
  const known = ['clientId', 'clientSecret', 'scope']

  it.each([
    ['clientid', 'clientId'],
    ['client_secret', 'clientSecret'],
    ['scop', 'scope'],
    ['SCOPE', 'scope'],
    ['socpe', 'scope'],
    ['dispatcher', undefined],
    ['', undefined],
  ])('of %j is %j', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected)
  })
})
