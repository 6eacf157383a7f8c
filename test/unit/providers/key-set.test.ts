import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createKeySet, type TokenHeader } from '../../../src/providers/key-set.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')
const jwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: '1' }
const header: TokenHeader = { alg: 'RS256', kid: '1' }
const unusable = expect.objectContaining({ reason: 'unusable_key' })
const several = expect.objectContaining({ reason: 'several_matching_keys' })

function find(keys: readonly unknown[], given = header): unknown {
  return createKeySet({ keys }).find(given)
}

describe('createKeySet', () => {
  it('finds a key by kid, type and curve, and reads it once', () => {
    const set = createKeySet({
      keys: [
        jwk,
        { ...p256.publicKey.export({ format: 'jwk' }), kid: '1' },
        { ...ed25519.publicKey.export({ format: 'jwk' }), kid: '1' },
      ],
    })
    expect(set.find(header)?.equals(rsa.publicKey)).toBe(true)
    expect(set.find(header)).toBe(set.find(header))
    expect(set.find({ ...header, alg: 'PS512' })).toBe(set.find(header))
    expect(set.find({ ...header, alg: 'ES256' })?.equals(p256.publicKey)).toBe(true)
    expect(set.find({ ...header, alg: 'EdDSA' })?.equals(ed25519.publicKey)).toBe(true)
    expect(set.find({ ...header, alg: 'ES384' })).toBeUndefined()
  })

  it.each<[what: string, changes: object, given?: object]>([
    ['has another kid', { kid: '2' }],
    ['has no kid, while the token has one', { kid: undefined }],
    ['has a kid that is no text', { kid: 1 }, { kid: 1 }],
    ['has a kid of null', { kid: null }, { kid: null }],
    ['is for another alg', { alg: 'PS256' }],
    ['has an alg that is no text', { alg: null }],
    ['is for encryption', { use: 'enc' }],
    ['has a use of null', { use: null }],
    ['is not to verify', { key_ops: ['encrypt'] }],
    ['is for nothing', { key_ops: [] }],
    ['has key_ops that are no list', { key_ops: 'verify' }],
    ['has key_ops twice (RFC 7517 section 4.3)', { key_ops: ['verify', 'verify'] }],
    ['has key_ops that are no texts', { key_ops: ['verify', 1] }],
    ['has an ext that is no boolean', { ext: 'true' }],
    ['is of another type', { kty: 'EC' }],
    ['is of no type', { kty: undefined }],
  ])('finds no key that %s', (_what, changes, given = {}) => {
    expect(find([{ ...jwk, ...changes }], { ...header, ...given })).toBeUndefined()
  })

  it.each<[what: string, changes: object]>([
    ['the alg of the token', { alg: 'RS256' }],
    ['the use sig', { use: 'sig' }],
    ['verify alone as key_ops', { key_ops: ['verify'] }],
    ['an ext', { ext: false }],
    ['a certificate and what nobody knows', { x5c: ['AA'], x5t: 'AA', foo: 1 }],
  ])('finds a key with %s', (_what, changes) => {
    expect(find([{ ...jwk, ...changes }])).toBeDefined()
  })

  it('finds no secret among the published keys (RFC 8725 section 2.1)', () => {
    expect(find([{ kty: 'oct', k: 'AAAA', kid: '1' }], { ...header, alg: 'HS256' })).toBeUndefined()
    expect(find([jwk], { ...header, alg: 'HS256' })).toBeUndefined()
  })

  it('refuses to choose among several that fit', () => {
    expect(() => find([jwk, jwk])).toThrow(several)
    expect(() => find([jwk, { ...jwk, kid: '2' }], { alg: 'RS256' })).toThrow(several)
    expect(find([jwk, { ...jwk, use: 'enc' }])).toBeDefined()
  })

  it.each<[what: string, changes: object]>([
    ['the private key', rsa.privateKey.export({ format: 'jwk' })],
    ['the private exponent alone', { d: 'AQAB' }],
    ['an empty private exponent', { d: '' }],
    ['a factor (RFC 7518 section 6.3.2)', { p: rsa.privateKey.export({ format: 'jwk' }).p }],
    ['a symmetric key beside it', { k: 'AAAA' }],
  ])('refuses %s: who publishes that has lost it', (_what, changes) => {
    expect(() => find([{ ...jwk, ...changes }])).toThrow(unusable)
  })

  it('refuses a key that is for more than to verify, as WebCrypto does', () => {
    expect(() => find([{ ...jwk, key_ops: ['verify', 'sign'] }])).toThrow(unusable)
  })

  it.each<[what: string, broken: object]>([
    ['lacks a part', { ...jwk, n: undefined }],
    ['has a number for a part', { ...jwk, n: 5 }],
    ['is on no curve', { ...p256.publicKey.export({ format: 'jwk' }), kty: 'RSA', kid: '1' }],
  ])('refuses a key that %s, quotes nothing of it, and goes on with the others', (_what, broken) => {
    const set = createKeySet({ keys: [{ ...broken, x: 'MARKED' }, { ...jwk, kid: '2' }, { kty: 'NEW' }, {}] })
    expect(() => set.find(header)).toThrow(unusable)
    expect(set.find({ ...header, kid: '2' })).toBeDefined()
    try {
      set.find(header)
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain('MARKED')
    }
  })

  it('refuses a point that is not on its curve', () => {
    const { x } = p256.publicKey.export({ format: 'jwk' })
    const broken = { kty: 'EC', crv: 'P-256', x, y: x, kid: '1' }
    expect(() => find([broken], { ...header, alg: 'ES256' })).toThrow(unusable)
  })

  it.each([
    null,
    undefined,
    'keys',
    [],
    {},
    { keys: {} },
    { keys: null },
    { keys: [null] },
    { keys: [[]] },
    { keys: ['x'] },
  ])('takes %j for no set', (body) => {
    expect(() => createKeySet(body)).toThrow(TypeError)
  })
})
