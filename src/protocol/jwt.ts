// Verification of a signed JWT (RFC 7519 section 7.2) in the compact serialization of JWS (RFC 7515 section 5.2).
import type { IdTokenSignedResponseAlg } from '../options-client.ts'
import type { FindKey, TokenHeader } from '../providers/key-set.ts'
import { algNameOf, requireSignature } from '../providers/signature-algorithms.ts'
import { TokenFault } from '../providers/token-fault.ts'
import { type ClaimRules, requireClaims } from './jwt-claims.ts'

/** The claims of a token, as they came; those that nobody checked may be anything. */
export interface JwtClaims {
  readonly iss?: unknown
  readonly [claim: string]: unknown
}

/** What a token is held to. */
export interface JwtRules extends ClaimRules {
  /** The only values of `alg` that count. */
  readonly algorithms: readonly IdTokenSignedResponseAlg[]
}

/** A token of which signature and claims fit the rules. */
export interface VerifiedJwt {
  readonly header: TokenHeader
  readonly claims: JwtClaims
}

/** Verifies signature and claims; throws a `TokenFault`, or what kept the key from being found. */
export async function verifyJwt(token: string, findKey: FindKey, rules: JwtRules): Promise<VerifiedJwt> {
  const parts = partsOf(token)
  const header = readHeader(parts.header, rules)
  const payload = decode(parts.payload, 'payload')
  const signature = decode(parts.signature, 'signature')
  const input = Buffer.from(`${parts.header}.${parts.payload}`)
  const found = findKey(header)
  // A key at hand is used at once: no other task comes between.
  requireSignature({ alg: header.alg, input, signature }, found instanceof Promise ? await found : found)
  return { header, claims: readClaims(payload, rules) }
}

/** Holds header and claims to the rules and leaves the signature out: nothing of the token is proved. Throws a `TokenFault`. */
export function readUnverifiedJwt(token: string, rules: JwtRules): VerifiedJwt {
  const { header, payload } = partsOf(token)
  return { header: readHeader(header, rules), claims: readClaims(decode(payload, 'payload'), rules) }
}

/** What a token says of itself: nothing of it is proved. Throws a `TokenFault` when it is no signed JWT. */
export function readUnverifiedClaims(token: string): JwtClaims {
  return parseObject(decode(partsOf(token).payload, 'payload'), 'JWT Claims Set must be a top-level JSON object')
}

function partsOf(token: string): { readonly header: string; readonly payload: string; readonly signature: string } {
  const [header, payload, signature, more] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined) {
    throw new TokenFault('malformed', 'Invalid Compact JWS')
  }
  return { header, payload, signature }
}

/** `alg` is held against the list before anything else of the header counts (RFC 8725 section 3.1). */
function readHeader(encoded: string, { algorithms }: JwtRules): TokenHeader {
  const header = parseObject(decode(encoded, 'header'), 'JWS Protected Header is invalid')
  // RFC 7515 section 4.1.11: a token that needs an extension which we do not know is invalid, and we know none.
  if (Object.hasOwn(header, 'crit')) {
    throw new TokenFault('critical_header', 'its header has "crit", and no extension of JWS is supported')
  }
  const alg = algorithms.find((each) => each === header['alg'])
  if (alg === undefined) {
    const details = { alg: algNameOf(header['alg']) }
    throw new TokenFault('alg_not_allowed', '"alg" (Algorithm) Header Parameter value not allowed', details)
  }
  return { ...header, alg }
}

function readClaims(payload: Buffer, rules: JwtRules): JwtClaims {
  const claims = parseObject(payload, 'JWT Claims Set must be a top-level JSON object')
  requireClaims(claims, rules)
  return claims
}

/** Buffer reads over what does not belong; only what it would write itself is base64url (RFC 7515 section 2). */
function decode(encoded: string, part: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes.toString('base64url') === encoded) return bytes
  throw new TokenFault('malformed', `Failed to base64url decode the ${part}`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The cause is left out: JSON.parse quotes what it could not read. */
function parseObject(bytes: Buffer, fault: string): JwtClaims {
  const parsed = parse(bytes)
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JwtClaims
  throw new TokenFault('malformed', fault)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}
