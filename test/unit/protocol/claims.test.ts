import { inspect } from 'node:util'
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import type { UserClaims } from '../../../src/options-client.ts'
import { type Claims, identify, renewClaims } from '../../../src/protocol/claims.ts'
import type { HttpClient } from '../../../src/providers/http-client.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const issuer = 'https://id.example'
const accessToken = 'MARKED-ACCESS-TOKEN'
const request = {
  registration: 'the registration',
  nonce: 'the-nonce-of-this-login',
  codeVerifier: 'v',
  redirectUri: 'https://app.example/callback',
}
const rightClaims = { iss: issuer, sub: 'alice', aud: 'test-client', exp: now + 300, iat: now, nonce: request.nonce }

let right: CryptoKey
let published: CryptoKey
let stranger: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RS256')
  right = pair.privateKey as CryptoKey
  published = pair.publicKey as CryptoKey
  stranger = (await generateKeyPair('RS256')).privateKey as CryptoKey
})

function sign(changes: Record<string, unknown> = {}, key = right): Promise<string> {
  return new SignJWT({ ...rightClaims, ...changes }).setProtectedHeader({ alg: 'RS256' }).sign(key)
}

interface Case {
  readonly options?: Partial<Options>
  readonly userinfo?: Record<string, unknown>
  readonly metadata?: Record<string, unknown>
  readonly http?: HttpClient
}

/** Who the tokens are for. */
function identified(
  idToken: string | undefined,
  { options = {}, userinfo, metadata = {}, http }: Case,
): Promise<Claims> {
  const settings = providerSettingsOf({ clock: () => now, ...options })
  const provider = fakeProvider({
    settings,
    metadata,
    findKey: async () => published,
    ...(userinfo === undefined ? {} : { fetch: async () => Response.json(userinfo) }),
    ...(http === undefined ? {} : { http }),
  })
  const tokens = {
    accessToken,
    idToken,
    tokenType: 'Bearer',
    scope: '',
    refreshToken: undefined,
    expiresAt: undefined,
    lifetimeSeconds: undefined,
    requestedAt: 0,
  } as const
  return identify(provider, tokens, request)
}

describe('identify by an ID token', () => {
  it('gives its claims but the nonce, and asks nobody', async () => {
    const { nonce: _nonce, ...claims } = rightClaims
    expect(await identified(await sign({ name: 'Alice' }), {})).toEqual({ ...claims, name: 'Alice' })
  })

  it('adds claims of UserInfo below those that are signed', async () => {
    const userinfo = {
      sub: 'alice',
      name: 'Mallory',
      email: 'alice@example.com',
      iss: 'https://evil.example',
      acr: 'gold',
    }
    const claims = await identified(await sign({ name: 'Alice' }), { options: { userinfo: true }, userinfo })
    expect(claims).toMatchObject({ iss: issuer, sub: 'alice', name: 'Alice', email: 'alice@example.com' })
    expect(claims).not.toHaveProperty('acr')
  })

  it.each(['auth_time', 'acr', 'amr', 'sid', 'session_expiry', 'exp', 'aud'])(
    'takes no %s from UserInfo: what is about the login counts only when it is signed',
    async (name) => {
      const userinfo = { sub: 'alice', [name]: 'of-userinfo' }
      const claims = await identified(await sign(), { options: { userinfo: true }, userinfo })
      expect(claims[name]).not.toBe('of-userinfo')
    },
  )

  it('takes no claim named __proto__ from UserInfo', async () => {
    const userinfo = JSON.parse('{"sub": "alice", "__proto__": {"isAdmin": true}}')
    const claims = await identified(await sign(), { options: { userinfo: true }, userinfo })
    expect([claims['isAdmin'], Object.getPrototypeOf(claims)]).toEqual([undefined, Object.prototype])
  })
})

/** Without openid in the scope, with a provider that has an endpoint about people in a form of its own. */
function plain(userClaims?: (answer: Readonly<Record<string, unknown>>) => UserClaims): { options: Partial<Options> } {
  return { options: { scope: 'read:user', provider: { issuer, ...(userClaims === undefined ? {} : { userClaims }) } } }
}

function byNumber({ id, login }: Readonly<Record<string, unknown>>): UserClaims {
  return { sub: String(id), preferred_username: login }
}

function answering(body: unknown, init?: ResponseInit): HttpClient {
  return async () => Response.json(body, init)
}

describe('identify at a plain OAuth 2.0 provider', () => {
  it('knows the provider alone without userClaims, and asks nobody', async () => {
    expect(await identified(undefined, plain())).toEqual({ iss: issuer })
  })

  it('gives what userClaims makes of the answer, and the issuer', async () => {
    const http = answering({ id: 583_231, login: 'octocat', email: null })
    expect(await identified(undefined, { ...plain(byNumber), http })).toEqual({
      iss: issuer,
      sub: '583231',
      preferred_username: 'octocat',
    })
  })

  it('asks the userinfo_endpoint once, with the access token in the header and in no URL (RFC 6750 section 2.1)', async () => {
    const http = vi.fn(answering({ id: 1 }))
    await identified(undefined, { ...plain(byNumber), http })
    const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/json' }
    expect(http.mock.calls).toEqual([
      [`${issuer}/userinfo`, { method: 'GET', headers: expect.objectContaining(headers) }],
    ])
    expect(http.mock.calls[0]?.[1].headers['user-agent']).toMatch(/./)
  })

  it('does not let userClaims choose the issuer: it would be the identity of somebody elsewhere', async () => {
    const userClaims = () => ({ sub: 'alice', iss: 'https://another.example' })
    const claims = await identified(undefined, { ...plain(userClaims), http: answering({}) })
    expect(claims).toEqual({ iss: issuer, sub: 'alice' })
  })

  it.each<[what: string, userClaims: (answer: Readonly<Record<string, unknown>>) => unknown]>([
    ['no sub', () => ({ name: 'Alice' })],
    ['an empty sub', () => ({ sub: '' })],
    ['a number as sub', ({ id }) => ({ sub: id })],
    ['null as sub', () => ({ sub: null })],
    ['nothing', () => undefined],
    ['null', () => null],
    ['a promise', async () => ({ sub: 'alice' })],
    ['a promise that rejects, which must not end the process', () => Promise.reject(new Error('no such member'))],
    [
      'an error',
      () => {
        throw new TypeError('no such member')
      },
    ],
  ])('refuses with ERR_RP_USERINFO when userClaims gives %s', async (_what, userClaims) => {
    const given = plain(userClaims as never)
    await expect(identified(undefined, { ...given, http: answering({ id: 5 }) })).rejects.toMatchObject({
      code: 'ERR_RP_USERINFO',
      status: 502,
      provider: issuer,
    })
  })

  it.each<[what: string, http: HttpClient]>([
    ['401', answering({ id: 5 }, { status: 401 })],
    ['403', answering({ id: 5 }, { status: 403 })],
    ['201, which is no answer to a question', answering({ id: 5 }, { status: 201 })],
    ['a redirect', async () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['204', async () => new Response(null, { status: 204 })],
    ['a page', async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
    ['JSON that cannot be read', async () => new Response('{"id": 5')],
    ['nothing', async () => new Response('')],
    ['null', answering(null)],
  ])('refuses with ERR_RP_USERINFO when the answer is %s', async (_what, http) => {
    await expect(identified(undefined, { ...plain(byNumber), http })).rejects.toMatchObject({
      code: 'ERR_RP_USERINFO',
      status: 502,
      provider: issuer,
    })
  })

  it.each<[what: string, http: HttpClient]>([
    ['500', answering({ id: 5 }, { status: 500 })],
    ['429', answering({ id: 5 }, { status: 429 })],
    ['a cut connection', () => Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))],
    ['a time limit', () => Promise.reject(new DOMException('too late', 'TimeoutError'))],
  ])('refuses with ERR_RP_PROVIDER_UNAVAILABLE when the answer is %s', async (_what, http) => {
    await expect(identified(undefined, { ...plain(byNumber), http })).rejects.toMatchObject({
      code: 'ERR_RP_PROVIDER_UNAVAILABLE',
      status: 503,
      provider: issuer,
    })
  })

  it('shows neither the access token nor the answer when it fails (threat V42)', async () => {
    for (const http of [
      answering({ MARKED: 'MARKED' }, { status: 403 }),
      async () => new Response('MARKED, which is no JSON'),
      answering({ name: 'MARKED' }),
    ]) {
      const given = { ...plain(() => ({ sub: '' })), http }
      const error: unknown = await identified(undefined, given).catch((reason: unknown) => reason)
      const shown = inspect(error, { depth: 20 }) + inspect(error, { depth: 20, customInspect: false }) + String(error)
      expect(shown).toContain('ERR_RP_USERINFO')
      expect(shown).not.toContain('MARKED')
    }
  })

  it('validates an ID token that comes all the same, and takes its claims', async () => {
    const http = vi.fn(answering({ id: 5 }))
    expect(await identified(await sign(), { ...plain(byNumber), http })).toMatchObject({ iss: issuer, sub: 'alice' })
    expect(http).not.toHaveBeenCalled()
  })

  it.each<[what: string, token: () => Promise<string>]>([
    ['signed by somebody else', () => sign({}, stranger)],
    ['of another login', () => sign({ nonce: 'another' })],
    ['without a nonce', () => sign({ nonce: undefined })],
    ['for another client', () => sign({ aud: 'another' })],
    ['of another provider', () => sign({ iss: 'https://evil.example' })],
    ['that has expired', () => sign({ exp: now - 31 })],
    ['that is none', async () => 'x'],
    ['that is empty', async () => ''],
  ])('refuses one %s with ERR_RP_ID_TOKEN, rather than leave it unread', async (_what, token) => {
    const given = { ...plain(byNumber), http: answering({ id: 5 }) }
    await expect(identified(await token(), given)).rejects.toMatchObject({ code: 'ERR_RP_ID_TOKEN', status: 502 })
  })
})

describe('renewClaims', () => {
  const login = { iss: issuer, sub: 'alice' }

  /** Claims after a refresh: of a login with that ID token, and with what UserInfo said beside it. */
  async function renewed(first: object, newer: object | undefined, userinfo: object = {}): Promise<Claims> {
    const claims = { ...login, ...first, ...userinfo }
    return renewClaims(
      { claims, idToken: await sign({ ...first }) },
      newer === undefined ? undefined : { ...login, ...newer },
    )
  }

  it('are those of the login when no ID token came with the refresh', async () => {
    expect(await renewed({ role: 'admin' }, undefined)).toEqual({ ...login, role: 'admin' })
  })

  it('are those of the login at a plain OAuth 2.0 provider', () => {
    const claims = { ...login, role: 'admin' }
    expect(renewClaims({ claims, idToken: undefined }, { ...login, role: 'guest' })).toBe(claims)
  })

  it('have the new value of each claim of the new ID token', async () => {
    expect(await renewed({ role: 'admin' }, { role: 'guest', name: 'Alice' })).toEqual({
      ...login,
      role: 'guest',
      name: 'Alice',
    })
  })

  it('have no role any more that was withdrawn', async () => {
    expect(await renewed({ role: 'admin', groups: ['a'] }, {})).toEqual(login)
  })

  it('keep what UserInfo said, and let the new ID token win over it', async () => {
    const userinfo = { email: 'alice@example.com', name: 'of UserInfo' }
    expect(await renewed({}, { name: 'signed' }, userinfo)).toEqual({ ...login, ...userinfo, name: 'signed' })
  })

  it.each([
    ['auth_time', 7],
    ['acr', 'gold'],
    ['amr', ['otp']],
  ])(
    'have the %s of the login, whatever the new ID token says: no refresh makes a login stronger',
    async (name, value) => {
      expect(await renewed({ [name]: value }, {})).toEqual({ ...login, [name]: value })
      expect(await renewed({ [name]: value }, { [name]: 'newer' })).toEqual({ ...login, [name]: value })
      expect(await renewed({}, { [name]: 'newer' })).toEqual(login)
    },
  )

  it('keep sid when it was left out, and take a new one', async () => {
    expect(await renewed({ sid: '1' }, {})).toEqual({ ...login, sid: '1' })
    expect(await renewed({ sid: '1' }, { sid: '2' })).toEqual({ ...login, sid: '2' })
  })

  it('keep the session_expiry of the provider when it was left out: a refresh does not lift a limit (IPSIE Session Lifetime)', async () => {
    expect(await renewed({ session_expiry: now + 60 }, {})).toEqual({ ...login, session_expiry: now + 60 })
  })

  it('take a new session_expiry', async () => {
    const claims = await renewed({ session_expiry: now + 60 }, { session_expiry: now + 30 })
    expect(claims['session_expiry']).toBe(now + 30)
  })

  it('show no nonce', async () => {
    expect(await renewed({}, { nonce: 'n' })).toEqual(login)
  })
})
