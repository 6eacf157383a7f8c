import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import { nearestName } from '../../src/nearest-name.ts'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { Settings } from '../../src/options-settings.ts'

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
          for (const { baseUrl, origin } of outcome.addresses) {
            expect(new URL(baseUrl + provider.callbackPath).origin).toBe(origin)
          }
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

describe('parseOptions with several providers', () => {
  const { provider: _provider, ...beside } = required
  // Not the three keys that valibot's record() leaves out: see test/unit/options-several-providers.test.ts.
  const id = fc
    .stringMatching(/^[\w-]{1,64}$/)
    .filter((text) => !['__proto__', 'prototype', 'constructor'].includes(text))
  const provider = fc.record(
    {
      issuer: fc.constantFrom('https://a.example', 'https://b.example'),
      clientId: fc.constantFrom('orders', 'own'),
      clientSecret: fc.constantFrom('own secret', 'another own secret'),
      scope: fc.constantFrom('', 'openid', 'read:user'),
    },
    { requiredKeys: ['issuer'] },
  )
  const providers = fc.dictionary(id, provider, { minKeys: 1, maxKeys: 5, noNullPrototype: true })

  it('gives each its own callback and registration, and never the secret of another client (threat V19)', () => {
    fc.assert(
      fc.property(providers, (given) => {
        const settings = parseOptions({ ...beside, clientSecret: 'shared secret', providers: given })
        expect(settings.providers.map((each) => each.id).sort()).toEqual(Object.keys(given).sort())
        expect(new Set(settings.providers.map(({ callbackPath }) => callbackPath)).size).toBe(settings.providers.length)
        expect(new Set(settings.providers.map(({ registration }) => registration)).size).toBe(settings.providers.length)
        for (const each of settings.providers) {
          const own = given[each.id]
          const shared = own?.clientId === undefined ? 'shared secret' : undefined
          expect(each.clientSecret).toBe(own?.clientSecret ?? shared)
          expect(each.callbackPath).toBe(`/callback/${each.id}`)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never repeats a text that it was given inside a provider (threat V42)', () => {
    const mark = 'MARKED-SECRET'
    const value = fc.constantFrom<unknown>(mark, [mark], { key: mark }, { privateKeyJwt: mark, alg: mark })
    const name = fc.constantFrom(
      'issuer',
      'clientSecret',
      'clientAuthentication',
      'metadata',
      'tenants',
      'scope',
      'secret',
    )
    fc.assert(
      fc.property(id, name, value, (key, member, marked) => {
        const given = { [key]: { issuer: 'https://a.example', [member]: marked } }
        const outcome = outcomeOf({ ...beside, providers: given })
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
