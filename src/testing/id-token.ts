// The ID Token (OpenID Connect Core 1.0 sections 2 and 3.1.3.6), right or as wrong as the faults say.

import { createHash } from 'node:crypto'

import { nowAt } from './clock.ts'
import type { Grant } from './grants.ts'
import type { Claims, TestUser } from './parties.ts'
import { findClient, type ProviderContext } from './provider-context.ts'
import { applyClaimsFault, type IdTokenFault } from './provider-faults.ts'
import {
  isSigningAlgorithm,
  type SigningAlgorithm,
  type SigningKey,
  serializeJws,
  signingInput,
  signWithKey,
  signWithSecret,
} from './signing-keys.ts'

const ID_TOKEN_LIFETIME_SECONDS = 3600

/** What an ID Token is issued for. */
export interface IdTokenOccasion {
  readonly grant: Grant
  readonly accessToken: string
  /** Absent on refresh (OpenID Connect Core section 12.2). */
  readonly nonce: string | undefined
}

/** An ID Token for a token response, with the faults in force. */
export function issueIdToken(context: ProviderContext, occasion: IdTokenOccasion): string {
  const fault = context.faults.idToken ?? {}
  const claims = applyClaimsFault(idTokenClaims(context, occasion), fault.claims)
  return signFaulty(context, { claims, fault, secret: occasion.grant.client.clientSecret ?? '' })
}

/** A JWT of exactly these claims, rightly signed by the current key. */
export function signClaims(context: ProviderContext, claims: Claims, header: Record<string, unknown> = {}): string {
  const audience = Array.isArray(claims['aud']) ? claims['aud'][0] : claims['aud']
  const secret = findClient(context, audience)?.clientSecret ?? ''
  return signFaulty(context, { claims, fault: { header }, secret })
}

/** The user as the provider knows it now, or as it was when another user has signed in there since. */
export function currentUser(context: ProviderContext, grant: Grant): TestUser {
  return context.user?.sub === grant.user.sub ? context.user : grant.user
}

function idTokenClaims(context: ProviderContext, occasion: IdTokenOccasion): Claims {
  const { grant, accessToken, nonce } = occasion
  const issuedAt = nowAt()
  return {
    ...currentUser(context, grant),
    iss: context.issuer,
    aud: grant.client.clientId,
    iat: issuedAt,
    exp: issuedAt + ID_TOKEN_LIFETIME_SECONDS,
    auth_time: grant.authTimeAt,
    sid: grant.sid,
    at_hash: accessTokenHash(accessToken),
    ...(nonce === undefined ? {} : { nonce }),
    ...(grant.acr === undefined ? {} : { acr: grant.acr }),
  }
}

/** The left half of the SHA-256 of the access token (section 3.1.3.6). */
function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}

interface FaultySigning {
  readonly claims: Claims
  readonly fault: IdTokenFault
  readonly secret: string
}

function signFaulty(context: ProviderContext, signing: FaultySigning): string {
  const { claims, fault } = signing
  const alg = algorithmOf(context, fault)
  const input = signingInput({ ...joseHeader(context, fault, alg), ...fault.header }, claims)
  return serializeJws(input, createSignature(context, signing, { alg, input }))
}

function algorithmOf(context: ProviderContext, fault: IdTokenFault): SigningAlgorithm {
  if (fault.signature?.startsWith('hmac-')) return 'HS256'
  return fault.alg !== undefined && isSigningAlgorithm(fault.alg) ? fault.alg : context.idTokenSignedResponseAlg
}

function joseHeader(context: ProviderContext, fault: IdTokenFault, alg: SigningAlgorithm): Record<string, unknown> {
  const header: Record<string, unknown> = { alg: fault.alg ?? alg, typ: 'JWT' }
  if (fault.signature === 'none') header['alg'] = 'none'
  if (alg !== 'HS256') header['kid'] = context.keys.current(alg).kid
  // The attack of an HMAC keyed by a public key points to that key.
  if (fault.signature === 'hmac-public-key') header['kid'] = publishedKey(context).kid
  if (fault.kid !== undefined) header['kid'] = fault.kid ?? undefined
  return header
}

interface SignatureInput {
  readonly alg: SigningAlgorithm
  readonly input: string
}

function createSignature(context: ProviderContext, signing: FaultySigning, { alg, input }: SignatureInput): Uint8Array {
  const right = (): Uint8Array =>
    alg === 'HS256' ? signWithSecret(input, signing.secret) : signWithKey(input, context.keys.current(alg))
  switch (signing.fault.signature ?? 'right') {
    case 'none':
      return new Uint8Array()
    case 'flipped':
      return flipBit(right())
    case 'other-key':
      return signByNobody(context, { alg, input })
    case 'hmac-public-key':
      return signWithSecret(input, publishedKey(context).publicKey.export({ type: 'spki', format: 'pem' }).toString())
    case 'hmac-client-secret':
    case 'right':
      return right()
  }
}

function signByNobody(context: ProviderContext, { alg, input }: SignatureInput): Uint8Array {
  if (alg === 'HS256') return signWithSecret(input, 'a secret of nobody')
  return signWithKey(input, context.keys.unpublished(alg))
}

function publishedKey(context: ProviderContext): SigningKey {
  return context.keys.current(context.idTokenSignedResponseAlg)
}

function flipBit(signature: Uint8Array): Uint8Array {
  const flipped = Uint8Array.from(signature)
  // A byte in the middle: the last base64url character has bits that decode to nothing, and a first byte may exceed the RSA modulus.
  const index = flipped.length >> 1
  flipped[index] = (flipped[index] ?? 0) ^ 1
  return flipped
}
