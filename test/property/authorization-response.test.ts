import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../src/errors.ts'
import { isAuthorizationResponse, parseAuthorizationResponse } from '../../src/protocol/authorization-response.ts'
import { runs } from './runs.ts'

const names = [
  'state',
  'code',
  'iss',
  'error',
  'error_description',
  'response',
  'STATE',
  'state[]',
  '__proto__',
  'scope',
]
const pair = fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), fc.oneof(fc.string(), fc.constant('')))
const query = fc.oneof(
  fc.array(pair, { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs)),
  fc.string().map((text) => new URLSearchParams(text)),
)
const many = runs(2000)

describe('parseAuthorizationResponse', () => {
  it('returns a response or throws ERR_RP_RESPONSE_INVALID, whatever the query', () => {
    fc.assert(
      fc.property(query, (given) => {
        try {
          const { state, code, error } = parseAuthorizationResponse(given)
          expect(state).not.toBe('')
          expect((code === undefined) !== (error === undefined)).toBe(true)
        } catch (error) {
          if (!(error instanceof RelyingPartyError)) throw error
          expect(error.code).toBe('ERR_RP_RESPONSE_INVALID')
        }
      }),
      many,
    )
  })

  it('never returns what was there twice (threat V24)', () => {
    const security = ['state', 'code', 'iss', 'error', 'error_description', 'response']
    fc.assert(
      fc.property(query, fc.constantFrom(...security), fc.string(), fc.string(), (given, name, one, other) => {
        const doubled = new URLSearchParams([[name, one], ...given, [name, other]])
        expect(() => parseAuthorizationResponse(doubled)).toThrow(RelyingPartyError)
      }),
      many,
    )
  })

  it('takes for a response everything that it accepts', () => {
    fc.assert(
      fc.property(query, (given) => {
        if (isAuthorizationResponse(given)) return
        expect(() => parseAuthorizationResponse(given)).toThrow(RelyingPartyError)
      }),
      many,
    )
  })
})
