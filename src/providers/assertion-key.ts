// The private key that signs client assertions: a JWK, a PEM or a KeyObject in, a CryptoKey out.
import { createPrivateKey, type JsonWebKey, KeyObject, webcrypto } from 'node:crypto'
import type { CryptoKey } from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { AssertionAlg, PrivateJwk, PrivateKey, PrivateKeyJwt } from '../options-client.ts'

/** A key that was read at construction, so that a wrong one is named there, and is imported when first needed. */
export interface AssertionKey {
  readonly alg: AssertionAlg
  readonly kid: string | undefined
  import(): Promise<CryptoKey>
}

/** Reads the key; throws `ERR_RP_OPTIONS`, which never holds the key. */
export function readAssertionKey({ privateKeyJwt, alg, kid }: PrivateKeyJwt): AssertionKey {
  const named: Pick<PrivateJwk, 'alg' | 'kid'> = isJwk(privateKeyJwt) ? privateKeyJwt : {}
  const jwk = toPrivateJwk(privateKeyJwt)
  const fitting = algsOf(jwk)
  const chosen = fitting.find((each) => each === (alg ?? named.alg ?? fitting[0]))
  if (chosen === undefined)
    throw keyError('does not fit its alg: RS256 and PS256 sign with RSA, ES* with P-*, EdDSA with Ed25519')
  return { alg: chosen, kid: kid ?? named.kid, import: () => importKey(jwk, chosen) }
}

function toPrivateJwk(key: PrivateKey): JsonWebKey {
  try {
    const read =
      key instanceof KeyObject ? key : createPrivateKey(isJwk(key) ? { key: key as JsonWebKey, format: 'jwk' } : key)
    if (read.type === 'private') return read.export({ format: 'jwk' })
  } catch {
    // The cause is left out: messages of the parser may quote what they could not read.
  }
  throw keyError('is not a private JWK, PEM or KeyObject')
}

/** openid-client signs by WebCrypto; the key can be used for that alone, and cannot be read out again. */
function importKey(jwk: JsonWebKey, alg: AssertionAlg): Promise<CryptoKey> {
  return webcrypto.subtle.importKey('jwk', jwk, parametersOf(alg), false, ['sign'])
}

/** In the words of the Web Cryptography API. */
function parametersOf(
  alg: AssertionAlg,
): webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams | { name: string } {
  switch (alg) {
    case 'RS256':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    case 'PS256':
      return { name: 'RSA-PSS', hash: 'SHA-256' }
    case 'ES256':
      return { name: 'ECDSA', namedCurve: 'P-256' }
    case 'ES384':
      return { name: 'ECDSA', namedCurve: 'P-384' }
    case 'ES512':
      return { name: 'ECDSA', namedCurve: 'P-521' }
    case 'EdDSA':
      return { name: 'Ed25519' }
  }
}

function keyError(fault: string): RelyingPartyError {
  const message = `relyingParty(options): clientAuthentication.privateKeyJwt ${fault}`
  return new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function isJwk(key: PrivateKey): key is PrivateJwk {
  return typeof key === 'object' && !(key instanceof KeyObject)
}

/** What the key can sign with, the default first (RFC 7518 section 3.1, RFC 8037 section 3.1). */
function algsOf({ kty, crv = '' }: JsonWebKey): readonly AssertionAlg[] {
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
