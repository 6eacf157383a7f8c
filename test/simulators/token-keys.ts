// The signing keys of one simulator, published the way its vendor does (RFC 7517), and JWTs signed by them.

import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { type SigningKey, serializeJws, signingInput, signWithKey } from '../../src/testing/signing-keys.ts'
import { createCertificate } from './certificate.ts'
import type { Profile, TokenContent } from './profile.ts'

interface TokenKey extends SigningKey {
  readonly certificate: Buffer | undefined
}

/** The keys of one provider: the first one signs. */
export class TokenKeys {
  readonly #profile: Profile
  // The first key is made when it is needed: it takes a quarter of a second, and many tests end before.
  #published: TokenKey[] = []
  #unpublished: TokenKey | undefined

  constructor(profile: Profile) {
    this.#profile = profile
  }

  /** Signs with a new key from now on. */
  rotate({ keepOld = true }: { readonly keepOld?: boolean } = {}): void {
    const old = this.#current()
    const fresh = createKey(this.#profile)
    this.#published = keepOld ? [fresh, old, ...this.#published.slice(1)] : [fresh]
  }

  /** The public keys. */
  jwkSet(): { keys: Record<string, unknown>[] } {
    this.#current()
    return { keys: this.#published.map(toJwk) }
  }

  /** A JWT of this content; `x5t#S256` where the vendor has certificates (wire 1.5). */
  sign({ header = {}, claims, isKeyPublished = true }: TokenContent): string {
    const key = isKeyPublished ? this.#current() : this.#hidden()
    const thumbprint = key.certificate ? { 'x5t#S256': sha256(key.certificate) } : {}
    const input = signingInput({ ...thumbprint, kid: key.kid, alg: 'RS256', ...header }, claims)
    return serializeJws(input, signWithKey(input, key))
  }

  /** The claims of a JWT that one of these keys signed, whether it has expired or not. */
  open(jwt: string): Record<string, unknown> | undefined {
    const [header = '', payload = '', signature = ''] = jwt.split('.')
    const data = Buffer.from(`${header}.${payload}`)
    const bytes = Buffer.from(signature, 'base64url')
    const keys = this.#unpublished ? [...this.#published, this.#unpublished] : this.#published
    if (!keys.some(({ publicKey }) => verify('sha256', data, publicKey, bytes))) return undefined
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  }

  #current(): TokenKey {
    const [known] = this.#published
    if (known) return known
    const key = createKey(this.#profile)
    this.#published = [key]
    return key
  }

  #hidden(): TokenKey {
    this.#unpublished ??= createKey(this.#profile)
    return this.#unpublished
  }
}

/** The left half of the SHA-256 of a code or token (OpenID Connect Core section 3.1.3.6). */
export function halfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')
}

/** The SHA-256 in base64url. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url')
}

function createKey(profile: Profile): TokenKey {
  const pair: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = profile.hasCertificates ? createCertificate({ ...pair, hostname: 'localhost' }) : undefined
  return { ...pair, alg: 'RS256', kid: profile.keyId(pair.publicKey), certificate }
}

function toJwk({ publicKey, kid, certificate }: TokenKey): Record<string, unknown> {
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', kid, alg: 'RS256' }
  if (!certificate) return jwk
  return { ...jwk, x5c: [certificate.toString('base64')], 'x5t#S256': sha256(certificate) }
}
