import {
  constants,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  type SigningOptions,
  sign,
} from 'node:crypto'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { IdTokenSignedResponseAlg } from '../../../src/options-client.ts'
import { requireSignature } from '../../../src/providers/signature-algorithms.ts'

const input = Buffer.from('header.payload')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const unusable = expect.objectContaining({ reason: 'unusable_key' })
const wrong = expect.objectContaining({ reason: 'wrong_signature' })

function refusalOf(alg: IdTokenSignedResponseAlg, signature: Buffer, key: KeyObject): unknown {
  try {
    requireSignature({ alg, input, signature }, key)
  } catch (error) {
    return error
  }
  return 'accepted'
}

const claims = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

/** The examples of the specifications. */
const known: readonly [where: string, alg: IdTokenSignedResponseAlg, token: string, jwk: JsonWebKey][] = [
  [
    'RFC 7515 appendix A.1',
    'HS256',
    `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${claims}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
    { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' },
  ],
  [
    'RFC 7515 appendix A.2',
    'RS256',
    `eyJhbGciOiJSUzI1NiJ9.${claims}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    {
      kty: 'RSA',
      e: 'AQAB',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    },
  ],
  [
    'RFC 7515 appendix A.3',
    'ES256',
    `eyJhbGciOiJFUzI1NiJ9.${claims}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
  [
    'RFC 7515 appendix A.4',
    'ES512',
    'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn',
    {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    },
  ],
  [
    'RFC 8037 appendix A.4',
    'EdDSA',
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  ],
]

describe('requireSignature', () => {
  it.each(known)('takes the example of %s, as jose does, and no other byte of it', async (_where, alg, token, jwk) => {
    await expect(compactVerify(token, jwk)).resolves.toBeDefined()
    const key =
      jwk.kty === 'oct' ? createSecretKey(jwk.k ?? '', 'base64url') : createPublicKey({ key: jwk, format: 'jwk' })
    const [header, payload, encoded = ''] = token.split('.')
    const signature = Buffer.from(encoded, 'base64url')
    const signed = Buffer.from(`${header}.${payload}`)
    expect(requireSignature({ alg, input: signed, signature }, key)).toBeUndefined()
    for (const bytes of [signed, signature]) {
      bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5)
      expect(() => requireSignature({ alg, input: signed, signature }, key)).toThrow(wrong)
      bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5)
    }
  })

  it.each<[what: string, alg: IdTokenSignedResponseAlg, options: SigningOptions]>([
    ['the shortest salt', 'PS256', { saltLength: 0 }],
    ['the longest salt', 'PS256', { saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN }],
    ['the salt of SHA-512', 'PS256', { saltLength: 64 }],
  ])('refuses %s in %s (RFC 7518 section 3.5)', (_what, alg, options) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signature = sign('sha256', input, { key: rsa.privateKey, padding, ...options })
    expect(refusalOf(alg, signature, rsa.publicKey)).toEqual(wrong)
    const right = sign('sha256', input, { key: rsa.privateKey, padding, saltLength: 32 })
    expect(refusalOf(alg, right, rsa.publicKey)).toBe('accepted')
  })

  it('refuses R and S in DER, and with zeros before or behind them (RFC 7518 section 3.4)', () => {
    const right = sign('sha256', input, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' })
    expect(refusalOf('ES256', right, p256.publicKey)).toBe('accepted')
    const zero = Buffer.alloc(1)
    const [r, s] = [right.subarray(0, 32), right.subarray(32)]
    const others = [
      sign('sha256', input, p256.privateKey),
      Buffer.concat([right, zero]),
      Buffer.concat([zero, r, zero, s]),
      Buffer.alloc(64),
      Buffer.alloc(0),
      r,
    ]
    for (const signature of others) expect(refusalOf('ES256', signature, p256.publicKey)).toEqual(wrong)
  })

  it('refuses an RSA key of less than 2048 bits (RFC 7518 section 3.3), however right the signature', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 2047 })
    expect(refusalOf('RS256', sign('sha256', input, short.privateKey), short.publicKey)).toEqual(unusable)
    expect(refusalOf('RS256', sign('sha256', input, rsa.privateKey), rsa.publicKey)).toBe('accepted')
  })

  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const ed25519 = generateKeyPairSync('ed25519')
  const ed448 = generateKeyPairSync('ed448')
  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })

  it.each<[what: string, alg: IdTokenSignedResponseAlg, key: KeyObject, sign: () => Buffer]>([
    ['the private key', 'RS256', rsa.privateKey, () => sign('sha256', input, rsa.privateKey)],
    ['the private key', 'ES256', p256.privateKey, () => Buffer.alloc(64)],
    ['the private key', 'EdDSA', ed25519.privateKey, () => sign(undefined, input, ed25519.privateKey)],
    ['a key on another curve', 'ES256', p384.publicKey, () => Buffer.alloc(64)],
    ['an RSA key', 'ES256', rsa.publicKey, () => Buffer.alloc(64)],
    ['an RSA key', 'EdDSA', rsa.publicKey, () => sign('sha512', input, rsa.privateKey)],
    ['a key on a curve', 'RS256', p256.publicKey, () => sign('sha256', input, p256.privateKey)],
    ['a key of Ed448', 'EdDSA', ed448.publicKey, () => sign(undefined, input, ed448.privateKey)],
    ['a key that is bound to PSS', 'RS256', rsaPss.publicKey, () => Buffer.alloc(256)],
    ['a secret', 'RS256', createSecretKey('s'.repeat(32), 'utf8'), () => Buffer.alloc(256)],
    ['a public key', 'HS256', rsa.publicKey, () => Buffer.alloc(32)],
    ['a private key', 'HS256', rsa.privateKey, () => Buffer.alloc(32)],
  ])('refuses %s for %s (RFC 8725 section 3.1)', (_what, alg, key, signature) => {
    expect(refusalOf(alg, signature(), key)).toEqual(unusable)
  })

  it('refuses the empty secret, by which anybody could sign', () => {
    expect(refusalOf('HS256', Buffer.alloc(32), createSecretKey('', 'utf8'))).toEqual(unusable)
  })
})
