import { createHash, createSecretKey } from 'node:crypto'
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import type { Options } from '../../../src/options.ts'
import type { Claims } from '../../../src/protocol/claims.ts'
import type { IdTokenClaims } from '../../../src/protocol/id-token.ts'
import { validateRefreshedIdToken } from '../../../src/protocol/refreshed-id-token.ts'
import { TokenFault, type TokenFaultReason } from '../../../src/providers/token-fault.ts'
import { keepLogLines } from '../../log-lines.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const issuer = 'https://id.example'
const accessToken = 'an-access-token'
const refused = expect.objectContaining({ code: 'ERR_RP_ID_TOKEN', status: 502, provider: issuer })
const rightClaims = { iss: issuer, sub: 'alice', aud: 'test-client', exp: now + 300, iat: now }

let right: CryptoKey
let published: CryptoKey
let stranger: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RS256')
  right = pair.privateKey as CryptoKey
  published = pair.publicKey as CryptoKey
  stranger = (await generateKeyPair('RS256')).privateKey as CryptoKey
})

interface Case {
  /** Of the login, beside `iss` and `sub`. */
  readonly first?: Partial<Claims>
  readonly nonce?: string
  readonly key?: CryptoKey
  readonly options?: Partial<Options>
  readonly metadata?: Record<string, unknown>
  /** In the place of the published key: why none is found. */
  readonly noKey?: unknown
}

const log = keepLogLines()
const strict = { provider: { issuer, strictRefreshedIdTokens: true } }

/** Validates a token of which these claims are other than the right ones; `undefined` removes one. */
async function validate(changes: object, given: Case = {}): Promise<IdTokenClaims | undefined> {
  const { first = {}, nonce, key = right, options = {}, metadata = {}, noKey } = given
  const idToken = await new SignJWT({ ...rightClaims, ...changes }).setProtectedHeader({ alg: 'RS256' }).sign(key)
  const settings = providerSettingsOf({ clock: () => now, log: log.logger, ...options })
  const findKey = async () => (noKey === undefined ? published : Promise.reject(noKey))
  const provider = fakeProvider({ settings, metadata, findKey })
  const login = { claims: { iss: issuer, sub: 'alice', ...first }, nonce }
  return await validateRefreshedIdToken(provider, { idToken, accessToken }, login)
}

describe('validateRefreshedIdToken (OpenID Connect Core 1.0 section 12.2)', () => {
  it.each<[what: string, changes: object, given: Case]>([
    ['as few claims as may be', {}, {}],
    ['a later iat', { iat: now + 20 }, { first: { iat: now - 500 } }],
    ['the auth_time of the login', { auth_time: 7 }, { first: { auth_time: 7 } }],
    ['no auth_time, where the login had one', {}, { first: { auth_time: 7 } }],
    ['an auth_time, where the login had none', { auth_time: 7 }, {}],
    ['another auth_time, as Keycloak and doorkeeper write it', { auth_time: 8 }, { first: { auth_time: 7 } }],
    ['an auth_time that cannot be read', { auth_time: null }, { first: { auth_time: 7 } }],
    ['no nonce', {}, { nonce: 'n' }],
    ['the nonce of the login', { nonce: 'n' }, { nonce: 'n' }],
    ['this client among several audiences, and as azp', { aud: ['x', 'test-client'], azp: 'test-client' }, {}],
    ['the right at_hash', { at_hash: halfHash(accessToken) }, {}],
    [
      'another sid and acr: only what the section names is compared',
      { sid: '2', acr: 'b' },
      { first: { sid: '1', acr: 'a' } },
    ],
    ['a session_expiry to come', { session_expiry: now + 1 }, {}],
  ])('accepts a token with %s', async (_what, changes, given) => {
    await expect(validate(changes, given)).resolves.toEqual({ ...rightClaims, ...changes })
  })

  it.each<[what: string, changes: object, given?: Case]>([
    ['iss is another', { iss: 'https://evil.example' }],
    ['iss is not that of the login', {}, { first: { iss: 'https://earlier.example' } }],
    ['sub is another person', { sub: 'mallory' }],
    ['sub differs by its case', { sub: 'Alice' }],
    ['sub is missing', { sub: undefined }],
    ['sub is of somebody, where the login knew nobody', {}, { first: { sub: undefined as never } }],
    ['aud is another client', { aud: 'another' }],
    ['aud lacks this client', { aud: ['another'] }],
    ['azp is another client', { aud: ['another', 'test-client'], azp: 'another' }],
    ['iat is missing', { iat: undefined }],
    ['iat is in the future', { iat: now + 31 }],
    ['exp is missing', { exp: undefined }],
    ['exp is no number', { exp: '1' }],
    ['nonce is another', { nonce: 'x' }, { nonce: 'n' }],
    ['nonce came, where the login had none', { nonce: 'n' }],
    ['nonce is empty', { nonce: '' }, { nonce: 'n' }],
    ['nonce is null', { nonce: null }, { nonce: 'n' }],
    ['session_expiry has passed', { session_expiry: now }],
    ['session_expiry cannot be read', { session_expiry: 'x' }],
    ['at_hash is of another access token', { at_hash: halfHash('another') }],
    ['events say that it is a Logout Token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ])('refuses a token whose %s', async (_what, changes, given) => {
    await expect(validate(changes, given)).rejects.toEqual(refused)
  })

  it('says what becomes of the login, not that nobody was signed in', async () => {
    const error: unknown = await validate({ sub: 'mallory' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: expect.stringContaining('so the login ends') })
    expect(String(error)).not.toContain('Nobody was signed in')
  })
})

const without = (reason: TokenFaultReason) => ({ noKey: new TokenFault(reason, 'no key') })
const keysDown = new RelyingPartyError('ERR_RP_KEYS', { message: 'down' })
const flawed: [what: string, changes: object, given: () => Case][] = [
  ['exp has passed', { exp: now - 31 }, () => ({})],
  ['exp has passed, and whose at_hash is right', { exp: now - 31, at_hash: halfHash(accessToken) }, () => ({})],
  ['signature is of another key', {}, () => ({ key: stranger })],
  ['signature is of another key, and whose at_hash is wrong', { at_hash: 'x' }, () => ({ key: stranger })],
  ['signature is of another key, and whose exp has passed', { exp: now - 31 }, () => ({ key: stranger })],
  ['key is not published', {}, () => without('no_matching_key')],
  ['key may be one of several', {}, () => without('several_matching_keys')],
  ['key cannot be used', {}, () => without('unusable_key')],
  ['keys cannot be had', {}, () => ({ noKey: keysDown })],
]

describe('validateRefreshedIdToken of a token that came over TLS', () => {
  beforeEach(() => {
    log.lines.length = 0
  })

  it.each(flawed)('sets one aside whose %s, with a warning', async (_what, changes, given) => {
    await expect(validate(changes, given())).resolves.toBeUndefined()
    expect(log.codes()).toEqual(['WARN_RP_REFRESHED_ID_TOKEN'])
  })

  it.each(flawed)('does not accept one whose %s and whose sub is another', async (_what, changes, given) => {
    await expect(validate({ ...changes, sub: 'mallory' }, given())).rejects.toEqual(refused)
    expect(log.codes()).toEqual([])
  })

  it.each(flawed)('refuses one whose %s with strictRefreshedIdTokens', async (_what, changes, given) => {
    const error = expect.objectContaining({ code: expect.stringMatching(/^ERR_RP_(ID_TOKEN|KEYS)$/) })
    await expect(validate(changes, { ...given(), options: strict })).rejects.toEqual(error)
  })

  it.each(flawed)('refuses one whose %s where the token endpoint is not https', async (_what, changes, given) => {
    const metadata = { token_endpoint: 'http://localhost/token' }
    const error = expect.objectContaining({ code: expect.stringMatching(/^ERR_RP_(ID_TOKEN|KEYS)$/) })
    await expect(validate(changes, { ...given(), metadata })).rejects.toEqual(error)
  })

  it.each(flawed)('refuses one whose %s where the issuer is not https', async (_what, changes, given) => {
    const options = { provider: { issuer: 'http://localhost' } } // it could name any token endpoint
    const error = expect.objectContaining({ code: expect.stringMatching(/^ERR_RP_(ID_TOKEN|KEYS)$/) })
    await expect(validate(changes, { ...given(), options })).rejects.toEqual(error)
  })

  it('refuses a wrong HMAC: its key is the client secret, and no published key that may have changed', async () => {
    const options = { idTokenSignedResponseAlg: 'HS256', clientSecret: 'a client secret for HS256.......' } as const
    const idToken = await new SignJWT(rightClaims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(createSecretKey('x', 'utf8'))
    const provider = fakeProvider({ settings: providerSettingsOf({ clock: () => now, ...options }) })
    const login = { claims: { iss: issuer, sub: 'alice' }, nonce: undefined }
    await expect(validateRefreshedIdToken(provider, { idToken, accessToken }, login)).rejects.toEqual(refused)
  })
})

/** The left half of the hash (OpenID Connect Core 1.0 section 3.1.3.6). */
function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}
