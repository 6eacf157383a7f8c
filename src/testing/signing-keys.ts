// The provider's signing keys and compact JWS (RFC 7515) that may say one thing and do another.
// Written on node:crypto alone, so that a test does not check a library with itself.

import { constants, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** An algorithm by which the test provider signs ID Tokens. */
export type SigningAlgorithm = 'RS256' | 'ES256' | 'PS256' | 'HS256'

/** An algorithm whose keys are published. */
export type PublicKeyAlgorithm = Exclude<SigningAlgorithm, 'HS256'>

/** A key pair and the identifier under which it is published. */
export interface SigningKey {
  readonly kid: string
  readonly alg: PublicKeyAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Whether the test provider can sign with this algorithm. */
export function isSigningAlgorithm(alg: string): alg is SigningAlgorithm {
  return ['RS256', 'ES256', 'PS256', 'HS256'].includes(alg)
}

/** A new key pair with a new `kid`. */
function createSigningKey(alg: PublicKeyAlgorithm): SigningKey {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid: randomBytes(8).toString('hex'), alg, ...pair }
}

/** The signing keys of one provider: the current one of each algorithm, and the older ones that are still published. */
export class SigningKeys {
  #published: SigningKey[]
  #unpublished: SigningKey[] = []

  constructor(alg: SigningAlgorithm) {
    this.#published = [createSigningKey(publicKeyAlgorithm(alg))]
  }

  /** The current key of an algorithm; made and published when there is none yet. For HS256 the key of RS256. */
  current(alg: SigningAlgorithm): SigningKey {
    return ownKey(this.#published, publicKeyAlgorithm(alg))
  }

  /** A key of that algorithm that is never published. */
  unpublished(alg: SigningAlgorithm): SigningKey {
    return ownKey(this.#unpublished, publicKeyAlgorithm(alg))
  }

  /** Puts a new key in front of, or in the place of, every published one. */
  rotate(options: { keepOld: boolean }): void {
    const algorithms = new Set(this.#published.map((key) => key.alg))
    const fresh = [...algorithms].map(createSigningKey)
    this.#published = options.keepOld ? [...fresh, ...this.#published] : fresh
  }

  /** The public keys (RFC 7517 section 5). */
  jwkSet(): { keys: Record<string, unknown>[] } {
    const keys = this.#published.map(({ kid, alg, publicKey }) => {
      return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
    })
    return { keys }
  }
}

/** The signing input of a JWS: both parts encoded, joined by a dot. */
export function signingInput(header: object, payload: object): string {
  return `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`
}

/** A signature of the input by a private key (RFC 7518 sections 3.3 to 3.5). */
export function signWithKey(input: string, key: SigningKey): Buffer {
  const data = Buffer.from(input)
  if (key.alg === 'ES256') return sign('sha256', data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  if (key.alg === 'RS256') return sign('sha256', data, key.privateKey)
  return sign('sha256', data, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
}

/** A signature of the input by a shared secret (RFC 7518 section 3.2). */
export function signWithSecret(input: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(input).digest()
}

/** The compact serialization. */
export function serializeJws(input: string, signature: Uint8Array): string {
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function publicKeyAlgorithm(alg: SigningAlgorithm): PublicKeyAlgorithm {
  return alg === 'HS256' ? 'RS256' : alg
}

function ownKey(keys: SigningKey[], alg: PublicKeyAlgorithm): SigningKey {
  const known = keys.find((key) => key.alg === alg)
  if (known) return known
  const key = createSigningKey(alg)
  keys.push(key)
  return key
}
