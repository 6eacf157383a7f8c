// One token before two judges, our verification and jose's; and a signer that signs any bytes, also those that no library would.
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import { type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { IdTokenSignedResponseAlg } from '../../src/options-client.ts'
import { type JwtRules, verifyJwt } from '../../src/protocol/jwt.ts'
import type { FindKey } from '../../src/providers/key-set.ts'
import { TokenFault } from '../../src/providers/token-fault.ts'

export type Alg = IdTokenSignedResponseAlg

/** The claims and the header of an accepted token, or that it was refused. */
export type Verdict = 'refused' | { readonly claims: unknown; readonly header: unknown }

export const algs: readonly Alg[] = (
  ['RS', 'PS', 'ES', 'HS'].flatMap((family) => ['256', '384', '512'].map((bits) => `${family}${bits}`)) as Alg[]
).concat('EdDSA')

/** Our verdict; what is thrown beside a `TokenFault` is no verdict but a defect. */
export async function ourVerdict(token: string, findKey: FindKey, rules: JwtRules): Promise<Verdict> {
  try {
    return await verifyJwt(token, findKey, rules)
  } catch (error) {
    if (error instanceof TokenFault) return 'refused'
    throw error
  }
}

/** The verdict of jose by the same rules. */
export async function theirVerdict(token: string, findKey: JWTVerifyGetKey, rules: JwtRules): Promise<Verdict> {
  const { issuers, maxAgeSeconds } = rules
  try {
    const { payload, protectedHeader } = await jwtVerify(token, findKey, {
      algorithms: [...rules.algorithms],
      audience: [...rules.audiences],
      requiredClaims: [...rules.requiredClaims],
      clockTolerance: rules.clockToleranceSeconds,
      currentDate: new Date(rules.now * 1000),
      ...(issuers === undefined ? {} : { issuer: [...issuers] }),
      ...(maxAgeSeconds === undefined ? {} : { maxTokenAge: maxAgeSeconds }),
    })
    return { claims: payload, header: protectedHeader }
  } catch {
    return 'refused'
  }
}

/** What signs and what verifies; of HMAC it is the same. */
export interface KeyPair {
  readonly signer: KeyObject
  readonly verifier: KeyObject
}

const curves = new Map<string, string>([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
])

/** A key for each algorithm; RSA keys, which take long to make, are one for all of theirs. */
export function createPairs(): Readonly<Record<Alg, KeyPair>> {
  const rsa = toPair(generateKeyPairSync('rsa', { modulusLength: 2048 }))
  const pairOf = (alg: Alg): KeyPair => {
    if (alg === 'EdDSA') return toPair(generateKeyPairSync('ed25519'))
    if (alg.startsWith('HS')) return secretOf(generateKeyPairSync('ed25519').privateKey.export(pkcs8).toString())
    const namedCurve = curves.get(alg)
    return namedCurve === undefined ? rsa : toPair(generateKeyPairSync('ec', { namedCurve }))
  }
  return Object.fromEntries(algs.map((alg) => [alg, pairOf(alg)])) as Record<Alg, KeyPair>
}

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const

function toPair({ privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): KeyPair {
  // Through their text: keys that were just made share state with their pair, which jose then cannot export.
  const spki = publicKey.export({ type: 'spki', format: 'pem' })
  return { signer: createPrivateKey(privateKey.export(pkcs8)), verifier: createPublicKey(spki) }
}

/** A secret for HMAC. */
export function secretOf(text: string): KeyPair {
  const secret = createSecretKey(text, 'utf8')
  return { signer: secret, verifier: secret }
}

/** How a signature is made, rightly or wrongly. */
export type Signer = (alg: Alg, input: string, key: KeyObject) => Buffer

/** By RFC 7518 section 3 and RFC 8037; `deviation` is what an attacker, or a bad library, does otherwise. */
export function signerWith(deviation: 'none' | 'der' | 'salt' = 'none'): Signer {
  return (alg, text, key) => {
    const [input, digest] = [Buffer.from(text), `sha${alg.slice(2)}`]
    const saltLength = deviation === 'salt' ? 20 : Number(alg.slice(2)) / 8
    switch (alg.slice(0, 2)) {
      case 'HS':
        return createHmac(digest, key).update(input).digest()
      case 'RS':
        return signBytes(digest, input, key)
      case 'PS':
        return signBytes(digest, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
      case 'ES':
        return signBytes(digest, input, { key, dsaEncoding: deviation === 'der' ? 'der' : 'ieee-p1363' })
      default:
        return signBytes(undefined, input, key)
    }
  }
}

export const encode = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64url')

/** A token of these bytes, each part as it is given. */
export function tokenOf(
  alg: Alg,
  header: string | Buffer,
  payload: string | Buffer,
  key: KeyObject,
  by = signerWith(),
) {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${encode(by(alg, input, key))}`
}
