import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeal, type SealContext } from '../../src/session/seal.ts'

const secrets = fc.uniqueArray(fc.string({ minLength: 16, maxLength: 40 }), { minLength: 1, maxLength: 4 })
const context = fc.record({ purpose: fc.constant('login-record' as const), id: fc.string() })
const plaintext = fc.string({ unit: 'grapheme' })
const seal = createSeal(['the secret of these tests'])
const here: SealContext = { purpose: 'login-record', id: 'an-id' }

describe('createSeal', () => {
  it('opens whatever it sealed, by any secret of the ring', () => {
    fc.assert(
      fc.property(secrets, context, plaintext, fc.nat(), (ring, where, text, pick) => {
        const sealer = createSeal([ring[pick % ring.length] ?? ''])
        expect(createSeal(ring).open(sealer.seal(text, where), where)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('opens nothing under another id', () => {
    fc.assert(
      fc.property(context, fc.string(), plaintext, (where, id, text) => {
        fc.pre(where.id !== id)
        expect(seal.open(seal.seal(text, where), { ...where, id })).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('gives nothing other than what was sealed when a character is replaced, added or left out', () => {
    const change = fc.record({ at: fc.nat(), remove: fc.nat({ max: 2 }), insert: fc.string({ maxLength: 2 }) })
    fc.assert(
      fc.property(plaintext, change, (text, { at, remove, insert }) => {
        const sealed = seal.seal(text, here)
        const start = at % (sealed.length + 1)
        const changed = sealed.slice(0, start) + insert + sealed.slice(start + remove)
        expect([undefined, text]).toContain(seal.open(changed, here))
      }),
      { numRuns: 2000 },
    )
  })

  it('does not open what was changed in any bit of IV, text or tag', () => {
    fc.assert(
      fc.property(plaintext, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, at, flip) => {
        const [version, keyId, body = ''] = seal.seal(text, here).split('.')
        const bytes = Buffer.from(body, 'base64url')
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ flip
        expect(seal.open(`${version}.${keyId}.${bytes.toString('base64url')}`, here)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('neither opens nor throws at any other text', () => {
    const part = fc.oneof(fc.string(), fc.base64String(), fc.constantFrom('v1', '__proto__', ''))
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    )
    fc.assert(
      fc.property(text, (given) => {
        expect(seal.open(given, here)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })
})
