import { createHash } from 'node:crypto'
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Claims } from '../../../src/protocol/claims.ts'
import type { IdTokenClaims } from '../../../src/protocol/id-token.ts'
import { validateRefreshedIdToken } from '../../../src/protocol/refreshed-id-token.ts'
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
}

/** Validates a token of which these claims are other than the right ones; `undefined` removes one. */
async function validate(changes: object, { first = {}, nonce, key = right }: Case = {}): Promise<IdTokenClaims> {
  const idToken = await new SignJWT({ ...rightClaims, ...changes }).setProtectedHeader({ alg: 'RS256' }).sign(key)
  const settings = providerSettingsOf({ clock: () => now })
  const provider = fakeProvider({ settings, findKey: async () => published })
  const login = { claims: { iss: issuer, sub: 'alice', ...first }, nonce }
  return await validateRefreshedIdToken(provider, idToken, accessToken, login)
}

describe('validateRefreshedIdToken (OpenID Connect Core 1.0 section 12.2)', () => {
  it.each<[what: string, changes: object, given: Case]>([
    ['as few claims as may be', {}, {}],
    ['a later iat', { iat: now + 20 }, { first: { iat: now - 500 } }],
    ['the auth_time of the login', { auth_time: 7 }, { first: { auth_time: 7 } }],
    ['no auth_time, where the login had one', {}, { first: { auth_time: 7 } }],
    ['an auth_time, where the login had none', { auth_time: 7 }, {}],
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
    ['exp has passed', { exp: now - 31 }],
    ['auth_time is another', { auth_time: 8 }, { first: { auth_time: 7 } }],
    ['auth_time is the same in another type', { auth_time: '7' }, { first: { auth_time: 7 } }],
    ['auth_time is null', { auth_time: null }, { first: { auth_time: 7 } }],
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

  it('refuses a token that somebody else signed', async () => {
    await expect(validate({}, { key: stranger })).rejects.toEqual(refused)
  })
})

/** The left half of the hash (OpenID Connect Core 1.0 section 3.1.3.6). */
function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}
