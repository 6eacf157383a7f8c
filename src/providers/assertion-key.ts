// The private key that signs client assertions: a JWK, a PEM or a KeyObject in, a CryptoKey out.
import { createPrivateKey, KeyObject } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import type { CryptoKey } from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { AssertionAlg, PrivateKey, PrivateKeyJwt } from '../options.ts'

/** A key that was read at construction, so that a wrong one is named there, and is imported when first needed. */
export interface AssertionKey {
  readonly alg: AssertionAlg
  readonly kid: string | undefined
  import(): Promise<CryptoKey>
}

/** Reads the key; throws `ERR_RP_OPTIONS`, which never holds the key. */
export function readAssertionKey({ privateKeyJwt, alg, kid }: PrivateKeyJwt): AssertionKey {
  const named: { alg?: string; kid?: string } = isJwk(privateKeyJwt) ? privateKeyJwt : {}
  const jwk = toPrivateJwk(privateKeyJwt)
  const fitting = algsOf(jwk)
  const chosen = fitting.find((each) => each === (alg ?? named.alg ?? fitting[0]))
  if (chosen === undefined)
    throw keyError('does not fit its alg: RS256 and PS256 sign with RSA, ES* with P-*, EdDSA with Ed25519')
  return { alg: chosen, kid: kid ?? named.kid, import: async () => (await importJWK(jwk, chosen)) as CryptoKey }
}

function toPrivateJwk(key: PrivateKey): JWK {
  try {
    const read = key instanceof KeyObject ? key : createPrivateKey(isJwk(key) ? { key, format: 'jwk' } : key)
    if (read.type === 'private') return read.export({ format: 'jwk' }) as JWK
  } catch {
    // The cause is left out: messages of the parser may quote what they could not read.
  }
  throw keyError('is not a private JWK, PEM or KeyObject')
}

function keyError(fault: string): RelyingPartyError {
  const message = `relyingParty(options): clientAuthentication.privateKeyJwt ${fault}`
  return new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function isJwk(key: PrivateKey): key is JWK {
  return typeof key === 'object' && !(key instanceof KeyObject)
}

/** What the key can sign with, the default first (RFC 7518 section 3.1, RFC 8037 section 3.1). */
function algsOf({ kty, crv = '' }: JWK): readonly AssertionAlg[] {
  if (kty === 'RSA') return ['RS256', 'PS256']
  const curves = new Map<string, AssertionAlg>([
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
    ['Ed25519', 'EdDSA'],
  ])
  const alg = curves.get(crv)
  return alg === undefined ? [] : [alg]
}
