import { describe, expect, it } from 'vitest'
import { epochsOf } from '../../../src/session/epochs.ts'
import { isAlive, isFresh, renewedMembers, tokenOf } from '../../../src/session/kept-tokens.ts'
import type { KeptToken, LoginRecord } from '../../../src/session/login-record.ts'
import { idTokenOf, issuer, newLogin } from './processes.ts'

type Renewed = Parameters<typeof renewedMembers>[2]

function recordOf(changes: Partial<LoginRecord> = {}): LoginRecord {
  return { ...newLogin({ loginAt: 5000, expiresAt: 5300 }), seenAt: 5000, version: 4, tokenVersion: 3, ...changes }
}

function kept(changes: Partial<KeptToken> = {}): KeptToken {
  return { accessToken: 'other', scope: 's', expiresAt: 1300, lifetimeSeconds: 300, tokenVersion: 1, ...changes }
}

/** What came with a refresh: as little as may come, with changes. */
function came(changes: Partial<Renewed> = {}): Renewed {
  const absent = { refreshToken: undefined, scope: undefined, idToken: undefined, claims: undefined }
  return { accessToken: 'new-access', expiresAt: 5600, lifetimeSeconds: 300, ...absent, ...changes }
}

describe('tokenOf', () => {
  const parameters = [{ resource: 'a' }, { scope: 'a' }, { resource: 'a', scope: 'b' }, { resource: 'b', scope: 'a' }]

  it('is the login itself without parameters', () => {
    const record = recordOf()
    expect(tokenOf(record, {})).toBe(record)
    expect(tokenOf(record, { resource: undefined, scope: undefined })).toBe(record)
  })

  it('keeps the tokens of different parameters apart', () => {
    let record = recordOf()
    for (const wanted of parameters) {
      record = { ...record, ...renewedMembers(record, wanted, came({ accessToken: JSON.stringify(wanted) })) }
    }
    expect(parameters.map((wanted) => tokenOf(record, wanted)?.accessToken)).toEqual(
      parameters.map((wanted) => JSON.stringify(wanted)),
    )
  })

  it.each(parameters)('is nothing for %j, which was not asked for yet', (wanted) => {
    expect(tokenOf(recordOf(), wanted)).toBeUndefined()
  })

  it.each(['constructor', '__proto__'])('is nothing for the resource %s, which every object inherits', (resource) => {
    expect(tokenOf(recordOf({ otherTokens: {} }), { resource })).toBeUndefined()
  })
})

describe('isAlive', () => {
  it.each<[what: string, token: KeptToken | undefined, expected: boolean]>([
    ['is false for no token', undefined, false],
    ['is true before the end', kept({ expiresAt: 1000.5 }), true],
    ['is false at the end', kept({ expiresAt: 1000 }), false],
    ['is false after the end', kept({ expiresAt: 999 }), false],
    [
      'is true where the end is not known: unknown is not expired (RFC 6749 section 5.1)',
      kept({ expiresAt: undefined }),
      true,
    ],
  ])('%s', (_what, token, expected) => {
    expect(isAlive(token, 1000)).toBe(expected)
  })
})

describe('isFresh', () => {
  it.each<[what: string, token: KeptToken | undefined, expected: boolean]>([
    ['is false for no token', undefined, false],
    ['is true more than that long before the end', kept({ expiresAt: 1061 }), true],
    ['is false that long before the end', kept({ expiresAt: 1060 }), false],
    ['is true where the end is not known', kept({ expiresAt: undefined, lifetimeSeconds: undefined }), true],
    ['is true for a token that lives shortly and just came', kept({ expiresAt: 1030, lifetimeSeconds: 30 }), true],
    ['is false for such a one at half its life', kept({ expiresAt: 1015, lifetimeSeconds: 30 }), false],
    ['is true for such a one before half its life', kept({ expiresAt: 1016, lifetimeSeconds: 30 }), true],
    [
      'goes by the whole time where the life is not known',
      kept({ expiresAt: 1030, lifetimeSeconds: undefined }),
      false,
    ],
  ])('%s', (_what, token, expected) => {
    expect(isFresh(token, 1000, 60)).toBe(expected)
  })
})

describe('renewedMembers of the login itself', () => {
  const token = { accessToken: 'new-access', expiresAt: 5600, lifetimeSeconds: 300, tokenVersion: 5 }

  it('take over what came, under the version that the record will have', () => {
    const record = recordOf()
    const tokens = came({ refreshToken: 'new-refresh', scope: 'openid' })
    expect(renewedMembers(record, {}, tokens)).toEqual({
      ...token,
      refreshToken: 'new-refresh',
      scope: 'openid',
      idToken: record.idToken,
      claims: record.claims,
    })
  })

  it('keep refresh token, scope, ID token and claims where no new ones came (RFC 6749 section 6)', async () => {
    const record = recordOf({ idToken: await idTokenOf() })
    const { refreshToken, scope, idToken, claims } = record
    expect(renewedMembers(record, {}, came())).toEqual({ ...token, refreshToken, scope, idToken, claims })
  })

  it('do not keep the end of the old token: without expires_in it is not known', () => {
    const members = renewedMembers(recordOf(), {}, came({ expiresAt: undefined, lifetimeSeconds: undefined }))
    expect(Object.keys(members)).toEqual(expect.arrayContaining(['expiresAt', 'lifetimeSeconds']))
    expect([members.expiresAt, members.lifetimeSeconds]).toEqual([undefined, undefined])
  })

  it('take the new ID token and its claims', async () => {
    const record = recordOf({
      idToken: await idTokenOf({ role: 'admin' }),
      claims: { iss: issuer, sub: 'alice', role: 'admin' },
    })
    const idToken = await idTokenOf({ name: 'Alice' })
    const members = renewedMembers(record, {}, came({ idToken, claims: { iss: issuer, sub: 'alice', name: 'Alice' } }))
    expect(members).toMatchObject({ idToken, claims: { iss: issuer, sub: 'alice', name: 'Alice' } })
    expect(members.claims).not.toHaveProperty('role')
  })

  it('put the login under the epochs of another session that a new ID token names, 16 at most', async () => {
    let record = recordOf({ idToken: await idTokenOf(), claims: { iss: issuer, sub: 'alice', sid: '0' } })
    const refreshed = (sid: string) => renewedMembers(record, {}, came({ claims: { iss: issuer, sub: 'alice', sid } }))
    expect(refreshed('0').laterEpochs).toBeUndefined()
    expect(refreshed('1').laterEpochs).toEqual(epochsOf({ iss: issuer, sub: 'alice', sid: '1' }))
    for (let sid = 1; sid <= 20; sid += 1) record = { ...record, ...refreshed(String(sid)) }
    const [, last] = epochsOf({ iss: issuer, sub: 'alice', sid: '20' })
    expect(record.laterEpochs).toHaveLength(16)
    expect(record.laterEpochs?.at(-1)).toBe(last)
    expect(refreshed('20').laterEpochs).toEqual(record.laterEpochs)
    expect(renewedMembers(record, {}, came()).laterEpochs).toEqual(record.laterEpochs)
  })

  it('leave the tokens for other resources alone', () => {
    const otherTokens = { x: kept() }
    expect(renewedMembers(recordOf({ otherTokens }), {}, came())).not.toHaveProperty('otherTokens')
  })
})

describe('renewedMembers of another resource or scope', () => {
  it('leave the token of the login alone, and take over a new refresh token', () => {
    const members = renewedMembers(recordOf(), { resource: 'a' }, came({ refreshToken: 'new-refresh' }))
    expect(Object.keys(members).sort()).toEqual(['otherTokens', 'refreshToken'])
    expect(members.refreshToken).toBe('new-refresh')
    expect(renewedMembers(recordOf(), { resource: 'a' }, came()).refreshToken).toBe('refresh-0')
  })

  it.each([
    ['that came', { scope: 'read' }, came({ scope: 'granted' }), 'granted'],
    ['that was asked for, when none came', { scope: 'read' }, came(), 'read'],
    ['of the login, when none was asked for', { resource: 'a' }, came(), 'openid orders'],
  ])('have the scope %s (RFC 6749 section 5.1)', (_what, wanted, tokens, scope) => {
    const members = renewedMembers(recordOf(), wanted, tokens)
    expect(Object.values(members.otherTokens ?? {})).toEqual([
      { accessToken: 'new-access', expiresAt: 5600, lifetimeSeconds: 300, tokenVersion: 5, scope },
    ])
  })

  it('are 8 at most, the one that was refreshed longest ago goes first', () => {
    let record = recordOf()
    const ask = (resource: string) => {
      record = { ...record, ...renewedMembers(record, { resource }, came({ accessToken: resource })) }
    }
    for (const resource of ['1', '2', '3', '4', '5', '6', '7', '8']) ask(resource)
    expect(Object.keys(record.otherTokens ?? {})).toHaveLength(8)
    ask('1')
    ask('9')
    const resources = Object.values(record.otherTokens ?? {}).map(({ accessToken }) => accessToken)
    expect(resources).toEqual(['3', '4', '5', '6', '7', '8', '1', '9'])
  })

  it('have one that is refreshed count as the newest, also before there are 8', () => {
    let record = recordOf()
    for (const resource of ['1', '2', '1', '3', '4', '5', '6', '7', '8', '9']) {
      record = { ...record, ...renewedMembers(record, { resource }, came({ accessToken: resource })) }
    }
    const resources = Object.values(record.otherTokens ?? {}).map(({ accessToken }) => accessToken)
    expect(resources).toEqual(['1', '3', '4', '5', '6', '7', '8', '9'])
  })
})
