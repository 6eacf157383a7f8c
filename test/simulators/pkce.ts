// PKCE (RFC 7636) as WSO2's source orders its checks (wire 1.2); the other vendors' order is not known, so they share it.

import type { PkcePolicy } from './clients.ts'
import type { AuthorizationFailure, TokenFailure } from './failures.ts'
import type { Grant } from './ledger.ts'
import { sha256 } from './token-keys.ts'
import { parameterOf } from './wire-request.ts'

const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/
// Nothing is asked of the characters of an S256 challenge but their number (wire 1.2).
const S256_CHALLENGE_LENGTH = 43

/** The first rule that the challenge breaks. */
export function challengeFailure(policy: PkcePolicy, parameters: URLSearchParams): AuthorizationFailure | undefined {
  const challenge = parameterOf(parameters, 'code_challenge')
  // RFC 7636 section 4.3: without a method it is plain.
  const method = parameterOf(parameters, 'code_challenge_method') ?? 'plain'
  const isWellFormed = challenge !== undefined && isChallenge(challenge, method)
  if (isMandatory(policy) && !isWellFormed) return 'pkceMissing'
  if (challenge === undefined) return undefined
  if (method !== 'S256' && method !== 'plain') return 'pkceUnknownMethod'
  if (method === 'plain' && !isPlainAllowed(policy)) return 'pkcePlainRefused'
  return isWellFormed ? undefined : 'pkceMalformed'
}

/** Why the verifier does not open the code. */
export function verifierFailure(
  policy: PkcePolicy,
  grant: Grant,
  codeVerifier: string | undefined,
): TokenFailure | undefined {
  const { codeChallenge, codeChallengeMethod } = grant
  if (codeVerifier === undefined) {
    if (isMandatory(policy)) return 'missingMandatoryVerifier'
    return codeChallenge === undefined ? undefined : 'missingVerifier'
  }
  if (codeChallenge === undefined) return undefined
  if (!VERIFIER.test(codeVerifier)) return 'malformedVerifier'
  if (codeChallengeMethod === 'plain' && !isPlainAllowed(policy)) return 'plainRefused'
  const transformed = codeChallengeMethod === 'S256' ? sha256(codeVerifier) : codeVerifier
  return transformed === codeChallenge ? undefined : 'wrongVerifier'
}

function isChallenge(challenge: string, method: string): boolean {
  return method === 'S256' ? challenge.trim().length === S256_CHALLENGE_LENGTH : VERIFIER.test(challenge)
}

function isMandatory(policy: PkcePolicy): boolean {
  return policy === 'required' || policy === 's256-required'
}

function isPlainAllowed(policy: PkcePolicy): boolean {
  return policy === 'optional' || policy === 'required'
}
