// A JWK Set (RFC 7517 section 5): finds the one public key that the header of a token points to.
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { IdTokenSignedResponseAlg } from '../options-client.ts'
import { keyKindOf } from './signature-algorithms.ts'
import { TokenFault } from './token-fault.ts'

/** The header of a token (RFC 7515 section 4.1) whose `alg` is an allowed one; the rest is as it came. */
export interface TokenHeader {
  readonly alg: IdTokenSignedResponseAlg
  readonly kid?: unknown
  readonly typ?: unknown
}

/** Finds the key that a token has to be signed by; throws, or rejects with, a `TokenFault` when there is none. */
export type FindKey = (header: TokenHeader) => KeyObject | Promise<KeyObject>

/** The keys of a set as it was read once. */
export interface KeySet {
  /** The one key that fits the header, undefined when none does; throws a `TokenFault` for several, and for a useless one. */
  find(header: TokenHeader): KeyObject | undefined
}

type Jwk = Readonly<Record<string, unknown>>

/** Reads a set. A key is looked at when it is asked for, so that one of an unknown kind does not keep out the others. */
export function createKeySet(body: unknown): KeySet {
  const jwks = isObject(body) && Array.isArray(body['keys']) ? (body['keys'] as unknown[]) : undefined
  if (jwks === undefined || !jwks.every(isObject)) throw new TypeError('it answered with something that is no JWK Set')
  const imported = new Map<Jwk, KeyObject>()

  function keyOf(jwk: Jwk): KeyObject {
    const key = imported.get(jwk) ?? importKey(jwk)
    imported.set(jwk, key)
    return key
  }

  return {
    find: (header) => {
      const [jwk, second] = jwks.filter((each) => fits(each, header))
      if (second !== undefined) {
        throw new TokenFault('several_matching_keys', 'multiple matching keys found in the JSON Web Key Set')
      }
      return jwk === undefined ? undefined : keyOf(jwk)
    },
  }
}

/** Type, curve, `alg`, `kid`, and what the key says that it may be used for (RFC 7517 section 4). */
function fits(jwk: Jwk, { alg, kid }: TokenHeader): boolean {
  const { kty, crv } = keyKindOf(alg)
  return (
    kty !== 'oct' &&
    jwk['kty'] === kty &&
    (crv === undefined || jwk['crv'] === crv) &&
    (kid === undefined || (typeof kid === 'string' && jwk['kid'] === kid)) &&
    isAbsentOr(jwk['alg'], alg) &&
    isAbsentOr(jwk['use'], 'sig') &&
    (jwk['ext'] === undefined || typeof jwk['ext'] === 'boolean') &&
    (jwk['key_ops'] === undefined || isForVerifying(jwk['key_ops']))
  )
}

function isAbsentOr(value: unknown, expected: string): boolean {
  return value === undefined || value === expected
}

/** RFC 7517 section 4.3: texts, none of them twice. */
function isForVerifying(operations: unknown): boolean {
  return (
    Array.isArray(operations) &&
    operations.includes('verify') &&
    operations.every((each) => typeof each === 'string') &&
    new Set(operations).size === operations.length
  )
}

/** Members of private and of symmetric keys (RFC 7518 section 6, RFC 8037 section 2). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** `createPublicKey` would take the public half of a private key: who publishes that has lost the key to everybody. */
function importKey(jwk: Jwk): KeyObject {
  if (secretMembers.some((name) => Object.hasOwn(jwk, name))) {
    throw new TokenFault('unusable_key', 'JSON Web Key Set members must be public keys')
  }
  // WebCrypto refuses such a key too; RFC 7517 section 4.3 warns of keys with several uses.
  if (Array.isArray(jwk['key_ops']) && jwk['key_ops'].length > 1) {
    throw new TokenFault('unusable_key', 'the key in the JSON Web Key Set is for more than to verify')
  }
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    // The cause is left out: it quotes what it could not read.
    throw new TokenFault('unusable_key', 'the key in the JSON Web Key Set cannot be read')
  }
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
