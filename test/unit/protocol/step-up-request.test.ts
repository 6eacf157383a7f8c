import { describe, expect, it } from 'vitest'
import { type RequestedDemand, withDemand } from '../../../src/protocol/step-up-request.ts'

const gold = { acrValues: ['gold', 'silver'] }
const essentialGold = { acr: { essential: true, values: ['gold', 'silver'] } }

/** The claims as an object, so that the order of members does not count. */
function sent(parameters: Record<string, string>, demand?: RequestedDemand): Record<string, unknown> {
  const { claims, ...others } = withDemand(parameters, demand)
  return claims === undefined ? others : { ...others, claims: JSON.parse(claims) }
}

function claims(value: unknown): Record<string, string> {
  return { claims: JSON.stringify(value) }
}

describe('withDemand', () => {
  it.each<[what: string, parameters: Record<string, string>, demand: RequestedDemand | undefined, expected: object]>([
    [
      'leaves everything where nothing is asked for',
      { acr_values: 'a', max_age: '1' },
      undefined,
      { acr_values: 'a', max_age: '1' },
    ],
    [
      'asks by acr_values in the place of the configured ones',
      { acr_values: 'a', prompt: 'x' },
      gold,
      { acr_values: 'gold silver', prompt: 'x' },
    ],
    ['asks by max_age', {}, { maxAgeSeconds: 60 }, { max_age: '60' }],
    ['asks by a max_age of 0', { max_age: '5' }, { maxAgeSeconds: 0 }, { max_age: '0' }],
    ['keeps a configured max_age that is stricter', { max_age: '5' }, { maxAgeSeconds: 60 }, { max_age: '5' }],
    [
      'asks by claims alone when it is essential',
      { acr_values: 'a' },
      { ...gold, essential: true },
      { claims: { id_token: essentialGold } },
    ],
    [
      'adds to configured claims',
      claims({ userinfo: { email: null }, id_token: { email: null } }),
      { ...gold, essential: true },
      { claims: { userinfo: { email: null }, id_token: { email: null, ...essentialGold } } },
    ],
    [
      'asks by claims where the acr is configured there',
      claims({ id_token: { acr: { essential: true, value: 'a' } } }),
      gold,
      { claims: { id_token: essentialGold } },
    ],
    [
      'does not make that one essential',
      claims({ id_token: { acr: { values: ['a'] } } }),
      gold,
      { claims: { id_token: { acr: { essential: false, values: ['gold', 'silver'] } } } },
    ],
    [
      'asks by acr_values beside other claims',
      claims({ id_token: null }),
      gold,
      { claims: { id_token: null }, acr_values: 'gold silver' },
    ],
  ])('%s', (_what, parameters, demand, expected) => {
    expect(sent(parameters, demand)).toEqual(expected)
  })
})
