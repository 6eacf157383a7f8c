// client_secret_jwt and private_key_jwt: assertions as the provider verifies them (RFC 7523 section 3).
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeProtectedHeader, type JWTVerifyResult, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/options.ts'
import type { AssertionAlg, ClientAuthentication, PrivateKey } from '../../../src/options-client.ts'
import { readAssertionKey } from '../../../src/providers/assertion-key.ts'
import { clientAuthentication } from '../../../src/providers/client-authentication.ts'
import { providerSettingsOf } from '../settings.ts'

const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' }
const issuer = server.issuer
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs: Readonly<Record<AssertionAlg, Pair>> = {
  RS256: rsa,
  PS256: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const algorithms = Object.keys(pairs) as AssertionAlg[]

/** What the method adds to a token request. */
async function applied(changes: Partial<Options>): Promise<{ headers: Headers; body: Record<string, string> }> {
  const settings = providerSettingsOf(changes)
  const [headers, body] = [new Headers(), new URLSearchParams()]
  await (clientAuthentication(settings)(server, { client_id: settings.clientId }, body, headers) as unknown)
  return { headers, body: Object.fromEntries(body) }
}

async function assertionOf(changes: Partial<Options>): Promise<string> {
  return (await applied(changes)).body['client_assertion'] ?? ''
}

/** As a strict provider verifies it. */
function verified(assertion: string, key: KeyObject, audience = issuer): Promise<JWTVerifyResult> {
  return jwtVerify(assertion, key, {
    issuer: 'test-client',
    subject: 'test-client',
    audience,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
    maxTokenAge: 60,
  })
}

function keyOptions(privateKeyJwt: PrivateKey, more: object = {}): Partial<Options> {
  return { clientAuthentication: { privateKeyJwt, ...more } as ClientAuthentication }
}

/** The three forms in which a key is given. */
const forms: readonly (readonly [form: string, write: (key: KeyObject) => PrivateKey])[] = [
  ['a JWK', (key) => key.export({ format: 'jwk' }) as PrivateKey],
  ['a PEM', (key) => key.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ['a KeyObject', (key) => key],
]

describe.each(forms)('private_key_jwt with %s', (_form, write) => {
  it.each(algorithms)('signs by %s what the provider can verify with the public half', async (alg) => {
    const assertion = await assertionOf(keyOptions(write(pairs[alg].privateKey), { alg, kid: 'the-kid' }))
    const { payload, protectedHeader } = await verified(assertion, pairs[alg].publicKey)
    expect(protectedHeader).toMatchObject({ alg, kid: 'the-kid' })
    expect(payload).toMatchObject({ iss: 'test-client', sub: 'test-client', aud: issuer })
  })

  it.each(algorithms.filter((alg) => alg !== 'PS256'))(
    'chooses %s for a key that fits nothing else, or nothing better',
    async (alg) => {
      const assertion = await assertionOf(keyOptions(write(pairs[alg].privateKey)))
      await expect(verified(assertion, pairs[alg].publicKey)).resolves.toBeDefined()
      expect(decodeProtectedHeader(assertion).alg).toBe(alg)
    },
  )
})

describe('private_key_jwt', () => {
  const jwk = pairs.ES256.privateKey.export({ format: 'jwk' })

  it('sends the assertion and its type, the client_id, and no other credentials (RFC 7523 section 2.2)', async () => {
    const { headers, body } = await applied(keyOptions(pairs.ES256.privateKey))
    expect([...headers.keys()]).toEqual([])
    expect(body).toEqual({
      client_id: 'test-client',
      client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      client_assertion_type: assertionType,
    })
  })

  it('names EdDSA as providers know it (RFC 8037), not Ed25519 (RFC 9864)', async () => {
    const assertion = await assertionOf(keyOptions(pairs.EdDSA.privateKey))
    expect(decodeProtectedHeader(assertion).alg).toBe('EdDSA')
  })

  it('takes alg and kid from the JWK', async () => {
    const key = { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'PS256', kid: 'of-the-jwk', use: 'sig' }
    expect(decodeProtectedHeader(await assertionOf(keyOptions(key)))).toMatchObject({ alg: 'PS256', kid: 'of-the-jwk' })
  })

  it('takes alg and kid beside the JWK before those in it', async () => {
    const key = { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'PS256', kid: 'of-the-jwk' }
    const assertion = await assertionOf(keyOptions(key, { alg: 'RS256', kid: 'beside-it' }))
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS256', kid: 'beside-it' })
  })

  it.each(algorithms)('imports the key of %s for nothing but to sign, and not to be read out', async (alg) => {
    const key = await readAssertionKey({ privateKeyJwt: pairs[alg].privateKey, alg }).import()
    expect(key).toMatchObject({ type: 'private', extractable: false, usages: ['sign'] })
  })

  it('has no kid where none was given', async () => {
    expect(decodeProtectedHeader(await assertionOf(keyOptions(jwk)))).not.toHaveProperty('kid')
  })

  it('never sends a part of the private key', async () => {
    const assertion = await assertionOf(keyOptions({ ...jwk, kid: 'k' }))
    const shown = assertion.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect(shown.join()).not.toContain(jwk.d)
    expect(decodeProtectedHeader(assertion)).not.toHaveProperty('jwk')
  })

  it('signs a new assertion for each request, with a jti of its own (RFC 7523 section 3)', async () => {
    const settings = providerSettingsOf(keyOptions(jwk))
    const method = clientAuthentication(settings)
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const body = new URLSearchParams()
        await (method(server, { client_id: 'test-client' }, body, new Headers()) as unknown)
        return (await verified(body.get('client_assertion') ?? '', pairs.ES256.publicKey)).payload.jti
      }),
    )
    expect(new Set(ids).size).toBe(50)
    expect(ids.every((id) => typeof id === 'string' && id.length >= 16)).toBe(true)
  })

  it('ends the assertion within five minutes, and begins it now', async () => {
    const { payload } = await verified(await assertionOf(keyOptions(jwk)), pairs.ES256.publicKey)
    const { exp = 0, iat = 0, nbf = iat } = payload
    const now = Date.now() / 1000
    expect(exp - now).toBeGreaterThan(10)
    expect(exp - now).toBeLessThanOrEqual(300)
    expect(Math.abs(iat - now)).toBeLessThan(5)
    expect(nbf).toBeLessThanOrEqual(now + 1)
  })

  it('does not follow the JWK when the user changes it afterwards', async () => {
    const given = { ...jwk, kid: 'before' }
    const method = clientAuthentication(providerSettingsOf(keyOptions(given)))
    Object.assign(given, pairs.ES384.privateKey.export({ format: 'jwk' }), { kid: 'after' })
    const body = new URLSearchParams()
    await (method(server, { client_id: 'test-client' }, body, new Headers()) as unknown)
    const assertion = body.get('client_assertion') ?? ''
    await expect(verified(assertion, pairs.ES256.publicKey)).resolves.toBeDefined()
    expect(decodeProtectedHeader(assertion).kid).toBe('before')
  })
})

describe('client_secret_jwt', () => {
  const clientSecret = 'a client secret of at least thirty-two bytes'
  const options = { clientSecret, clientAuthentication: 'client_secret_jwt' } as const

  it('sends an assertion by HS256 keyed by the secret, and the secret in no form', async () => {
    const { headers, body } = await applied(options)
    const assertion = body['client_assertion'] ?? ''
    const { payload, protectedHeader } = await verified(assertion, createSecretKey(Buffer.from(clientSecret)))
    expect(protectedHeader.alg).toBe('HS256')
    expect(payload).toMatchObject({ iss: 'test-client', sub: 'test-client', aud: issuer, jti: expect.any(String) })
    expect([...headers.keys()]).toEqual([])
    expect(body).toEqual({
      client_id: 'test-client',
      client_assertion: assertion,
      client_assertion_type: assertionType,
    })
    expect(JSON.stringify(payload)).not.toContain(clientSecret)
  })

  it('has a jti of its own in each assertion', async () => {
    const assertions = await Promise.all(Array.from({ length: 20 }, () => assertionOf(options)))
    const key = createSecretKey(Buffer.from(clientSecret))
    const ids = await Promise.all(assertions.map(async (assertion) => (await verified(assertion, key)).payload.jti))
    expect(new Set(ids).size).toBe(20)
  })
})

describe('clientAssertionAudience', () => {
  const methods: readonly (readonly [name: string, changes: Partial<Options>, key: KeyObject])[] = [
    ['private_key_jwt', keyOptions(pairs.EdDSA.privateKey), pairs.EdDSA.publicKey],
    [
      'client_secret_jwt',
      { clientSecret: 's'.repeat(32), clientAuthentication: 'client_secret_jwt' },
      createSecretKey(Buffer.from('s'.repeat(32))),
    ],
  ]

  it.each(methods)(
    'is of %s the issuer by default, or the token endpoint, as one text',
    async (_name, changes, key) => {
      for (const [clientAssertionAudience, audience] of [
        [undefined, issuer],
        ['issuer', issuer],
        ['token_endpoint', server.token_endpoint],
      ] as const) {
        const assertion = await assertionOf({ ...changes, provider: { issuer, clientAssertionAudience } })
        expect((await verified(assertion, key, audience)).payload.aud).toBe(audience)
      }
    },
  )
})

describe('a key that cannot sign', () => {
  function refusalOf(key: unknown, more: object = {}): unknown {
    try {
      clientAuthentication(providerSettingsOf(keyOptions(key as PrivateKey, more)))
    } catch (error) {
      return error
    }
    return 'accepted'
  }

  const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const encrypted = rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' })
  const jwk = rsa.privateKey.export({ format: 'jwk' })
  const refused = expect.objectContaining({ code: 'ERR_RP_OPTIONS', status: 500 })

  it.each<[what: string, key: unknown]>([
    ['a text that is no PEM', 'MARKED-SECRET-OF-NOBODY'],
    ['an empty text', ''],
    ['a PEM that is cut off', pem.slice(0, 200)],
    ['a PEM whose middle was lost', pem.replace(/\n[^\n]+\n[^\n]+\n/, '\n')],
    ['a PEM of which line breaks were lost', pem.replaceAll('\n', '')],
    ['a PEM that is encrypted', encrypted.toString()],
    ['a public PEM', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['a public JWK', rsa.publicKey.export({ format: 'jwk' })],
    ['a JWK that lacks a part', { ...jwk, n: undefined }],
    ['a JWK without kty', { ...jwk, kty: undefined }],
    ['a JWK of a secret', { kty: 'oct', k: 'TUFSS0VE' }],
    ['an empty object', {}],
    ['a list', [jwk]],
    ['a map of keys', { keys: [jwk] }],
  ])('is refused with ERR_RP_OPTIONS when it is %s, and nothing of it is shown (threat V42)', (_what, key) => {
    const error = refusalOf(key)
    expect(error).toEqual(refused)
    expect(error).toMatchObject({ message: expect.stringContaining('clientAuthentication.privateKeyJwt') })
    const shown = inspect(error, { depth: 9, showHidden: true }) + inspect(error, { depth: 9, customInspect: false })
    const parts = [
      jwk.d,
      jwk.n,
      jwk.p,
      'MARKED',
      'TUFSS0VE',
      ...pem.split('\n').filter((line) => /^[^-]{16}/.test(line)),
    ]
    expect(parts.filter((part) => part !== undefined && shown.includes(part))).toEqual([])
  })

  it.each<[what: string, key: KeyObject]>([
    ['a public KeyObject', rsa.publicKey],
    ['a secret KeyObject', createSecretKey(Buffer.from('s'.repeat(32)))],
  ])('is refused with ERR_RP_OPTIONS when it is %s', (_what, key) => {
    expect(refusalOf(key)).toEqual(refused)
  })

  it.each<[what: string, key: unknown, more: object]>([
    ['is of another kind than alg says', pairs.ES256.privateKey, { alg: 'RS256' }],
    ['is on another curve than alg says', pairs.ES256.privateKey, { alg: 'ES384' }],
    ['is a JWK whose alg is none of ours', { ...jwk, alg: 'RSA-OAEP' }, {}],
    ['is a JWK whose alg is none', { ...jwk, alg: 'none' }, {}],
    ['is on a curve that no alg of ours has', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, {}],
    ['agrees on keys and signs nothing', generateKeyPairSync('x25519').privateKey, {}],
  ])('is refused with ERR_RP_OPTIONS when it %s', (_what, key, more) => {
    expect(refusalOf(key, more)).toEqual(refused)
  })
})
