import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import type { Options, Settings } from '../../src/options.ts'
import { nearestName } from '../../src/options-nearest-name.ts'
import { parseOptions } from '../../src/options-parser.ts'

const required = {
  provider: { issuer: 'https://id.example' },
  clientId: 'orders',
  baseUrl: 'https://app.example',
  secret: 'a secret of at least 16 characters',
}
const names = [
  ...[
    'provider',
    'clientId',
    'clientSecret',
    'clientAuthentication',
    'baseUrl',
    'secret',
    'scope',
    'userinfo',
    'routes',
  ],
  ...['authorizationParameters', 'idTokenSignedResponseAlg', 'clockToleranceSeconds', 'httpTimeoutSeconds', 'fetch'],
  ...['dispatcher', 'session', 'store', 'clock', 'issuer', 'login', 'callback', '__proto__', 'constructor', 'toString'],
]
const url = fc.constantFrom(
  'https://id.example',
  'http://id.example',
  'http://[',
  'https:',
  'https://a?b',
  '//a',
  'https://a/\\b@c',
)
const leaf = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  url,
  fc.func(fc.nat()),
)
const options = fc.dictionary(
  fc.oneof(fc.constantFrom(...names), fc.string()),
  fc.oneof(leaf, fc.jsonValue(), nested()),
  {
    noNullPrototype: false,
  },
)

/** All is right but one option: the faults of several would hide each other. */
const single = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.oneof(leaf, url, nested())).map((entry) => Object.fromEntries([entry])),
  url.map((issuer) => ({ provider: { issuer } })),
  url.map((baseUrl) => ({ baseUrl })),
)

function nested(): fc.Arbitrary<unknown> {
  return fc.dictionary(
    fc.oneof(fc.constantFrom(...names), fc.string()),
    fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })),
  )
}

/** The settings or the one error that may be thrown. */
function outcomeOf(given: unknown): Settings | RelyingPartyError {
  try {
    return parseOptions(given as Options)
  } catch (error) {
    if (error instanceof RelyingPartyError && error.code === 'ERR_RP_OPTIONS') return error
    throw error
  }
}

describe('parseOptions', () => {
  it('returns settings or throws ERR_RP_OPTIONS, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (given) => {
        expect(outcomeOf(given)).toBeInstanceOf(Object)
      }),
      { numRuns: 1000 },
    )
  })

  it('returns frozen, complete settings or throws ERR_RP_OPTIONS, whatever else is beside the required options', () => {
    fc.assert(
      fc.property(fc.oneof(options, single), (given) => {
        const outcome = outcomeOf({ ...required, ...given })
        if (outcome instanceof RelyingPartyError) return
        expect(Object.isFrozen(outcome)).toBe(true)
        for (const provider of outcome.providers) {
          expect(Object.isFrozen(provider)).toBe(true)
          expect(provider.redirectUri.startsWith(outcome.baseUrl)).toBe(true)
          expect(new URL(provider.redirectUri).origin).toBe(outcome.origin)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('never accepts a name that it does not know', () => {
    const known = Object.keys(parseOptions(required))
    const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty'))
    fc.assert(
      fc.property(name, (unknown) => {
        fc.pre(!known.includes(unknown))
        const given = Object.fromEntries([...Object.entries(required), [unknown, 1]])
        expect(outcomeOf(given)).toBeInstanceOf(RelyingPartyError)
      }),
      { numRuns: 500 },
    )
  })

  it('never repeats a text that it was given as a value (threat V42)', () => {
    const mark = 'MARKED-SECRET'
    const wrapped = fc.constantFrom<unknown>(
      mark,
      [mark],
      { [names[0] ?? '']: mark },
      `https://a:${mark}@b`,
      `${mark} x`,
      `/${mark}?`,
    )
    fc.assert(
      fc.property(fc.constantFrom(...names.slice(0, 21)), wrapped, (name, value) => {
        const outcome = outcomeOf({ ...required, [name]: value })
        if (outcome instanceof RelyingPartyError) expect(`${outcome.message}${outcome.stack}`).not.toContain(mark)
      }),
      { numRuns: 500 },
    )
  })
})

describe('nearestName', () => {
  it('is one of the known names or undefined, and a known name is nearest to itself', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 6, selector: (s) => s.toLowerCase() }),
        (name, known) => {
          expect([undefined, ...known]).toContain(nearestName(name, known))
          for (const own of known) expect(nearestName(own, known)).toBe(own)
        },
      ),
      { numRuns: 500 },
    )
  })
})
