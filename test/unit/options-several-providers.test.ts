// The option `providers`: what each takes over from the options beside it, and how faults below it are named.
import { describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { ProviderSettings, Settings } from '../../src/options-settings.ts'
import { requestOf } from './exchange.ts'

const a = { issuer: 'https://a.example' }
const b = { issuer: 'https://b.example' }

/** Changes as users make them in JavaScript: of any type, under any name. */
type Changes = Record<string, unknown>

function parse(changes: Changes = {}): Settings {
  const required = { clientId: 'orders', baseUrl: 'https://app.example', secret: 'a secret of at least 16 characters' }
  return parseOptions({ ...required, ...changes } as unknown as Options)
}

function providersOf(providers: Changes, changes: Changes = {}): ProviderSettings[] {
  return [...parse({ providers, ...changes }).providers]
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
  return 'accepted'
}

describe('several providers', () => {
  it('are settings in the order in which they were given, each with its id', () => {
    const providers = providersOf({ b, a, 'c-3_X': { issuer: 'https://c.example' } })
    expect(providers.map(({ id, issuer }) => [id, issuer])).toEqual([
      ['b', 'https://b.example'],
      ['a', 'https://a.example'],
      ['c-3_X', 'https://c.example'],
    ])
  })

  it('have a callback of their own each, below routes.callback, so that answers cannot be mixed up (RFC 9700 section 4.4)', () => {
    expect(providersOf({ a, b }).map(({ callbackPath }) => callbackPath)).toEqual(['/callback/a', '/callback/b'])
    expect(providersOf({ a }, { routes: { callback: '/cb' } })[0]).toMatchObject({ callbackPath: '/cb/a' })
  })

  it('have a callback of their own also when there is one alone', () => {
    expect(providersOf({ a })[0]).toMatchObject({ id: 'a', callbackPath: '/callback/a' })
  })

  it('are called by their id, or by their name', () => {
    expect(providersOf({ a, b: { ...b, name: 'Example B' } }).map(({ name }) => name)).toEqual(['a', 'Example B'])
  })

  it('have a registration each, which changes with id, issuer and client and with nothing else', () => {
    const of = (id: string, provider: Changes, changes: Changes = {}) =>
      providersOf({ [id]: provider }, changes)[0]?.registration
    const registration = of('a', a)
    expect(registration).toMatch(/^[\w-]{16}$/)
    const others = [of('b', a), of('a', b), of('a', { ...a, clientId: 'x' }), of('a', a, { clientId: 'y' })]
    expect(new Set([registration, ...others]).size).toBe(5)
    expect(of('a', { ...a, scope: 'openid email', name: 'A', clientSecret: 's' })).toBe(registration)
  })

  it('take over every option of the client beside them', () => {
    const shared = {
      clientSecret: 'shared secret',
      clientAuthentication: 'client_secret_post',
      scope: 'openid email',
      userinfo: true,
      idTokenSignedResponseAlg: 'ES256',
    }
    for (const provider of providersOf({ a, b }, { ...shared, authorizationParameters: { prompt: 'login' } })) {
      expect(provider).toMatchObject({ ...shared, clientId: 'orders' })
      expect(provider.authorizationParameters(requestOf())).toEqual({ prompt: 'login' })
    }
  })

  it('take over how and when requests are sent', () => {
    const connection = {
      clockToleranceSeconds: 7,
      httpTimeoutSeconds: 3,
      fetch: async () => new Response(),
      clock: () => 7,
    }
    for (const provider of providersOf({ a, b }, connection)) expect(provider).toMatchObject(connection)
  })

  it('have defaults of their own that nothing beside them changes', () => {
    expect(providersOf({ a })[0]).toMatchObject({
      allowInsecureRequests: false,
      ca: undefined,
      keyRefetchCooldownSeconds: 30,
      clientAssertionAudience: 'issuer',
      metadata: undefined,
      tenants: undefined,
      requiresIdTokenHint: false,
      endSessionFallback: undefined,
      userClaims: undefined,
      scope: 'openid',
      userinfo: false,
      idTokenSignedResponseAlg: 'RS256',
    })
  })

  it('win with what they say themselves, each for itself', () => {
    const own = {
      clientId: 'own',
      clientSecret: 'own secret',
      clientAuthentication: 'client_secret_basic',
      scope: 'openid own',
      userinfo: false,
      idTokenSignedResponseAlg: 'EdDSA',
    }
    const shared = {
      clientSecret: 'shared secret',
      clientAuthentication: 'client_secret_post',
      scope: 'openid shared',
      userinfo: true,
      idTokenSignedResponseAlg: 'PS256',
      authorizationParameters: { prompt: 'login', audience: 'shared' },
    }
    const given = { a, b: { ...b, ...own, authorizationParameters: { audience: 'own' } } }
    const [first, second] = providersOf(given, shared)
    expect(first).toMatchObject({ clientId: 'orders', clientSecret: 'shared secret', scope: 'openid shared' })
    expect(second).toMatchObject(own)
    expect(first?.authorizationParameters(requestOf())).toEqual({ prompt: 'login', audience: 'shared' })
    expect(second?.authorizationParameters(requestOf())).toEqual({ audience: 'own' })
  })

  it('take an empty scope for their own: it sends none, whatever is beside it', () => {
    expect(providersOf({ a: { ...a, scope: '' } }, { scope: 'openid email' })[0]?.scope).toBe('')
  })

  it('never get the secret of another client: with a clientId of their own they have their own secret or none', () => {
    const given = {
      a,
      b: { ...b, clientId: 'public' },
      c: { ...b, clientId: 'orders' },
      d: { ...b, clientSecret: 'own' },
    }
    const secrets = providersOf(given, { clientSecret: 'shared secret' }).map(({ clientSecret }) => clientSecret)
    expect(secrets).toEqual(['shared secret', undefined, undefined, 'own'])
  })

  it('need no clientId beside them when each has its own', () => {
    const clients = { a: { ...a, clientId: 'at-a' }, b: { ...b, clientId: 'at-b' } }
    expect(providersOf(clients, { clientId: undefined }).map(({ clientId }) => clientId)).toEqual(['at-a', 'at-b'])
  })

  it('are frozen, and do not follow what the user changes afterwards', () => {
    const given: Record<string, { issuer: string }> = { a: { ...a } }
    const { providers } = parse({ providers: given })
    expect([Object.isFrozen(providers), Object.isFrozen(providers[0])]).toEqual([true, true])
    Object.assign(given['a'] ?? {}, { issuer: 'https://evil.example' })
    given['b'] = b
    expect(providers.map(({ issuer }) => issuer)).toEqual(['https://a.example'])
  })
})

describe('provider and providers', () => {
  it.each<[what: string, changes: Changes, fault: string]>([
    ['neither', {}, 'provider (or providers) is required'],
    ['an empty map', { providers: {} }, 'provider (or providers) is required'],
    ['both', { provider: a, providers: { b } }, 'provider and providers exclude each other'],
    ['null', { providers: null }, 'providers must be an object'],
    ['a text', { providers: 'https://a.example' }, 'providers must be an object'],
    [
      'a provider that is no object',
      { providers: { a: 'https://a.example' } },
      "providers.a must be an object: write `{ issuer: 'https://...' }`",
    ],
    ['a provider without issuer', { providers: { a: {} } }, 'providers.a.issuer is required'],
  ])('are refused when the options have %s: %s', (_what, changes, fault) => {
    expect(faultsIn(changes)).toBe(fault)
  })

  it.each(['', 'a b', 'a/b', 'a.b', '..', 'a?b', 'a#b', 'a%2Fb', '\u00fc', 'x'.repeat(65)])(
    'refuse the id %j, which could not stand in a path as it is',
    (id) => {
      expect(faultsIn({ providers: { [id]: a } })).toContain('must have an id of letters, digits, - and _')
    },
  )

  it.each(['a', 'A-1_b', '0', '-', 'default', 'x'.repeat(64)])('accept the id %j', (id) => {
    expect(faultsIn({ providers: { [id]: a } })).toBe('accepted')
  })

  it('do not collide by an id that every object inherits: it is a provider or a fault, never nothing', () => {
    for (const id of ['constructor', 'toString', 'hasOwnProperty', 'prototype', '__proto__']) {
      const providers = JSON.parse(`{"a": {"issuer": "https://a.example"}, "${id}": {"issuer": "https://b.example"}}`)
      const faults = faultsIn({ providers })
      const ids = faults === 'accepted' ? providersOf(providers).map((provider) => provider.id) : []
      expect(faults !== 'accepted' || ids.includes(id), id).toBe(true)
    }
  })
})

describe('a fault of one of several providers', () => {
  it.each<[what: string, provider: Changes, fault: string]>([
    [
      'an http issuer',
      { issuer: 'http://b.example' },
      'providers.b: provider.issuer must be https: (http: only on loopback, or with provider.allowInsecureRequests)',
    ],
    [
      'the URL of its metadata',
      { issuer: 'https://b.example/.well-known/openid-configuration' },
      'providers.b: provider.issuer must be the issuer itself, not the URL of its metadata: leave out /.well-known/ and the rest',
    ],
    [
      'a method without its secret',
      { ...b, clientAuthentication: 'client_secret_jwt' },
      "providers.b: clientAuthentication 'client_secret_jwt' needs a clientSecret",
    ],
    [
      'a secret beside a key',
      { ...b, clientSecret: 's', clientAuthentication: { privateKeyJwt: 'pem' } },
      'providers.b: clientAuthentication { privateKeyJwt } has no clientSecret',
    ],
    [
      'HS256 without a secret',
      { ...b, idTokenSignedResponseAlg: 'HS256' },
      "providers.b: idTokenSignedResponseAlg 'HS256' needs a clientSecret",
    ],
    [
      'userClaims with openid',
      { ...b, userClaims: () => ({ sub: 'x' }) },
      'providers.b: provider.userClaims is for a scope without openid',
    ],
    ['a wrong type', { ...b, tenants: 'x' }, 'providers.b.tenants must be Array'],
    ['a reserved parameter', { ...b, authorizationParameters: { state: 'x' } }, 'providers.b.authorizationParameters'],
    [
      'another audience',
      { ...b, clientAssertionAudience: 'both' },
      'providers.b.clientAssertionAudience must be ("issuer" | "token_endpoint")',
    ],
    [
      'a fallback without its parameter',
      { ...b, endSessionFallback: { url: 'https://b.example/bye' } },
      'providers.b.endSessionFallback.redirectParameter is required',
    ],
  ])('names that provider: %s', (_what, provider, fault) => {
    expect(faultsIn({ providers: { a, b: provider } }).startsWith(fault)).toBe(true)
  })

  it('names the one without a client, and each', () => {
    const without = { clientId: undefined }
    expect(faultsIn({ ...without, providers: { a: { ...a, clientId: 'x' }, b } })).toBe(
      'providers.b: clientId is required',
    )
    expect(faultsIn({ ...without, providers: { a, b } }).split('; ')).toEqual([
      'providers.a: clientId is required',
      'providers.b: clientId is required',
    ])
  })

  it('is that a clientId of its own leaves it without the shared secret that its method needs', () => {
    const shared = { clientSecret: 'shared', clientAuthentication: 'client_secret_basic' }
    expect(faultsIn({ ...shared, providers: { a, b: { ...b, clientId: 'own' } } })).toBe(
      "providers.b: clientAuthentication 'client_secret_basic' needs a clientSecret",
    )
  })

  it('is a ca beside a fetch or a dispatcher, which would not heed it', () => {
    const fault = 'providers.b: provider.ca needs our own HTTP pool: leave fetch and dispatcher out'
    for (const way of [{ fetch: async () => new Response() }, { dispatcher: { request() {} } }]) {
      expect(faultsIn({ ...way, providers: { a, b: { ...b, ca: '/ca.pem' } } })).toBe(fault)
    }
  })

  it('never shows a secret (threat V42)', () => {
    const privateKeyJwt = { kty: 'RSA', d: 'MARKED' }
    for (const provider of [
      { ...b, clientSecret: 'MARKED', clientAuthentication: 'none' },
      { ...b, clientSecret: ['MARKED'] },
      { ...b, clientSecrt: 'MARKED' },
      { ...b, clientAuthentication: { privateKeyJwt, algo: 'x' } },
      { ...b, clientSecret: 's', clientAuthentication: { privateKeyJwt } },
      { ...b, metadata: 'MARKED' },
    ]) {
      const faults = faultsIn({ providers: { a, b: provider } })
      expect(faults).not.toMatch(/accepted|MARKED/)
    }
  })
})

describe('an unknown name inside a provider', () => {
  it.each<[provider: Changes, fault: string]>([
    [{ isuer: 'x' }, 'isuer: did you mean AT.issuer?'],
    [{ clientID: 'x' }, 'clientID: did you mean AT.clientId?'],
    [{ tenant: ['x'] }, 'tenant: did you mean AT.tenants?'],
    [{ user_claims: 'x' }, 'user_claims: did you mean AT.userClaims?'],
    [{ requireIdTokenHint: true }, 'requireIdTokenHint: did you mean AT.requiresIdTokenHint?'],
    [{ endSessionFallback: { ulr: 'x' } }, 'endSessionFallback.ulr: did you mean AT.endSessionFallback.url?'],
    [{ certificateAuthority: 'x' }, 'certificateAuthority (known: clientId, clientSecret, '],
    [{ baseUrl: 'x' }, 'baseUrl: it belongs beside provider'],
  ])('%j gets the nearest one there, below provider and below providers.ID', (unknown, fault) => {
    expect(faultsIn({ provider: { ...a, ...unknown } })).toContain(
      `unknown option provider.${fault.replace('AT', 'provider')}`,
    )
    expect(faultsIn({ providers: { a, b: { ...b, ...unknown } } })).toContain(
      `unknown option providers.b.${fault.replace('AT', 'providers.b')}`,
    )
  })
})

describe('routes beside several providers', () => {
  it.each<[what: string, changes: Changes]>([
    ['the login has the path of a callback', { routes: { login: '/callback/a' } }],
    ['the logout has the path of a callback', { routes: { logout: '/callback/b' } }],
  ])('are refused when %s: the callback would never be served', (_what, changes) => {
    expect(faultsIn({ providers: { a, b }, ...changes })).toContain('must differ')
  })

  it("are refused when an id makes a callback of '' the path of the login", () => {
    expect(faultsIn({ providers: { login: a, b }, routes: { callback: '' } })).toContain('must differ')
  })
})
