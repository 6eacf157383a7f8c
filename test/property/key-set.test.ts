// The key that a token's header points to in a JWK Set, held against jose's createLocalJWKSet.
import { generateKeyPairSync, KeyObject, type webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose'
import { describe, expect, it } from 'vitest'
import { createKeySet, type TokenHeader } from '../../src/providers/key-set.ts'
import { TokenFault } from '../../src/providers/token-fault.ts'
import { algs } from './jwt-verdicts.ts'
import { runs } from './runs.ts'

type Jwk = Record<string, unknown>

const jwkOf = ({ publicKey }: { publicKey: KeyObject }): Jwk => ({ ...publicKey.export({ format: 'jwk' }) })
const privateOf = ({ privateKey }: { privateKey: KeyObject }): Jwk => ({ ...privateKey.export({ format: 'jwk' }) })

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const ed25519 = generateKeyPairSync('ed25519')
const published = [rsa, p256, p384, p521, ed25519].map(jwkOf)
const leaked = [rsa, p256, ed25519].map(privateOf)
const foreign: Jwk[] = [
  ...[generateKeyPairSync('ed448'), generateKeyPairSync('x25519')].map(jwkOf),
  jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
  { kty: 'oct', k: 'AAAA' },
  { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
  {},
]

const text = (...values: unknown[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 })
const parameters = fc.record({
  kid: text('1', '1', '1', '2', 1, null),
  alg: text('RS256', 'RS256', 'ES256', 'EdDSA', 'Ed25519', 'PS512', '', null),
  use: text('sig', 'sig', 'sig', 'enc', '', null),
  key_ops: text(
    ['verify'],
    ['verify'],
    ['verify', 'sign'],
    ['verify', 'verify'],
    ['verify', 1],
    ['sign'],
    [],
    'verify',
    null,
  ),
  ext: text(true, false, 'true', null),
})
const damage = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Jwk>({}) },
  fc.constantFrom<Jwk>(
    ...[{ n: undefined }, { n: '' }, { e: undefined }, { e: '' }, { x: undefined }, { x: '' }, { x: 'AAAA' }],
    ...[{ y: undefined }, { y: 'AAAA' }, { crv: 'P-256' }, { crv: 'P-384' }, { crv: 'Ed25519' }, { crv: undefined }],
    ...[{ kty: 'EC' }, { kty: 'RSA' }, { kty: 'OKP' }, { kty: 1 }, { d: 'AQAB' }, { d: '' }, { d: null }],
    ...[{ x5c: ['AA'] }, { x5t: 'AA' }, { unknown: {} }],
  ),
)
const base = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...published) },
  { weight: 1, arbitrary: fc.constantFrom(...leaked) },
  { weight: 1, arbitrary: fc.constantFrom(...foreign) },
)
const jwk = fc
  .tuple(base, parameters, damage)
  .map((each): Jwk => JSON.parse(JSON.stringify(Object.assign({}, ...each))))
const header = fc.record(
  { alg: fc.constantFrom(...algs, 'RS256', 'ES256', 'EdDSA'), kid: fc.constantFrom('1', '1', '1', '2', 1, null, '') },
  { requiredKeys: ['alg'] },
)

/** The key that was found, or why there is none; whatever is thrown beside a `TokenFault` is a defect. */
function ourFind(keys: readonly Jwk[], given: object): unknown {
  try {
    return (
      createKeySet({ keys })
        .find(given as TokenHeader)
        ?.export({ format: 'jwk' }) ?? 'no_matching_key'
    )
  } catch (error) {
    if (error instanceof TokenFault) return error.reason
    throw error
  }
}

async function theirFind(keys: readonly Jwk[], given: object): Promise<unknown> {
  try {
    const key = await createLocalJWKSet({ keys } as unknown as JSONWebKeySet)(given as JWSHeaderParameters)
    return KeyObject.from(key as webcrypto.CryptoKey).export({ format: 'jwk' })
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return 'several_matching_keys'
    // A set never has a secret: jose says so by an error of its own.
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) return 'no_matching_key'
    return 'unusable_key'
  }
}

describe('createKeySet', () => {
  it('finds the key that jose finds, and finds none for the same reason', async () => {
    const outcomes = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(jwk, { minLength: 1, maxLength: 3 }), header, async (keys, given) => {
        const ours = ourFind(keys, given)
        expect(ours).toEqual(await theirFind(keys, given))
        const outcome = typeof ours === 'string' ? ours : 'found'
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }),
      // Chance alone rarely makes a set with two keys that fit.
      { ...runs(6000), examples: [[[published[0] ?? {}, published[0] ?? {}], { alg: 'RS256' }]] },
    )
    expect([...outcomes.keys()].sort()).toEqual(['found', 'no_matching_key', 'several_matching_keys', 'unusable_key'])
  })

  it('takes for a set what jose takes for one', async () => {
    const keys = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.jsonValue(), jwk), { maxLength: 3 }))
    const body = fc.oneof(fc.jsonValue(), fc.record({ keys }))
    const isTaken = (read: () => unknown): boolean => {
      try {
        return read() !== undefined
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(body, (given) => {
        expect(isTaken(() => createKeySet(given))).toBe(isTaken(() => createLocalJWKSet(given as never)))
      }),
      runs(1000),
    )
  })
})
