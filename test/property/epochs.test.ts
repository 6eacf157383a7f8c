import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochsOf, epochsToEnd, isOver } from '../../src/session/epochs.ts'

// Few values, so that logins and logouts meet; and any text.
const name = fc.oneof(fc.constantFrom('a', 'b', '', '["a"]', 'a","b'), fc.string({ unit: 'grapheme' }))
const claims = fc.record({ iss: name, sub: name, sid: name }, { requiredKeys: ['iss', 'sub'] })
const target = fc.oneof(
  fc.record({ iss: name, sub: name }),
  fc.record({ iss: name, sid: name, sub: name }, { requiredKeys: ['iss', 'sid'] }),
)

describe('epochs', () => {
  it('end exactly the logins that a logout is about, of any claims (OpenID Connect Back-Channel Logout 1.0 section 2.7)', () => {
    fc.assert(
      fc.property(claims, target, (login, logout) => {
        const { sid, sub } = logout as { sid?: string; sub?: string }
        const ofPerson = login.iss === logout.iss && login.sub === sub
        const ofSession = login.iss === logout.iss && login.sid === sid
        const expected = sid === undefined ? ofPerson : ofSession || (ofPerson && login.sid === undefined)
        const ended = epochsToEnd(logout)
        expect(epochsOf(login).some((epoch) => ended.includes(epoch))).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })

  it('have names that a login id can carry, whatever the claims hold', () => {
    const any = fc.dictionary(fc.constantFrom('sub', 'sid', 'x'), fc.oneof(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(any, ({ sub, ...others }) => {
        const person = typeof sub === 'string' ? { sub } : {}
        const names = epochsOf({ iss: 'https://id.example', ...others, ...person })
        expect(names.every((epoch) => /^[\w-]{16}$/.test(epoch))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('end what began until then, and nothing that began later', () => {
    const instant = fc.nat({ max: 2_000_000_000 }).map((milliseconds) => milliseconds / 1000)
    fc.assert(
      fc.property(instant, instant, (loginAt, epoch) => {
        expect(isOver(loginAt, `${epoch} mark`)).toBe(loginAt <= epoch)
        expect(isOver(loginAt, String(epoch))).toBe(loginAt <= epoch)
      }),
      { numRuns: 2000 },
    )
  })
})
