import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { type CryptoKey, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import type { Options } from '../../../src/options.ts'
import type { IdTokenSignedResponseAlg } from '../../../src/options-client.ts'
import type { AuthorizationRequest } from '../../../src/protocol/authorization-request.ts'
import { type IdTokenClaims, validateIdToken } from '../../../src/protocol/id-token.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const accessToken = 'an-access-token'
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const refused = expect.objectContaining({ code: 'ERR_RP_ID_TOKEN', status: 502, provider: 'https://id.example' })

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>
const pairs = new Map<string, KeyPair>()
let stranger: KeyPair

beforeAll(async () => {
  for (const alg of algorithms) pairs.set(alg, await generateKeyPair(alg, { extractable: true }))
  stranger = await generateKeyPair('RS256')
}, 60_000)

const request: AuthorizationRequest = {
  registration: 'the registration',
  nonce: 'the-nonce-of-this-login',
  codeVerifier: 'v',
  redirectUri: 'https://app.example/callback',
}

const rightClaims = {
  iss: 'https://id.example',
  sub: 'alice',
  aud: 'test-client',
  exp: now + 300,
  iat: now,
  nonce: request.nonce,
}

type Claims = Record<string, unknown>

interface Case {
  readonly alg?: IdTokenSignedResponseAlg
  readonly key?: CryptoKey | Uint8Array
  readonly header?: Partial<JWTHeaderParameters>
  readonly options?: Partial<Options>
  readonly request?: Partial<AuthorizationRequest>
}

function pairOf(alg: string): KeyPair {
  const pair = pairs.get(alg)
  if (pair === undefined) throw new Error(`no keys for ${alg}`)
  return pair
}

function sign(claims: Claims, { alg = 'RS256', key = pairOf(alg).privateKey, header = {} }: Case): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(key)
}

/** Validates a token of which these claims are other than the right ones; `undefined` removes one. */
async function validate(changes: Claims = {}, given: Case = {}): Promise<IdTokenClaims> {
  return validateToken(await sign({ ...rightClaims, ...changes }, given), given)
}

function validateToken(idToken: string, given: Case): Promise<IdTokenClaims> {
  const alg = given.alg ?? 'RS256'
  const settings = providerSettingsOf({ clock: () => now, idTokenSignedResponseAlg: alg, ...given.options })
  const findKey = async () => pairOf(alg).publicKey
  const tokens = {
    idToken,
    accessToken,
    tokenType: 'Bearer' as const,
    refreshToken: undefined,
    scope: 'openid',
    expiresAt: undefined,
  }
  return validateIdToken(fakeProvider({ settings, findKey }), tokens.idToken, tokens.accessToken, {
    ...request,
    ...given.request,
  })
}

/** The left half of the hash (OpenID Connect Core 1.0 section 3.1.3.6). */
function halfHash(digest: string, token = accessToken): string {
  const bytes = createHash(digest).update(token).digest()
  return bytes.subarray(0, bytes.length / 2).toString('base64url')
}

describe('validateIdToken', () => {
  it('gives the claims of a token that is right', async () => {
    await expect(validate({ name: 'Alice' })).resolves.toEqual({ ...rightClaims, name: 'Alice' })
  })

  it.each(algorithms)('accepts %s where it was agreed on (section 3.1.3.7, step 7)', async (alg) => {
    await expect(validate({}, { alg })).resolves.toMatchObject({ sub: 'alice' })
  })

  it.each<[why: string, changes: Claims]>([
    ['iss is another provider (step 2)', { iss: 'https://evil.example' }],
    ['iss differs by a slash (step 2)', { iss: 'https://id.example/' }],
    ['iss is missing (step 2)', { iss: undefined }],
    ['iss is a list (step 2)', { iss: ['https://id.example'] }],
    ['aud is another client (step 3)', { aud: 'another-client' }],
    ['aud is a list without this client (step 3)', { aud: ['another-client'], azp: 'test-client' }],
    ['aud is an empty list (step 3)', { aud: [] }],
    ['aud only begins like this client (step 3)', { aud: 'test-client-2' }],
    ['aud is missing (step 3)', { aud: undefined }],
    ['there are several audiences and no azp (step 4)', { aud: ['test-client', 'another-client'] }],
    ['azp is another client (step 5)', { azp: 'another-client' }],
    ['azp is another client beside several audiences (step 5)', { aud: ['test-client', 'x'], azp: 'x' }],
    ['azp is empty (step 5)', { azp: '' }],
    ['azp is null (step 5)', { azp: null }],
    ['exp has passed (step 9)', { exp: now - 31 }],
    ['exp is missing (step 9)', { exp: undefined }],
    ['exp is a text (step 9)', { exp: String(now + 300) }],
    ['nbf has not come', { nbf: now + 31 }],
    ['iat is in the future (step 10)', { iat: now + 31 }],
    ['iat is missing (step 10)', { iat: undefined }],
    ['iat is a text (step 10)', { iat: String(now) }],
    ['nonce is another (step 11)', { nonce: 'the-nonce-of-other-login' }],
    ['nonce is longer (step 11)', { nonce: `${request.nonce}x` }],
    ['nonce is shorter (step 11)', { nonce: request.nonce.slice(1) }],
    ['nonce is empty (step 11)', { nonce: '' }],
    ['nonce is missing (step 11)', { nonce: undefined }],
    ['nonce is a list (step 11)', { nonce: [request.nonce] }],
    ['sub is missing (section 2)', { sub: undefined }],
    ['sub is empty (section 2)', { sub: '' }],
    ['sub is longer than 255 characters (section 2)', { sub: 'a'.repeat(256) }],
    ['sub is a number (section 2)', { sub: 7 }],
    ['sub is null (section 2)', { sub: null }],
    ['at_hash is of another access token (section 3.1.3.8)', { at_hash: halfHash('sha256', 'another-token') }],
    [
      'at_hash is the whole hash (section 3.1.3.8)',
      { at_hash: createHash('sha256').update(accessToken).digest('base64url') },
    ],
    ['at_hash is empty (section 3.1.3.8)', { at_hash: '' }],
    ['at_hash is null (section 3.1.3.8)', { at_hash: null }],
    ['at_hash is a number (section 3.1.3.8)', { at_hash: 5 }],
  ])('refuses a token whose %s (OpenID Connect Core 1.0)', async (_why, changes) => {
    await expect(validate(changes)).rejects.toEqual(refused)
  })

  it.each<[why: string, changes: Claims]>([
    ['aud is a list of this client alone', { aud: ['test-client'] }],
    ['azp is this client', { azp: 'test-client' }],
    ['azp is this client beside several audiences', { aud: ['x', 'test-client'], azp: 'test-client' }],
    ['exp passed within the tolerance', { exp: now - 29 }],
    ['iat is ahead within the tolerance', { iat: now + 30 }],
    ['nbf is ahead within the tolerance', { nbf: now + 30 }],
    ['iat is long ago', { iat: now - 86_400 }],
    ['sub has 255 characters', { sub: 'a'.repeat(255) }],
    ['auth_time is long ago, and no max_age was asked for', { auth_time: 1 }],
  ])('accepts a token whose %s', async (_why, changes) => {
    await expect(validate(changes)).resolves.toMatchObject({ iss: rightClaims.iss })
  })

  it('allows the clocks to differ by clockToleranceSeconds and no more', async () => {
    const options = { clockToleranceSeconds: 5 }
    await expect(validate({ exp: now - 4 }, { options })).resolves.toBeDefined()
    await expect(validate({ exp: now - 5 }, { options })).rejects.toEqual(refused)
    await expect(validate({ iat: now + 5 }, { options })).resolves.toBeDefined()
    await expect(validate({ iat: now + 6 }, { options })).rejects.toEqual(refused)
  })
})

describe('validateIdToken and the signature', () => {
  it('refuses a token that somebody else signed (step 6)', async () => {
    await expect(validate({}, { key: stranger.privateKey as CryptoKey })).rejects.toEqual(refused)
  })

  it('refuses a token of which any part was changed', async () => {
    const token = await sign(rightClaims, {})
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ ...rightClaims, sub: 'admin' })).toString('base64url')
    const other = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT' })).toString('base64url')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    const changed = [
      `${header}.${claims}.${signature}`,
      `${other}.${payload}.${signature}`,
      `${header}.${payload}.${bytes.toString('base64url')}`,
    ]
    for (const idToken of [
      ...changed,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      '',
      'x',
      'a.b.c',
      `${token}.${token}`,
    ]) {
      await expect(validateToken(idToken, {})).rejects.toEqual(refused)
    }
  })

  it('refuses alg none, whatever was agreed on (RFC 8725 section 3.2)', async () => {
    for (const alg of ['RS256', 'ES256'] as const) {
      await expect(validateToken(new UnsecuredJWT(rightClaims).encode(), { alg })).rejects.toEqual(refused)
    }
    const unsecured = new UnsecuredJWT(rightClaims).encode()
    const given = { alg: 'HS256', options: { clientSecret: 's'.repeat(32) } } as const
    await expect(validateToken(unsecured, given)).rejects.toEqual(refused)
  })

  it('refuses HS256 keyed by the public key (RFC 8725 section 2.1, algorithm confusion)', async () => {
    const key = new TextEncoder().encode(await exportSPKI(pairOf('RS256').publicKey as CryptoKey))
    const token = await sign(rightClaims, { alg: 'HS256', key })
    await expect(validateToken(token, { alg: 'RS256' })).rejects.toEqual(refused)
  })

  it('refuses HS256 keyed by the client secret where RS256 was agreed on', async () => {
    const clientSecret = 'a client secret of thirty-two bytes'
    const token = await sign(rightClaims, { alg: 'HS256', key: new TextEncoder().encode(clientSecret) })
    await expect(validateToken(token, { alg: 'RS256', options: { clientSecret } })).rejects.toEqual(refused)
  })

  it('refuses another algorithm of the same key (RFC 8725 section 3.1)', async () => {
    const token = await sign(rightClaims, { alg: 'RS256' })
    await expect(
      validateToken(token, { alg: 'RS256', options: { idTokenSignedResponseAlg: 'PS256' } }),
    ).rejects.toEqual(refused)
    await expect(
      validateToken(token, { alg: 'RS256', options: { idTokenSignedResponseAlg: 'RS384' } }),
    ).rejects.toEqual(refused)
  })

  it('refuses a critical header that it does not understand (RFC 7515 section 4.1.11)', async () => {
    await expect(validate({}, { header: { crit: ['x'], x: 1 } }).catch(rethrowOurs)).rejects.toThrow()
    const [, payload, signature] = (await sign(rightClaims, {})).split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', crit: ['x'], x: 1 })).toString('base64url')
    await expect(validateToken(`${header}.${payload}.${signature}`, {})).rejects.toEqual(refused)
  })
})

describe('validateIdToken with HS256 (section 10.1)', () => {
  const clientSecret = 'a client secret, longer than 32 bytes'
  const key = new TextEncoder().encode(clientSecret)

  it.each(['HS256', 'HS384', 'HS512'] as const)('accepts %s keyed by the client secret', async (alg) => {
    const long = clientSecret.repeat(2)
    const given = { alg, key: new TextEncoder().encode(long), options: { clientSecret: long } }
    await expect(validate({}, given)).resolves.toMatchObject({ sub: 'alice' })
  })

  it('refuses another secret, the empty one too', async () => {
    const other = new TextEncoder().encode('another secret, longer than 32 bytes.')
    await expect(validate({}, { alg: 'HS256', key: other, options: { clientSecret } })).rejects.toEqual(refused)
    await expect(validate({}, { alg: 'HS256', key: key.subarray(1), options: { clientSecret } })).rejects.toEqual(
      refused,
    )
  })

  it('compares at_hash with SHA-256', async () => {
    const given = { alg: 'HS256', key, options: { clientSecret } } as const
    await expect(validate({ at_hash: halfHash('sha256') }, given)).resolves.toBeDefined()
  })
})

describe('validateIdToken and at_hash (section 3.1.3.6)', () => {
  it.each([
    ['RS256', 'sha256'],
    ['RS384', 'sha384'],
    ['RS512', 'sha512'],
    ['PS256', 'sha256'],
    ['ES256', 'sha256'],
    ['ES384', 'sha384'],
    ['ES512', 'sha512'],
    ['EdDSA', 'sha512'],
  ] as const)('of %s is the left half of %s', async (alg, digest) => {
    await expect(validate({ at_hash: halfHash(digest) }, { alg })).resolves.toBeDefined()
    const wrong = digest === 'sha256' ? 'sha512' : 'sha256'
    await expect(validate({ at_hash: halfHash(wrong) }, { alg })).rejects.toEqual(refused)
  })

  it('is right for the example of the specification (appendix A.3)', async () => {
    expect(halfHash('sha256', 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe('77QmUPtjPfzWtF2AnpK9RQ')
  })
})

describe('validateIdToken and max_age (section 3.1.3.7, step 13)', () => {
  const asked = { request: { maxAge: 60 } }

  it.each([
    ['just now', now],
    ['within max_age', now - 60],
    ['within max_age and the tolerance', now - 90],
    ['ahead within the tolerance', now + 30],
  ])('accepts an auth_time %s', async (_when, authTime) => {
    await expect(validate({ auth_time: authTime }, asked)).resolves.toBeDefined()
  })

  it.each([
    ['older than max_age and the tolerance', now - 91],
    ['ahead of the tolerance', now + 31],
    ['in the far future, which would never grow old', now + 10 * 365 * 86_400],
    ['in milliseconds', now * 1000],
    ['that is no end', Number.MAX_VALUE],
    ['that is missing', undefined],
    ['that is a text', String(now)],
    ['that is null', null],
  ])('refuses an auth_time %s', async (_what, authTime) => {
    await expect(validate({ auth_time: authTime }, asked)).rejects.toEqual(refused)
  })

  it('takes max_age 0 for asked: the person must have signed in just now', async () => {
    const zero = { request: { maxAge: 0 } }
    await expect(validate({ auth_time: now }, zero)).resolves.toBeDefined()
    await expect(validate({ auth_time: now - 31 }, zero)).rejects.toEqual(refused)
    await expect(validate({ auth_time: now + 31 }, zero)).rejects.toEqual(refused)
    await expect(validate({}, zero)).rejects.toEqual(refused)
  })
})

describe('validateIdToken and an essential acr (section 5.5.1.1)', () => {
  const gold = { request: { essentialAcr: ['gold', 'silver'] } }
  const any = { request: { essentialAcr: [] } }

  it('accepts one of the values, and any where none were named', async () => {
    await expect(validate({ acr: 'silver' }, gold)).resolves.toBeDefined()
    await expect(validate({ acr: 'bronze' }, any)).resolves.toBeDefined()
  })

  it.each(['bronze', 'gol', '', undefined, null, ['gold'], 0])('refuses the acr %j', async (acr) => {
    await expect(validate({ acr }, gold)).rejects.toEqual(refused)
  })

  it('refuses a token without acr where any was essential', async () => {
    await expect(validate({}, any)).rejects.toEqual(refused)
  })
})

describe('validateIdToken and session_expiry (IPSIE Session Lifetime profile)', () => {
  it.each([now + 1, now + 0.5, Number.MAX_SAFE_INTEGER])('accepts a session that ends at %d', async (expiry) => {
    await expect(validate({ session_expiry: expiry })).resolves.toBeDefined()
  })

  it.each([
    ['ends now', now],
    ['has ended, also within the tolerance', now - 1],
    ['ended in 1970', 0],
    ['ends at a text', String(now + 60)],
    ['ends at null', null],
    ['ends at an object', {}],
  ])('refuses a token whose session %s: it would begin and end in a circle', async (_what, expiry) => {
    await expect(validate({ session_expiry: expiry })).rejects.toEqual(refused)
  })
})

describe('validateIdToken and Logout Tokens (Back-Channel Logout 1.0 section 4)', () => {
  const event = 'http://schemas.openid.net/event/backchannel-logout'

  it.each([
    ['the logout event', { [event]: {} }],
    ['the logout event beside another', { x: {}, [event]: {} }],
  ])('refuses a token with %s: the same keys sign them for the same client', async (_what, events) => {
    await expect(validate({ events })).rejects.toEqual(refused)
  })

  it('accepts a token with another event', async () => {
    await expect(validate({ events: { 'https://id.example/event': {} } })).resolves.toBeDefined()
  })
})

describe('the error of validateIdToken', () => {
  it('shows neither token nor claims nor nonce (threat V42)', async () => {
    const secrets = ['MARKED-SUB', 'MARKED-NONCE', request.nonce, accessToken]
    const claims = { sub: 'MARKED-SUB'.repeat(30), nonce: 'MARKED-NONCE', acr: 'MARKED-SUB', at_hash: 'MARKED-NONCE' }
    for (const name of Object.keys(claims) as (keyof typeof claims)[]) {
      const error: unknown = await validate({ [name]: claims[name] }, { request: { essentialAcr: ['gold'] } }).catch(
        (e: unknown) => e,
      )
      const shown =
        inspect(error, { depth: 9 }) + inspect(error, { depth: 9, customInspect: false }) + JSON.stringify(error)
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([])
    }
  })

  it('keeps what underlies it as cause', async () => {
    await expect(validate({ exp: 1 })).rejects.toMatchObject({ cause: { reason: 'expired', claim: 'exp' } })
  })

  it('passes on that the provider could not be reached (ERR_RP_DISCOVERY)', async () => {
    const settings = providerSettingsOf()
    const down = new RelyingPartyError('ERR_RP_DISCOVERY', { message: 'down' })
    const provider = { ...fakeProvider({ settings }), configuration: () => Promise.reject(down) }
    await expect(validateIdToken(provider, 'x', accessToken, request)).rejects.toBe(down)
  })
})

/** jose refuses to sign such a header; that is as good. */
function rethrowOurs(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error))
}
