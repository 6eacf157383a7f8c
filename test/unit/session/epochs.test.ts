import { describe, expect, it } from 'vitest'
import type { Claims } from '../../../src/protocol/claims.ts'
import { epochKey, epochsOf, epochsToEnd, isOver, type LogoutTarget, raiseEpoch } from '../../../src/session/epochs.ts'
import { type CompleteStore, completeStore } from '../../../src/stores/complete-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'

const iss = 'https://id.example'
const logins = {
  'of alice in session 1': { iss, sub: 'alice', sid: '1' },
  'of alice in session 2': { iss, sub: 'alice', sid: '2' },
  'of alice without sid': { iss, sub: 'alice' },
  'of bob in session 3': { iss, sub: 'bob', sid: '3' },
  'of bob without sid': { iss, sub: 'bob' },
  'of an alice of another provider in session 1': { iss: 'https://other.example', sub: 'alice', sid: '1' },
  'of nobody known': { iss },
} satisfies Record<string, Claims>

function endedBy(target: LogoutTarget): string[] {
  const ended = epochsToEnd(target)
  const isEnded = ([, claims]: [string, Claims]) => epochsOf(claims).some((epoch) => ended.includes(epoch))
  return Object.entries(logins)
    .filter(isEnded)
    .map(([name]) => name)
}

describe('epochsToEnd', () => {
  it.each<[what: string, target: LogoutTarget, ended: string[]]>([
    ['by sid that one session', { iss, sid: '1' }, ['of alice in session 1']],
    [
      'by sid and sub that session, and the logins of the person that have no sid',
      { iss, sid: '1', sub: 'alice' },
      ['of alice in session 1', 'of alice without sid'],
    ],
    [
      'by sub alone all logins of that person',
      { iss, sub: 'alice' },
      ['of alice in session 1', 'of alice in session 2', 'of alice without sid'],
    ],
    ['by a sid that nobody has no session', { iss, sid: '9' }, []],
    ['by a sid that reads like a sub nobody', { iss, sid: 'alice' }, []],
    ['by a sub that reads like a sid nobody', { iss, sub: '1' }, []],
    ['by another issuer nothing here', { iss: 'https://third.example', sub: 'alice' }, []],
  ])('ends %s (OpenID Connect Back-Channel Logout 1.0 section 2.7)', (_what, target, ended) => {
    expect(endedBy(target)).toEqual(ended)
  })

  it('is one write for a person, and for a session: no list of sessions is kept', () => {
    expect(epochsToEnd({ iss, sub: 'alice' })).toHaveLength(1)
    expect(epochsToEnd({ iss, sid: '1' })).toHaveLength(1)
  })
})

describe('epochsOf', () => {
  it('has names that fit into the id of a login, and that name nobody', () => {
    const names = Object.values(logins).flatMap((claims: Claims) => epochsOf(claims))
    expect(names.every((name) => /^[\w-]{16}$/.test(name))).toBe(true)
    expect(names.join()).not.toMatch(/alice|bob/)
  })

  it('keeps issuer, person and session apart, however they are cut', () => {
    const [one] = epochsOf({ iss: 'https://id.example","a', sub: 'b' })
    const [other] = epochsOf({ iss: 'https://id.example', sub: 'a","b' })
    expect(one).not.toBe(other)
  })

  it('takes a sid that is no text for none', () => {
    expect(epochsOf({ iss, sub: 'alice', sid: 7 })).toEqual(epochsOf({ iss, sub: 'alice' }))
  })

  it('knows a session without a person too', () => {
    expect(epochsOf({ iss, sid: '1' })).toEqual(epochsToEnd({ iss, sid: '1' }))
  })
})

describe('epochKey', () => {
  it('is a key of its own', () => {
    expect(epochKey('name')).toBe('relying-party:epoch:name')
  })
})

describe('isOver', () => {
  it.each<[what: string, epoch: string | undefined, expected: boolean]>([
    ['lives without an epoch', undefined, false],
    ['lives when it began after the epoch', '999.999', false],
    ['is over when it began in that instant', '1000', true],
    ['is over when it began before', '1000.001', true],
    ['lives when it began after an epoch with a mark', '999.999 mark', false],
    ['is over when it began in the instant of an epoch with a mark', '1000 mark', true],
    ['is over when the epoch has something else behind it', '999mark', true],
    ['is over when the epoch is written in another way', '9e2', true],
    ['is over when the epoch is a space', ' ', true],
    ['is over when the epoch cannot be read', 'garbage', true],
    ['is over when the epoch is not a number', 'NaN', true],
    ['is over when the epoch is an object', '{}', true],
    ['is over when the epoch is empty, which cannot be read either', '', true],
  ])('says that a login %s', (_what, epoch, expected) => {
    expect(isOver(1000, epoch)).toBe(expected)
  })

  it('says that a login of an unknown beginning is over', () => {
    expect(isOver(Number.NaN, '1000')).toBe(true)
  })
})

describe('raiseEpoch', () => {
  const expiresAt = Number.POSITIVE_INFINITY
  const life = { expiresAt }
  const key = epochKey('name')
  const raise = (store: CompleteStore, instant: number) => raiseEpoch(store, 'name', { instant, expiresAt })

  it.each<[what: string, instants: number[], expected: number]>([
    ['sets an epoch', [1000.5], 1000.5],
    ['sets a later one', [1000, 1001], 1001],
    ['keeps a later one: a write that comes late must not bring logins back', [1001, 1000], 1001],
    ['keeps the latest of many', [1000, 1003, 1001, 1002], 1003],
  ])('%s', async (_what, instants, expected) => {
    const store = completeStore(memoryStore())
    for (const instant of instants) await raise(store, instant)
    expect(Number((await store.get(key))?.split(' ')[0])).toBe(expected)
  })

  it('keeps the latest of many that are set at once', async () => {
    const store = completeStore(memoryStore())
    await Promise.all([1001, 1004, 1002, 1003].map((instant) => raise(store, instant)))
    expect(await store.get(key)).toMatch(/^1004 /)
  })

  it('writes nothing where a later one or the same is there', async () => {
    const store = completeStore(memoryStore())
    await raise(store, 1000)
    const before = await store.get(key)
    await raise(store, 1000)
    expect(await store.get(key)).toBe(before)
  })

  it('writes over one that cannot be read', async () => {
    const store = completeStore(memoryStore())
    await store.set(key, 'garbage', life)
    await raise(store, 1000)
    expect(await store.get(key)).toMatch(/^1000 /)
  })

  it('writes no two values alike, so that a store may repeat a command', async () => {
    const [one, other] = [completeStore(memoryStore()), completeStore(memoryStore())]
    await Promise.all([one, other].map((store) => raise(store, 1000)))
    expect(await one.get(key)).not.toBe(await other.get(key))
  })

  it('rejects when the store fails', async () => {
    const store = completeStore({ ...memoryStore(), setIfAbsent: () => Promise.reject(new Error('down')) })
    await expect(raise(store, 1000)).rejects.toThrow('down')
  })

  it('rejects with ERR_RP_STORE where the store never writes, rather than go round without end', async () => {
    const store = completeStore({ ...memoryStore(), setIfAbsent: async () => false })
    await expect(raise(store, 1000)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
  })
})
