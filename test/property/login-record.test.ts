import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLoginRecordFormat, factsOf, type LoginRecord } from '../../src/session/login-record.ts'

const format = createLoginRecordFormat({
  secrets: ['the secret of these tests'],
  session: { idleSeconds: 100, absoluteSeconds: 1000 },
})

const instant = fc.double({ noNaN: true, min: 0, max: 1e11 }).map((value) => value + 0) // JSON knows no -0
const text = fc.string({ unit: 'grapheme' })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const json = fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value)))

const token = fc.record({
  accessToken: text,
  scope: text,
  expiresAt: optional(instant),
  lifetimeSeconds: optional(instant),
  tokenVersion: fc.nat(),
})

const record: fc.Arbitrary<LoginRecord> = fc
  .tuple(
    token,
    fc.record({
      registration: text,
      claims: fc
        .dictionary(text, json)
        .map(({ ['session_expiry']: _limit, ...claims }) => ({ ...claims, iss: 'https://id.example' })),
      idToken: optional(text),
      nonce: optional(text),
      tokenType: fc.constant('Bearer' as const),
      refreshToken: optional(text),
      otherTokens: optional(fc.dictionary(text, token, { maxKeys: 3 })),
      loginAt: instant,
      seenAt: instant,
      version: fc.nat(),
    }),
  )
  .map(([own, rest]) => ({ ...rest, ...own }))

/** As JSON keeps it: what is undefined is absent. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('createLoginRecordFormat', () => {
  it('opens every record that it sealed, under its id alone', () => {
    fc.assert(
      fc.property(record, text, text, (given, id, other) => {
        const sealed = format.seal(given, id)
        const [first, again] = [format.open(sealed, id), format.open(sealed, id)]
        expect([plain(first?.record), plain(again?.record)]).toEqual([plain(given), plain(given)])
        expect(plain(again?.facts)).toEqual(plain(factsOf(given)))
        if (other !== id) expect(format.open(sealed, other)).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('lets no record live longer than any of its limits', () => {
    fc.assert(
      fc.property(record, fc.oneof(instant, json), (given, expiry) => {
        const claims = { ...given.claims, session_expiry: expiry }
        const expiresAt = format.expiresAt({ ...given, claims })
        const limits = [given.loginAt + 1000, given.seenAt + 100, typeof expiry === 'number' ? expiry : 0]
        expect(limits.every((limit) => expiresAt <= limit)).toBe(true)
        expect(limits).toContain(expiresAt)
      }),
      { numRuns: 500 },
    )
  })
})
