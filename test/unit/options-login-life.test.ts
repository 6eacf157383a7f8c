import { afterEach, describe, expect, it, vi } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { Settings } from '../../src/options-settings.ts'
import { requestOf } from './exchange.ts'

/** Changes as users make them in JavaScript: of any type, under any name. */
type Changes = Record<string, unknown>

function parse(changes: Changes = {}): Settings {
  const provider = { issuer: 'https://id.example' }
  const required = { provider, clientId: 'orders', baseUrl: 'https://app.example', secret: 'a secret long enough' }
  return parseOptions({ ...required, ...changes } as unknown as Options)
}

/** The faults alone, without what every message has. */
function faultsIn(changes: Changes): string {
  try {
    parse(changes)
  } catch (error) {
    if (!(error instanceof RelyingPartyError)) throw error
    expect(error.code).toBe('ERR_RP_OPTIONS')
    return error.message.replace('relyingParty(options): ', '').replace(/ \(ERR_RP_OPTIONS: .*/, '')
  }
  throw new Error('nothing was thrown')
}

const tenYears = 316_224_000
const badOrigin = "must be an origin: 'https://host', no path"

const faultTable: readonly (readonly [changes: Changes, fault: string])[] = [
  [{ session: { idleSeconds: 0 } }, 'session.idleSeconds must be more than 0'],
  [{ session: { idleSeconds: -1 } }, 'session.idleSeconds must be more than 0'],
  [{ session: { idleSeconds: tenYears + 1 } }, `session.idleSeconds must be at most ${tenYears}`],
  [{ session: { idleSeconds: Number.POSITIVE_INFINITY } }, `session.idleSeconds must be at most ${tenYears}`],
  [{ session: { idleSeconds: '60' } }, 'session.idleSeconds must be number'],
  [{ session: { idleSeconds: null } }, 'session.idleSeconds must be number'],
  [{ session: { absoluteSeconds: 0 } }, 'session.absoluteSeconds must be more than 0'],
  [{ session: { absoluteSeconds: tenYears + 1 } }, `session.absoluteSeconds must be at most ${tenYears}`],
  [{ session: { absoluteSeconds: Number.NaN } }, 'session.absoluteSeconds must be number'],
  [{ session: { idle: 60 } }, 'unknown option session.idle (known: idleSeconds, absoluteSeconds)'],
  [{ refresh: true }, 'refresh must be an object'],
  [{ refresh: null }, 'refresh must be an object'],
  [{ loginRate: { starts: 0 } }, 'loginRate.starts must be at least 1'],
  [{ loginRate: { starts: 17 } }, 'loginRate.starts must be at most 16'],
  [{ loginRate: { starts: 1.5 } }, 'loginRate.starts must be a whole number'],
  [{ loginRate: { withinSeconds: 0 } }, 'loginRate.withinSeconds must be more than 0'],
  [{ silentLogin: 'yes' }, 'silentLogin must be a boolean or a function'],
  [{ silentLogin: true, scope: 'read' }, 'silentLogin needs the one provider, and openid in its scope'],
  [{ refresh: { beforeExpirySeconds: -1 } }, 'refresh.beforeExpirySeconds must not be negative'],
  [{ refresh: { beforeExpirySeconds: '60' } }, 'refresh.beforeExpirySeconds must be number'],
  [{ refresh: { beforeExpirySeconds: Number.POSITIVE_INFINITY } }, 'refresh.beforeExpirySeconds must be finite'],
  [{ refresh: { onFailure: 'ignore' } }, "refresh.onFailure must be 'end', 'keep' or a function"],
  [{ refresh: { onFailure: true } }, "refresh.onFailure must be 'end', 'keep' or a function"],
  [{ refresh: { onFailure: null } }, "refresh.onFailure must be 'end', 'keep' or a function"],
  [{ refresh: { onFailures: 'keep' } }, 'unknown option refresh.onFailures: did you mean refresh.onFailure?'],
  [{ routes: { backchannelLogout: true } }, 'routes.backchannelLogout must be a path or false'],
  [{ routes: { frontchannelLogout: null } }, 'routes.frontchannelLogout must be a path or false'],
  [{ routes: { backchannelLogout: '//evil.example' } }, "routes.backchannelLogout must be a path: '/' first, no query"],
  [{ routes: { frontchannelLogout: '/a?b' } }, "routes.frontchannelLogout must be a path: '/' first, no query"],
  [
    { routes: { backChannelLogout: '/x' } },
    'unknown option routes.backChannelLogout: did you mean routes.backchannelLogout?',
  ],
  [{ forwardLoginParameters: 'login_hint' }, 'forwardLoginParameters must be Array'],
  [{ forwardLoginParameters: [''] }, 'forwardLoginParameters.0 must not be empty'],
  ...['state', 'redirect_uri', 'request_uri', 'scope', 'return_to', 'provider'].map((name): [Changes, string] => [
    { forwardLoginParameters: ['login_hint', name] },
    'forwardLoginParameters.1 must not be what the middleware reads or sets itself (return_to, provider, client_id, ' +
      'code_challenge, code_challenge_method, nonce, redirect_uri, registration, request, request_uri, response_mode, ' +
      'response_type, scope, state)',
  ]),
  [{ apiOrigins: 'https://api.example' }, 'apiOrigins must be Array'],
  [{ apiOrigins: [7] }, 'apiOrigins.0 must be string'],
  [{ apiOrigins: ['https://api.example/'] }, `apiOrigins.0 ${badOrigin}`],
  [{ apiOrigins: ['https://api.example/v1'] }, `apiOrigins.0 ${badOrigin}`],
  [{ apiOrigins: ['https://api.example:443'] }, `apiOrigins.0 ${badOrigin}`],
  [{ apiOrigins: ['https://API.example'] }, `apiOrigins.0 ${badOrigin}`],
  [{ apiOrigins: ['http://api.example'] }, 'apiOrigins.0 must be https: (http: only on loopback)'],
]

/** Two routes on one path: a request for it would find only the first. */
const doubledRoutes: readonly (readonly [routes: Changes])[] = [
  [{ backchannelLogout: '/logout' }],
  [{ frontchannelLogout: '/logout' }],
  [{ backchannelLogout: '/frontchannel-logout' }],
  [{ backchannelLogout: '/login' }],
  [{ frontchannelLogout: '/callback' }],
  [{ backchannelLogout: '/both', frontchannelLogout: '/both' }],
  [{ callback: '', backchannelLogout: '/' }],
]

afterEach(() => {
  vi.restoreAllMocks()
})

describe('parseOptions and the life of a login', () => {
  it.each(faultTable)('refuses %j and says: %s', (changes, fault) => {
    expect(faultsIn(changes)).toBe(fault)
  })

  it('refuses an origin that is no URL, and says which one of the list', () => {
    expect(faultsIn({ apiOrigins: ['https://api.example', 'api.example'] })).toMatch(/^apiOrigins\.1 must be an http/)
  })

  it.each(doubledRoutes)('refuses the routes %j: each path is served by one route', (routes) => {
    expect(faultsIn({ routes })).toBe('the routes must differ from each other')
  })

  it('refuses a logout route on the callback of one of several providers', () => {
    const providers = { a: { issuer: 'https://id.example' } }
    const routes = { backchannelLogout: '/callback/a' }
    expect(faultsIn({ provider: undefined, providers, routes })).toBe('the routes must differ from each other')
  })

  it.each<[what: string, changes: Changes]>([
    [
      'any combination of routes that are switched off',
      { routes: { backchannelLogout: false, frontchannelLogout: false } },
    ],
    ['routes that exchange their paths', { routes: { login: '/logout', logout: '/login' } }],
    ['an idle limit above the absolute one', { session: { idleSeconds: 60, absoluteSeconds: 30 } }],
    ['the longest limits', { session: { idleSeconds: tenYears, absoluteSeconds: tenYears } }],
    ['parts of a second', { session: { idleSeconds: 0.5, absoluteSeconds: 0.5 } }],
    ['a refresh at the very end', { refresh: { beforeExpirySeconds: 0 } }],
    ['no API at all', { apiOrigins: [] }],
    ['an API with a port', { apiOrigins: ['https://api.example:8443'] }],
    ['APIs on loopback', { apiOrigins: ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:5000'] }],
  ])('accepts %s', (_what, changes) => {
    expect(() => parse(changes)).not.toThrow()
  })

  it.each(['MARKED', 'https://user:MARKED@api.example', 'https://api.example?key=MARKED'])(
    'never shows the value %j of apiOrigins in the error (threat V42)',
    (origin) => {
      expect(faultsIn({ apiOrigins: [origin] })).not.toContain('MARKED')
    },
  )
})

describe('the settings of the life of a login', () => {
  it('have the documented defaults', () => {
    const { session, refresh, routes, apiOrigins } = parse()
    expect(session).toEqual({ idleSeconds: 86_400, absoluteSeconds: 604_800 })
    expect(refresh.beforeExpirySeconds).toBe(60)
    expect([routes.backchannelLogout, routes.frontchannelLogout]).toEqual([
      '/backchannel-logout',
      '/frontchannel-logout',
    ])
    expect(apiOrigins).toEqual([])
  })

  it('keep what was given, and complete the rest of each group', () => {
    expect(parse({ session: { idleSeconds: 60 } }).session).toEqual({ idleSeconds: 60, absoluteSeconds: 604_800 })
    expect(parse({ session: { absoluteSeconds: 60 } }).session).toEqual({ idleSeconds: 86_400, absoluteSeconds: 60 })
    expect(parse({ refresh: { beforeExpirySeconds: 5 } }).refresh.beforeExpirySeconds).toBe(5)
    expect(parse({ refresh: { onFailure: 'keep' } }).refresh.beforeExpirySeconds).toBe(60)
    expect(parse({ routes: { backchannelLogout: false, frontchannelLogout: '/bye' } }).routes).toMatchObject({
      login: '/login',
      backchannelLogout: false,
      frontchannelLogout: '/bye',
    })
    expect(parse({ apiOrigins: ['https://api.example'] }).apiOrigins).toEqual(['https://api.example'])
  })

  it.each([
    [undefined, 'end'],
    ['end', 'end'],
    ['keep', 'keep'],
  ])('make of refresh.onFailure %j a function that says %j', async (onFailure, expected) => {
    const error = new RelyingPartyError('ERR_RP_REFRESH', { message: 'x' })
    expect(await parse({ refresh: { onFailure } }).refresh.onFailure(error, requestOf())).toBe(expected)
  })

  it('call a function of refresh.onFailure with the error and the request', async () => {
    const onFailure = vi.fn(async () => 'keep' as const)
    const given = [new RelyingPartyError('ERR_RP_REFRESH', { message: 'x' }), requestOf()] as const
    expect(await parse({ refresh: { onFailure } }).refresh.onFailure(...given)).toBe('keep')
    expect(onFailure.mock.calls).toEqual([given])
  })

  it('take undefined for absent in each group', () => {
    const session = { idleSeconds: undefined, absoluteSeconds: undefined }
    const refresh = { beforeExpirySeconds: undefined, onFailure: undefined }
    const routes = { backchannelLogout: undefined, frontchannelLogout: undefined }
    const dataOf = (changes: Changes): unknown => JSON.parse(JSON.stringify(parse(changes)))
    expect(dataOf({ session, refresh, routes, apiOrigins: undefined })).toEqual(dataOf({}))
    expect(dataOf({ session: undefined, refresh: undefined, routes: undefined })).toEqual(dataOf({}))
  })

  it('are frozen, and neither are nor follow what the user gave', () => {
    const given = {
      refresh: { beforeExpirySeconds: 5 },
      session: { idleSeconds: 5 },
      apiOrigins: ['https://api.example'],
    }
    const { refresh, session, apiOrigins } = parse(given)
    given.apiOrigins.push('https://evil.example')
    given.refresh.beforeExpirySeconds = 7
    given.session.idleSeconds = 7
    expect([refresh, session, apiOrigins].every((group) => Object.isFrozen(group))).toBe(true)
    expect([given.refresh, given.session, given.apiOrigins].some((group) => Object.isFrozen(group))).toBe(false)
    expect([refresh.beforeExpirySeconds, session.idleSeconds, apiOrigins]).toEqual([5, 5, ['https://api.example']])
  })

  it('have a clock with parts of a second: a sign-in in the second of a sign-out everywhere is the later one', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_250)
    expect(parse().clock()).toBe(1_700_000_000.25)
  })
})
