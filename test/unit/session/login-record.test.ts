import { describe, expect, it } from 'vitest'
import { createLoginRecordFormat, factsOf, type LoginRecord, sessionExpiry } from '../../../src/session/login-record.ts'
import { createSeal } from '../../../src/session/seal.ts'
import { newLogin } from './processes.ts'

const session = { idleSeconds: 100, absoluteSeconds: 1000 }
const secrets = ['the current secret, long enough', 'the retired secret, long enough']
const format = createLoginRecordFormat({ secrets, session })
const id = 'an-id'

function recordOf(changes: Partial<LoginRecord> = {}): LoginRecord {
  return { ...newLogin({ loginAt: 5000, expiresAt: 5300 }), seenAt: 5000, version: 1, tokenVersion: 1, ...changes }
}

describe('createLoginRecordFormat', () => {
  it('opens what it sealed, every member of it', () => {
    const otherTokens = {
      '["x",null]': { accessToken: 'a', scope: 's', expiresAt: 7, lifetimeSeconds: 3, tokenVersion: 2 },
    }
    const record = recordOf({ idToken: 'an-id-token', nonce: 'n', otherTokens })
    expect(format.open(format.seal(record, id), id)?.record).toEqual(record)
  })

  it('gives no member that the login has not', () => {
    expect(format.open(format.seal(recordOf(), id), id)?.record).not.toHaveProperty('formatVersion')
  })

  it('opens nothing under another id: a record cannot be moved to another login (threat V16)', () => {
    expect(format.open(format.seal(recordOf(), id), 'another-id')).toBeUndefined()
  })

  it('opens records of every secret of the list, and none of one that was taken out', () => {
    const [current = '', retired = ''] = secrets
    const sealed = createLoginRecordFormat({ secrets: [retired], session }).seal(recordOf(), id)
    expect(format.open(sealed, id)?.record).toEqual(recordOf())
    expect(createLoginRecordFormat({ secrets: [current], session }).open(sealed, id)).toBeUndefined()
  })

  it.each([0, 1, 3, '2', undefined])('opens no record of the format version %j', (formatVersion) => {
    const plaintext = JSON.stringify({ ...recordOf(), formatVersion })
    expect(format.open(createSeal(secrets).seal(plaintext, { purpose: 'login-record', id }), id)).toBeUndefined()
  })
})

describe('a record that this process has opened before', () => {
  const otherTokens = {
    '["x",null]': { accessToken: 'a', scope: 's', expiresAt: 7, lifetimeSeconds: 3, tokenVersion: 2 },
  }
  const record = recordOf({ idToken: 'an-id-token', nonce: 'n', otherTokens })
  const sealed = format.seal(record, id)

  it.each(['first', 'second', 'third'])('has all its facts and tokens the %s time', () => {
    const opened = format.open(sealed, id)
    expect(opened?.facts).toEqual(factsOf(record))
    expect(opened?.record).toEqual(record)
  })

  it.each(['first', 'second'])(
    'can be written into by no request, the %s time: what one writes another would read',
    () => {
      const given = format.seal({ ...record, claims: { ...record.claims, realm_access: { roles: ['guest'] } } }, id)
      const claims = Object(format.open(given, id)?.facts.claims)
      expect(() => Object.assign(claims, { role: 'admin' })).toThrow(TypeError)
      expect(() => Object.assign(Object(claims['realm_access']).roles, ['admin'])).toThrow(TypeError)
      expect(format.open(given, id)?.facts.claims['realm_access']).toEqual({ roles: ['guest'] })
    },
  )

  it('has facts also where the claims are nested deeper than the stack', () => {
    const nested = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    const { claims } = factsOf({ ...record, claims: { ...record.claims, nested } })
    expect(Object.isFrozen(Object(claims['nested'])[0])).toBe(true)
  })

  it('opens in no other bytes: one changed in the store is not taken for the one that was opened', () => {
    format.open(sealed, id)
    for (const at of [0, 5, 20, sealed.length / 2, sealed.length - 2].map(Math.floor)) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      expect(format.open(changed, id)).toBeUndefined()
    }
  })

  it('opens under no other id', () => {
    format.open(sealed, id)
    expect(format.open(sealed, 'another-id')).toBeUndefined()
  })

  it('is the newer one when the login has been renewed', () => {
    format.open(sealed, id)
    const renewed = format.seal({ ...record, accessToken: 'newer', scope: 'less' }, id)
    for (const _time of [1, 2]) {
      expect(format.open(renewed, id)?.record).toMatchObject({ accessToken: 'newer', scope: 'less' })
    }
  })
})

describe('expiresAt of a login record (threat V11)', () => {
  it.each<[what: string, changes: Partial<LoginRecord>, expiresAt: number]>([
    ['idleSeconds after the last request', {}, 5100],
    ['idleSeconds after a later request', { seenAt: 5800 }, 5900],
    ['absoluteSeconds after the login, however busy it is', { seenAt: 5950 }, 6000],
    ['at the session_expiry of the provider, when that is earlier', { claims: claimsWith(5050) }, 5050],
    ['no later for a session_expiry that is later', { claims: claimsWith(9000) }, 5100],
    ['long ago for a session_expiry that is a text', { claims: claimsWith('9000') }, 0],
  ])('is %s', (_what, changes, expiresAt) => {
    expect(format.expiresAt(recordOf(changes))).toBe(expiresAt)
  })
})

describe('sessionExpiry (IPSIE Session Lifetime profile)', () => {
  it('is the claim, and no limit without one', () => {
    expect(sessionExpiry(claimsWith(7))).toBe(7)
    expect(sessionExpiry({ iss: 'https://id.example' })).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([['9000'], [null], [true], [{}], [[9000]], ['']])(
    'has passed when it is %j, which is no instant',
    (claim) => {
      expect(sessionExpiry(claimsWith(claim))).toBe(0)
    },
  )
})

function claimsWith(expiry: unknown): LoginRecord['claims'] {
  return { iss: 'https://id.example', sub: 'alice', session_expiry: expiry }
}
