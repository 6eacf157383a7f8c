// DPoP proofs (RFC 9449) for clients whose tokens are bound to a key; Okta asks for a nonce first (wire 4.4).

import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { isSignedBy, parseJws } from './client-assertion.ts'
import type { Context } from './context.ts'
import type { TokenFailure } from './failures.ts'
import { sha256 } from './token-keys.ts'
import type { SimulatorRequest } from './wire-request.ts'

/** The thumbprint of the key that proved itself, or why none did. */
export function readProof(context: Context, request: SimulatorRequest): { key: string } | TokenFailure {
  const text = request.headers['dpop']
  const proof = typeof text === 'string' ? parseJws(text) : undefined
  const jwk = proof?.header['jwk'] as JsonWebKey | undefined
  if (!proof || !jwk) return 'dpopRequired'
  const { alg, typ } = proof.header
  const url = `${context.origin}${request.path}`
  const isRight = typ === 'dpop+jwt' && proof.claims['htm'] === request.method && proof.claims['htu'] === url
  if (!isRight || !isSignedBy(createPublicKey({ key: jwk, format: 'jwk' }), alg, proof)) return 'dpopRequired'
  const isNonceMissing = context.profile.isDpopNonceAsked && proof.claims['nonce'] !== context.dpopNonce
  return isNonceMissing ? 'dpopNonceRequired' : { key: thumbprint(jwk) }
}

/** RFC 7638: the required members in alphabetical order. */
function thumbprint(jwk: JsonWebKey): string {
  const { crv, e, kty, n, x, y } = jwk
  return sha256(JSON.stringify({ crv, e, kty, n, x, y }))
}
