import { inspect } from 'node:util'
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import type { Options } from '../../../src/options.ts'
import type { IdTokenSignedResponseAlg } from '../../../src/options-client.ts'
import { validateClaims } from '../../../src/protocol/id-token.ts'
import { findProvider, type LogoutToken, validateLogoutToken } from '../../../src/protocol/logout-token.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const event = 'http://schemas.openid.net/event/backchannel-logout'
const refused = expect.objectContaining({ code: 'ERR_RP_LOGOUT_TOKEN', status: 400 })

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>
type Changes = Record<string, unknown>
let pair: KeyPair
let elliptic: KeyPair
let pss: KeyPair
let stranger: KeyPair

beforeAll(async () => {
  pair = await generateKeyPair('RS256', { extractable: true })
  elliptic = await generateKeyPair('ES256', { extractable: true })
  pss = await generateKeyPair('PS256')
  stranger = await generateKeyPair('RS256')
})

const rightClaims = {
  iss: 'https://id.example',
  aud: 'test-client',
  iat: now,
  exp: now + 120,
  jti: 'the-jti',
  sub: 'alice',
  sid: 'the-session',
  events: { [event]: {} },
}

interface Case {
  readonly alg?: string
  readonly key?: CryptoKey | Uint8Array
  readonly header?: Changes
  readonly options?: Partial<Options>
}

function sign(claims: object, { alg = 'RS256', key = pair.privateKey as CryptoKey, header = {} }: Case = {}) {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'logout+jwt', ...header }).sign(key)
}

function providerOf(options: Partial<Options> = {}, metadata: Record<string, unknown> = {}): Provider {
  const settings = providerSettingsOf({ clock: () => now, ...options })
  const keys: Record<string, KeyPair> = { RS256: pair, PS256: pss, ES256: elliptic }
  return fakeProvider({ settings, metadata, findKey: async ({ alg }) => (keys[alg] ?? pair).publicKey })
}

/** Validates a token of which these claims are other than the right ones; `undefined` removes one. */
async function validate(changes: Changes = {}, given: Case = {}): Promise<LogoutToken> {
  return await validateLogoutToken(providerOf(given.options), await sign({ ...rightClaims, ...changes }, given))
}

describe('validateLogoutToken', () => {
  it('accepts a right token and says whose logins end (Back-Channel Logout 1.0 section 2.6)', async () => {
    await expect(validate()).resolves.toEqual({
      iss: 'https://id.example',
      jti: 'the-jti',
      sub: 'alice',
      sid: 'the-session',
      expiresAt: expect.any(Number),
    })
  })

  it.each<[what: string, changes: Changes, header?: Changes]>([
    ['sid alone', { sub: undefined }],
    ['sub alone (cidaas)', { sid: undefined }],
    ['several audiences, this client among them', { aud: ['another', 'test-client'] }],
    ['no exp: it is only recommended', { exp: undefined }],
    ['claims nobody knows', { foo: 'bar', trace_id: 7, auth_time: 1 }],
    ['an event with members', { events: { [event]: { reason: 'x' }, 'https://other.example/event': {} } }],
    ['an iat as old as allowed', { iat: now - 600 - 30, exp: undefined }],
    ['an iat as early as the clocks may differ', { iat: now + 30 }],
    ['an exp within the tolerance', { exp: now - 29 }],
    ['no typ (WSO2)', {}, { typ: undefined }],
    ['the typ JWT', {}, { typ: 'JWT' }],
    ['the typ jwt in small letters', {}, { typ: 'jwt' }],
    ['the typ in capitals', {}, { typ: 'LOGOUT+JWT' }],
    ['the typ as a full media type (RFC 7515 section 4.1.9)', {}, { typ: 'application/logout+jwt' }],
  ])('accepts a token with %s', async (_what, changes, header = {}) => {
    await expect(validate(changes, { header })).resolves.toMatchObject({ iss: 'https://id.example' })
  })

  it.each<[what: string, changes: Changes, header?: Changes]>([
    ['without iss', { iss: undefined }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['whose iss only begins alike', { iss: 'https://id.example/' }],
    ['whose iss is a list', { iss: ['https://id.example'] }],
    ['without aud', { aud: undefined }],
    ['for another client', { aud: 'another' }],
    ['for several other clients', { aud: ['another', 'third'] }],
    ['for nobody', { aud: [] }],
    ['without iat', { iat: undefined }],
    ['whose iat is text', { iat: String(now) }],
    ['whose iat is in the future: it could be kept for a bad moment (V29)', { iat: now + 31 }],
    ['whose iat is far in the future', { iat: now + 10 ** 9, exp: now + 10 ** 9 + 120 }],
    ['that is older than the window', { iat: now - 600 - 31, exp: undefined }],
    ['that is older than the window and expires late', { iat: now - 3600, exp: now + 3600 }],
    ['that has expired', { exp: now - 30 }],
    ['whose exp is text', { exp: 'never' }],
    ['that is not valid yet', { nbf: now + 31 }],
    ['without jti', { jti: undefined }],
    ['whose jti is empty', { jti: '' }],
    ['whose jti is a number', { jti: 7 }],
    ['without events', { events: undefined }],
    ['whose events are of another kind', { events: { 'https://other.example/event': {} } }],
    ['whose events are a list', { events: [event] }],
    ['whose events are a list of the right name', { events: [{ [event]: {} }] }],
    ['whose events are text', { events: event }],
    ['whose events are null', { events: null }],
    ['whose event is true', { events: { [event]: true } }],
    ['whose event is null', { events: { [event]: null } }],
    ['whose event is a list', { events: { [event]: [] } }],
    ['with a nonce', { nonce: 'the-nonce' }],
    ['with a nonce of null: the member must not be there', { nonce: null }],
    ['without sid and sub', { sid: undefined, sub: undefined }],
    ['whose sid is empty', { sid: '' }],
    ['whose sid is a number', { sid: 7 }],
    ['whose sid is null beside a sub: it must not end all of them', { sid: null }],
    ['whose sub is empty', { sub: '', sid: undefined }],
    ['whose sub is a list beside a sid', { sub: ['alice'] }],
    ['of the typ at+jwt', {}, { typ: 'at+jwt' }],
    ['of the typ secevent+jwt', {}, { typ: 'secevent+jwt' }],
    ['of the typ of another media type', {}, { typ: 'application/at+jwt' }],
    ['whose typ only ends alike', {}, { typ: 'xlogout+jwt' }],
    ['whose typ is empty', {}, { typ: '' }],
    ['whose typ is a list', {}, { typ: ['logout+jwt'] }],
    ['whose typ is a number', {}, { typ: 7 }],
    ['whose crit asks for what we do not know', {}, { crit: ['x'], x: 1 }],
  ])('refuses a token %s', async (_what, changes, header = {}) => {
    const given = { ...rightClaims, ...changes }
    const token = header['crit'] === undefined ? await sign(given, { header }) : await withHeader(given, header)
    await expect(validateLogoutToken(providerOf(), token)).rejects.toEqual(refused)
  })

  /** jose does not sign a `crit` that it does not know. */
  async function withHeader(claims: object, header: Changes): Promise<string> {
    const [, payload, signature] = (await sign(claims)).split('.')
    const head = Buffer.from(JSON.stringify({ alg: 'RS256', ...header })).toString('base64url')
    return `${head}.${payload}.${signature}`
  }

  it('refuses an ID token, with all that one has (section 2.4)', async () => {
    const idToken = { ...rightClaims, jti: 'j', exp: now + 3600, nonce: 'n', events: undefined, at_hash: 'a' }
    await expect(validateLogoutToken(providerOf(), await sign(idToken, { header: { typ: 'JWT' } }))).rejects.toEqual(
      refused,
    )
  })

  it('is not accepted for an ID token, not even for a refreshed one, which needs no nonce (section 4)', async () => {
    const tokens = { idToken: await sign({ ...rightClaims, exp: now + 300 }), accessToken: 'an-access-token' }
    const check = () => undefined
    await expect(validateClaims(providerOf(), tokens, check)).rejects.toMatchObject({
      code: 'ERR_RP_ID_TOKEN',
      message: expect.stringContaining('it is a Logout Token'),
    })
    const idToken = await sign({ ...rightClaims, exp: now + 300, events: undefined })
    await expect(validateClaims(providerOf(), { ...tokens, idToken }, check)).resolves.toBeDefined()
  })

  it.each<[what: string, token: () => Promise<string>]>([
    ['unsigned', async () => new UnsecuredJWT({ ...rightClaims }).encode()],
    ['by a key of nobody', () => sign(rightClaims, { key: stranger.privateKey as CryptoKey })],
    [
      'by another algorithm of a published key',
      () => sign(rightClaims, { alg: 'PS256', key: pss.privateKey as CryptoKey }),
    ],
    ['by another published key', () => sign(rightClaims, { alg: 'ES256', key: elliptic.privateKey as CryptoKey })],
    [
      'by HS256 with the public key as its secret (RFC 8725 section 2.1)',
      async () =>
        sign(rightClaims, {
          alg: 'HS256',
          key: new TextEncoder().encode(await exportSPKI(pair.publicKey as CryptoKey)),
        }),
    ],
    [
      'by HS256 with the client secret',
      () => sign(rightClaims, { alg: 'HS256', key: new TextEncoder().encode('s'.repeat(32)) }),
    ],
    ['rightly, and changed afterwards', async () => changed(await sign(rightClaims))],
  ])('refuses a token that is signed %s', async (_what, token) => {
    await expect(validateLogoutToken(providerOf({ clientSecret: 's'.repeat(32) }), await token())).rejects.toEqual(
      refused,
    )
  })

  function changed(token: string): string {
    const [header, , signature] = token.split('.')
    const payload = Buffer.from(JSON.stringify({ ...rightClaims, sub: 'bob' })).toString('base64url')
    return `${header}.${payload}.${signature}`
  }

  it.each<[alg: IdTokenSignedResponseAlg, key: () => CryptoKey | Uint8Array]>([
    ['PS256', () => pss.privateKey as CryptoKey],
    ['ES256', () => elliptic.privateKey as CryptoKey],
    ['HS256', () => new TextEncoder().encode('s'.repeat(32))],
  ])('accepts %s where that is the idTokenSignedResponseAlg, and RS256 no more', async (alg, key) => {
    const options = { idTokenSignedResponseAlg: alg, clientSecret: 's'.repeat(32) }
    await expect(validate({}, { alg, key: key(), options })).resolves.toMatchObject({ sub: 'alice' })
    await expect(validate({}, { options })).rejects.toEqual(refused)
  })

  it.each<[what: string, token: string]>([
    ['nothing', ''],
    ['words', 'not a token'],
    ['dots', '..'],
    ['more dots', '....'],
    ['a JWE', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c'],
    ['no JSON', 'e30.bm8.AA'],
    ['JSON that is no object', 'e30.W10.AA'],
    ['null', 'bnVsbA.bnVsbA.AA'],
    ['control characters', '\u0000.\u0000.\u0000'],
  ])('refuses %s for a token, by our own error', async (_what, token) => {
    await expect(validateLogoutToken(providerOf(), token)).rejects.toEqual(refused)
    await expect(findProvider([providerOf()], token)).rejects.toEqual(refused)
  })

  it('looks at nothing that is longer than 16 kB, however right it is (threat V30)', async () => {
    const token = await sign({ ...rightClaims, padding: 'x'.repeat(16 * 1024) })
    await expect(validateLogoutToken(providerOf(), token)).rejects.toEqual(refused)
    await expect(findProvider([providerOf()], token)).rejects.toEqual(refused)
  })

  it.each<[code: 'ERR_RP_DISCOVERY' | 'ERR_RP_KEYS']>([['ERR_RP_DISCOVERY'], ['ERR_RP_KEYS']])(
    'rejects with %s when that is what stands in the way',
    async (code) => {
      const error = new RelyingPartyError(code, { message: 'down' })
      const down = () => Promise.reject(error)
      const provider = providerOf()
      const broken =
        code === 'ERR_RP_KEYS'
          ? { ...provider, keys: { ...provider.keys, findForStranger: down } }
          : { ...provider, configuration: down }
      await expect(validateLogoutToken(broken, await sign(rightClaims))).rejects.toBe(error)
    },
  )

  it('says what is wrong without any part of the token', async () => {
    const marked = { ...rightClaims, iss: 'MARKED', aud: 'MARKED', sub: 'MARKED', sid: 'MARKED', jti: 'MARKED' }
    const tokens = [
      await sign(marked),
      await sign({ ...marked, aud: 'test-client' }),
      await sign({ ...marked, iat: 'MARKED', aud: 'test-client' }),
      await sign({ ...rightClaims, events: { MARKED: {} } }),
      await sign(rightClaims, { header: { typ: 'MARKED' } }),
      await withHeader(rightClaims, { crit: ['MARKED'], MARKED: 1 }),
      await withHeader(rightClaims, { alg: 'MARKED' }),
      `e30.${Buffer.from('{"MARKED').toString('base64url')}.AA`,
      'MARKED.MARKED.MARKED',
    ]
    for (const token of tokens) {
      const error: unknown = await validateLogoutToken(providerOf(), token).catch((reason: unknown) => reason)
      expect(error).toEqual(refused)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/MARKED/)
    }
  })

  it.each<[what: string, changes: Changes, after: number]>([
    ['its age', { exp: undefined }, 600 + 30],
    ['its exp', { exp: now + 120 }, 120 + 30],
    ['its age before its exp', { exp: now + 10 ** 6 }, 600 + 30],
  ])(
    'says until when its jti has to be remembered: until it is refused for %s, and no clock takes it',
    async (...[, changes, after]) => {
      const { expiresAt } = await validate(changes)
      expect(expiresAt).toBeGreaterThan(now + after)
      expect(expiresAt).toBeLessThan(now + after + 60)
      await expect(validate(changes, { options: { clock: () => expiresAt } })).rejects.toEqual(refused)
    },
  )
})

describe('findProvider', () => {
  const other = (options: Partial<Options> = {}) =>
    providerOf({ provider: { issuer: 'https://other.example' }, ...options }, { issuer: 'https://other.example' })

  it.each([
    ['an object', { toString: 1, valueOf: 1 }],
    ['a list', ['https://id.example']],
    ['a number', 7],
    ['nothing', null],
  ])('finds none by an issuer that is %s, and does not stumble over it', async (_what, iss) => {
    const payload = Buffer.from(JSON.stringify({ ...rightClaims, iss })).toString('base64url')
    expect(await findProvider([other(), providerOf()], `e30.${payload}.AA`)).toBeUndefined()
  })

  it('finds the provider by the issuer that the token names', async () => {
    const providers = [other(), providerOf()]
    expect(await findProvider(providers, await sign(rightClaims))).toBe(providers[1])
    expect(await findProvider(providers, await sign({ ...rightClaims, iss: 'https://other.example' }))).toBe(
      providers[0],
    )
  })

  it('finds the one of several clients at one issuer by the audience', async () => {
    const providers = [providerOf({ clientId: 'first' }), providerOf({ clientId: 'second' })]
    expect(await findProvider(providers, await sign({ ...rightClaims, aud: ['x', 'second'] }))).toBe(providers[1])
  })

  it.each<[what: string, changes: Changes]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['another client', { aud: 'another' }],
    ['no client', { aud: undefined }],
    ['a client of null', { aud: null }],
  ])('finds none for %s', async (_what, changes) => {
    expect(await findProvider([providerOf(), other()], await sign({ ...rightClaims, ...changes }))).toBeUndefined()
  })

  it('finds no plain OAuth 2.0 provider: it issues no ID tokens, and so no Logout Tokens', async () => {
    expect(await findProvider([providerOf({ scope: 'email' })], await sign(rightClaims))).toBeUndefined()
  })

  it('finds the provider whose metadata name the issuer, where that was configured without its slash', async () => {
    const provider = providerOf({}, { issuer: 'https://id.example/' })
    expect(await findProvider([provider], await sign({ ...rightClaims, iss: 'https://id.example/' }))).toBe(provider)
  })

  it('asks no provider where another one is named as it was configured: one that is down takes nobody along', async () => {
    const down = { ...other(), configuration: () => Promise.reject(new Error('down')) }
    const provider = { ...providerOf(), configuration: () => Promise.reject(new Error('not to be asked')) }
    expect(await findProvider([down, provider], await sign(rightClaims))).toBe(provider)
  })
})

describe('a Logout Token of an issuer that stands for many tenants', () => {
  const template = 'https://id.example/{tenantid}/v2.0'
  const tenants = ['contoso']
  const provider = () =>
    providerOf({ provider: { issuer: 'https://id.example/organizations/v2.0', tenants } }, { issuer: template })
  const ofTenant = (tid: string, iss = template.replace('{tenantid}', tid)) => ({ ...rightClaims, iss, tid })

  it('is accepted of a tenant that was named', async () => {
    const token = await sign(ofTenant('contoso'))
    const found = await findProvider([provider()], token)
    expect(found).toBeDefined()
    await expect(validateLogoutToken(found ?? provider(), token)).resolves.toMatchObject({
      iss: 'https://id.example/contoso/v2.0',
    })
  })

  it.each([
    ['of a tenant that was not named', ofTenant('stranger')],
    ['whose tid is not the tenant of its iss', ofTenant('contoso', 'https://id.example/stranger/v2.0')],
    ['of the many', { ...rightClaims, iss: 'https://id.example/organizations/v2.0' }],
  ])('is refused %s', async (_what, claims) => {
    await expect(validateLogoutToken(provider(), await sign(claims))).rejects.toEqual(refused)
  })
})
