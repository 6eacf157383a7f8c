// The signature algorithms of JWS (RFC 7518 section 3, RFC 8037 section 3.1): which key each takes, and how it verifies.
import { constants, createHmac, type KeyObject, type SigningOptions, timingSafeEqual, verify } from 'node:crypto'
import type { IdTokenSignedResponseAlg } from '../options-client.ts'
import { TokenFault } from './token-fault.ts'

/** What one algorithm needs. */
interface SignatureAlgorithm {
  /** The type of the JWK, and the curve where that is a part of the algorithm. */
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct'
  readonly crv?: string
  /** Why this key cannot be used, undefined when it can. */
  keyFault(key: KeyObject): string | undefined
  verify(input: Buffer, key: KeyObject, signature: Buffer): boolean
}

/** RFC 7518 sections 3.3 and 3.5 want no less; SP 800-57 part 1 trusts no less. */
const shortestModulusBits = 2048

const pkcs1: SigningOptions = { padding: constants.RSA_PKCS1_PADDING }
// RFC 7518 section 3.5: the salt is as long as the hash.
const pss: SigningOptions = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

function rsa(digest: string, options: SigningOptions): SignatureAlgorithm {
  return {
    kty: 'RSA',
    keyFault: (key) => {
      if (!isPublic(key, 'rsa')) return 'the key is no public RSA key'
      const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
      return modulusLength < shortestModulusBits ? `the RSA key has less than ${shortestModulusBits} bits` : undefined
    },
    verify: (input, key, signature) => verify(digest, input, { key, ...options }, signature),
  }
}

/** Of RFC 7518 section 3.4: R and S in full length one after the other, not in DER; Node refuses any other length. */
function ecdsa(crv: string, namedCurve: string, digest: string): SignatureAlgorithm {
  return {
    kty: 'EC',
    crv,
    keyFault: (key) => {
      const fits = isPublic(key, 'ec') && key.asymmetricKeyDetails?.namedCurve === namedCurve
      return fits ? undefined : `the key is no public key on ${crv}`
    },
    verify: (input, key, signature) => verify(digest, input, { key, dsaEncoding: 'ieee-p1363' }, signature),
  }
}

const ed25519: SignatureAlgorithm = {
  kty: 'OKP',
  crv: 'Ed25519',
  keyFault: (key) => (isPublic(key, 'ed25519') ? undefined : 'the key is no public Ed25519 key'),
  verify: (input, key, signature) => verify(undefined, input, key, signature),
}

function hmac(digest: string): SignatureAlgorithm {
  return {
    kty: 'oct',
    keyFault: (key) => (key.type === 'secret' && key.symmetricKeySize !== 0 ? undefined : 'the key is no secret'),
    verify: (input, key, signature) => {
      const expected = createHmac(digest, key).update(input).digest()
      return expected.length === signature.length && timingSafeEqual(expected, signature)
    },
  }
}

/** An RSA key that is bound to PSS, or an Ed448 key, is another type. */
function isPublic(key: KeyObject, type: 'rsa' | 'ec' | 'ed25519'): boolean {
  return key.type === 'public' && key.asymmetricKeyType === type
}

const algorithms: Readonly<Record<IdTokenSignedResponseAlg, SignatureAlgorithm>> = {
  RS256: rsa('sha256', pkcs1),
  RS384: rsa('sha384', pkcs1),
  RS512: rsa('sha512', pkcs1),
  PS256: rsa('sha256', pss),
  PS384: rsa('sha384', pss),
  PS512: rsa('sha512', pss),
  ES256: ecdsa('P-256', 'prime256v1', 'sha256'),
  ES384: ecdsa('P-384', 'secp384r1', 'sha384'),
  ES512: ecdsa('P-521', 'secp521r1', 'sha512'),
  EdDSA: ed25519,
  HS256: hmac('sha256'),
  HS384: hmac('sha384'),
  HS512: hmac('sha512'),
}

/** `none`, and EdDSA by its newer name (RFC 9864), are known but not supported. */
const algNames: readonly string[] = [...Object.keys(algorithms), 'Ed25519', 'none']

/** The value of an `alg` header when it is the name of an algorithm: anything else is foreign text. */
export function algNameOf(value: unknown): string | undefined {
  return algNames.find((name) => name === value)
}

/** Whether ID tokens can be verified by this algorithm. Without a client secret there is no key for the HS family. */
export function canVerify(alg: string, { clientSecret }: { readonly clientSecret: string | undefined }): boolean {
  return Object.hasOwn(algorithms, alg) && !(alg.startsWith('HS') && clientSecret === undefined)
}

/** What a JWK must say to be a key for this algorithm. */
export function keyKindOf(alg: IdTokenSignedResponseAlg): Pick<SignatureAlgorithm, 'kty' | 'crv'> {
  return algorithms[alg]
}

/** One signature to verify. */
export interface SignedInput {
  readonly alg: IdTokenSignedResponseAlg
  readonly input: Buffer
  readonly signature: Buffer
}

/** Throws a `TokenFault` unless the key fits the algorithm, and made the signature of the input. */
export function requireSignature({ alg, input, signature }: SignedInput, key: KeyObject): void {
  const algorithm = algorithms[alg]
  const fault = algorithm.keyFault(key)
  if (fault !== undefined) throw new TokenFault('unusable_key', `it cannot be verified by ${alg}: ${fault}`)
  if (!algorithm.verify(input, key, signature)) {
    throw new TokenFault('wrong_signature', 'signature verification failed')
  }
}
