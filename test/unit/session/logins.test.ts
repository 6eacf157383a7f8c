import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { parseOptions } from '../../../src/options-parser.ts'
import type { Settings } from '../../../src/options-settings.ts'
import { createLoginRecords, type NewLogin } from '../../../src/session/login-records.ts'
import { createLogins, type Logins } from '../../../src/session/logins.ts'
import { createRecordStore } from '../../../src/session/record-store.ts'
import { createReplacedSessions } from '../../../src/session/replaced-sessions.ts'
import { createSeal } from '../../../src/session/seal.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import type { Store } from '../../../src/stores/store.ts'
import { silentLog } from '../../log-lines.ts'
import { requestOf } from '../exchange.ts'
import { createSessionFixture, type SessionFixture, type SessionRequest } from './fake-session.ts'

const secret = 'the secret of these tests'
const storeError = expect.objectContaining({ code: 'ERR_RP_STORE', status: 500 })
const prefix = 'relying-party:login:'

let now: number
let fixture: SessionFixture
let records: Map<string, string>
let logins: Logins
/** What was done to the store and to the session, in this order. */
let steps: string[]

function loginsOf(changes: Partial<Options> = {}): Logins {
  const settings = settingsOf(changes)
  const recordStore = createRecordStore(settings)
  return createLogins(
    createLoginRecords(settings, recordStore),
    createReplacedSessions(() => now, memory),
  )
}

function settingsOf(changes: Partial<Options> = {}): Settings {
  const provider = { issuer: 'https://id.example' }
  const options = { provider, clientId: 'orders', baseUrl: 'https://app.example', secret, clock: () => now, store }
  return parseOptions({ ...options, ...changes })
}

const store: Store = {
  async get(key) {
    return records.get(key)
  },
  async set(key, value) {
    steps.push('written')
    records.set(key, value)
  },
  async delete(key) {
    steps.push('deleted')
    records.delete(key)
  },
}

/** Of its own, so that the steps are those of the login alone. */
const memory = createRecordStore({ log: silentLog, store: memoryStore() })

const registration = settingsOf().providers[0]?.registration ?? ''

beforeEach(() => {
  now = 1_700_000_000
  records = new Map()
  steps = []
  fixture = createSessionFixture()
  logins = loginsOf()
})

function recordOf(sub: string, iss = 'https://id.example'): NewLogin {
  const claims = { iss, sub, aud: 'orders', exp: now + 60, iat: now }
  const tokens = {
    idToken: `${sub}-id-token`,
    accessToken: `${sub}-access-token`,
    refreshToken: `${sub}-refresh-token`,
  }
  const token = { tokenType: 'Bearer', scope: 'openid', expiresAt: now + 60, lifetimeSeconds: 60 } as const
  return { registration, claims, ...tokens, ...token, nonce: 'n', loginAt: now }
}

/** Signs somebody in, in a browser that has that session, and gives the request after it. */
async function signIn(sub: string, sessionId?: string, iss?: string): Promise<SessionRequest> {
  const request = await fixture.open(sessionId)
  await logins.establish(request, recordOf(sub, iss), now)
  return request
}

async function whoIs(sessionId: string): Promise<string | undefined> {
  return (await logins.load(await fixture.open(sessionId)))?.record.claims.sub
}

function loginIdOf(request: SessionRequest): string {
  return request.session.relyingParty?.login ?? ''
}

describe('establish', () => {
  it('signs in: a later request of the browser finds the whole record', async () => {
    const { sessionID } = await signIn('alice')
    const { record } = (await logins.load(await fixture.open(sessionID))) ?? {}
    expect(record).toEqual({ ...recordOf('alice'), seenAt: now, version: 1, tokenVersion: 1 })
  })

  it('puts into the session an unguessable id and nothing else of the login (design section 2)', async () => {
    const one = await signIn('alice')
    const { relyingParty, ...others } = fixture.stored()[one.sessionID] ?? {}
    expect(relyingParty).toEqual({ login: expect.stringMatching(/^[\w-]{43}\.[\w-]{16}\.[\w-]{16}$/) })
    expect(Object.keys(others)).toEqual(['cookie'])
    expect(loginIdOf(await signIn('alice'))).not.toBe(loginIdOf(one))
  })

  it('writes the record sealed: whoever reads the store reads no token', async () => {
    await signIn('alice')
    expect([...records.keys()]).toEqual([expect.stringMatching(/^relying-party:login:[\w-]{43}(\.[\w-]{16}){2}$/)])
    const bytes = [...records.values()].map((value) => value + Buffer.from(value.split('.')[2] ?? '', 'base64url'))
    expect(bytes.join()).not.toMatch(/alice|token|"sub"/)
  })

  it('tells the store when the record ends', async () => {
    const set = vi.spyOn(store, 'set')
    await signIn('alice')
    expect(set).toHaveBeenCalledWith(expect.any(String), expect.any(String), { expiresAt: now + 86_400 })
    set.mockRestore()
  })

  it('changes the session id, and the old session is gone (session fixation, threat V8)', async () => {
    const planted = await fixture.open()
    planted.session['cart'] = []
    await new Promise((resolve) => planted.session.save(resolve))
    const request = await signIn('alice', planted.sessionID)
    expect(request.sessionID).not.toBe(planted.sessionID)
    expect(await whoIs(planted.sessionID)).toBeUndefined()
    expect(Object.keys(fixture.stored())).toEqual([request.sessionID])
  })

  it('has saved the session before it resolves: the redirect may arrive at once', async () => {
    const { sessionID } = await signIn('alice')
    expect(fixture.stored()).toHaveProperty(sessionID)
  })

  it('restores the life that the app gives its sessions', async () => {
    fixture = createSessionFixture({ maxAge: 86_400_000 })
    const request = await fixture.open()
    request.session.cookie.maxAge = 3_600_000
    await logins.establish(request, recordOf('alice'), now)
    expect(request.session.cookie.originalMaxAge).toBe(86_400_000)
  })

  it('keeps the logins in flight of other tabs', async () => {
    const request = await fixture.open()
    const transactions = { other: { createdAt: now } } as never
    request.session.relyingParty = { transactions }
    await logins.establish(request, recordOf('alice'), now)
    expect(request.session.relyingParty).toEqual({ transactions, login: expect.any(String) })
  })

  it('drops the logins in flight that another person started in this browser (threat V10)', async () => {
    const { sessionID } = await signIn('alice')
    const request = await fixture.open(sessionID)
    request.session.relyingParty = {
      ...request.session.relyingParty,
      transactions: { other: { createdAt: now } } as never,
    }
    await logins.establish(request, recordOf('bob'), now)
    expect(request.session.relyingParty).toEqual({ login: expect.any(String) })
  })

  it('deletes the earlier record before the session is renewed, and writes before it points to it', async () => {
    const { sessionID } = await signIn('alice')
    steps.length = 0
    const request = await fixture.open(sessionID)
    watchSession(request)
    await logins.establish(request, recordOf('alice'), now)
    expect(steps).toEqual(['deleted', 'written', 'renewed'])
    expect(records.size).toBe(1)
  })
})

/** Notes when the session is renewed. */
function watchSession(request: SessionRequest): void {
  const regenerate = request.session.regenerate.bind(request.session)
  request.session.regenerate = (done) => {
    steps.push('renewed')
    return regenerate(done)
  }
}

describe('establish by the tabs of one person', () => {
  /** The callback of a second tab in the session of the first; the instants are those of its login. */
  async function secondTab(sessionId: string, startedAt: number, changes: Partial<NewLogin> = {}) {
    const request = await fixture.open(sessionId)
    steps.length = 0
    await logins.establish(request, { ...recordOf('alice'), ...changes }, startedAt)
    return request
  }

  it('changes nothing when that login was started before the live one began: the other tabs stay in', async () => {
    const first = await signIn('alice')
    const second = await secondTab(first.sessionID, now - 1)
    expect([second.sessionID, loginIdOf(second), steps]).toEqual([first.sessionID, loginIdOf(first), []])
    expect(await whoIs(first.sessionID)).toBe('alice')
  })

  it.each([0, 1])('signs in anew when it was started %i s after: that was asked for', async (later) => {
    const first = await signIn('alice')
    const second = await secondTab(first.sessionID, now + later)
    expect(second.sessionID).not.toBe(first.sessionID)
    expect(steps).toEqual(['deleted', 'written'])
  })

  it('signs in another person, however early that login was started (threat V10)', async () => {
    const { sessionID } = await signIn('alice')
    const claims = { ...recordOf('bob').claims }
    const second = await secondTab(sessionID, now - 1, { claims })
    expect(await whoIs(second.sessionID)).toBe('bob')
    expect(await whoIs(sessionID)).toBeUndefined()
  })

  it('signs in the same sub of another issuer', async () => {
    const { sessionID } = await signIn('alice')
    const second = await secondTab(sessionID, now - 1, { claims: recordOf('alice', 'https://other.example').claims })
    expect(second.sessionID).not.toBe(sessionID)
  })

  it('signs in the same person at another registration: its tokens are others', async () => {
    const { sessionID } = await signIn('alice')
    const second = await secondTab(sessionID, now - 1, { registration: 'of another client' })
    expect(second.sessionID).not.toBe(sessionID)
    expect(steps).toEqual(['deleted', 'written'])
  })

  it('keeps a login with a newer password, however early it was started', async () => {
    const { sessionID } = await signIn('alice')
    const second = await secondTab(sessionID, now - 1, { claims: { ...recordOf('alice').claims, auth_time: now } })
    expect(second.sessionID).not.toBe(sessionID)
  })

  it('keeps a step-up, however early it was started: it is worth more than the login of the other tab', async () => {
    const { sessionID } = await signIn('alice')
    const stepUps = [{ acrValues: ['mfa'], page: '/payments', at: now - 1 }]
    const second = await secondTab(sessionID, now - 1, { stepUps: stepUps as never })
    expect(second.sessionID).not.toBe(sessionID)
    expect((await logins.load(second))?.record.stepUps).toEqual(stepUps)
  })

  it('signs in anew when the live login has ended meanwhile', async () => {
    const { sessionID } = await signIn('alice')
    records.clear()
    const second = await secondTab(sessionID, now - 1)
    expect(second.sessionID).not.toBe(sessionID)
    expect(await whoIs(second.sessionID)).toBe('alice')
  })

  it('has the replaced session remembered before it is renewed, for the tabs that still come with its cookie', async () => {
    const planted = await fixture.open()
    planted.session['cart'] = []
    await new Promise((resolve) => planted.session.save(resolve))
    const seen: string[] = []
    const request = await fixture.open(planted.sessionID)
    const add = async ({ session }: { session?: { id: string } }) => void seen.push(session?.id ?? '')
    const records = createLoginRecords(settingsOf(), createRecordStore(settingsOf()))
    await createLogins(records, { add: add as never }).establish(request, recordOf('alice'), now)
    expect(seen).toEqual([planted.sessionID])
  })
})

describe('establish and the data of the app', () => {
  async function dataAfter(sessionId: string, sub: string, iss?: string): Promise<unknown> {
    const request = await fixture.open(sessionId)
    request.session['cart'] = ['book']
    await logins.establish(request, recordOf(sub, iss), now)
    return (await fixture.open(request.sessionID)).session['cart']
  }

  it('takes the cart of an anonymous visitor along', async () => {
    const { sessionID } = await fixture.open()
    expect(await dataAfter(sessionID, 'alice')).toEqual(['book'])
  })

  it('keeps the data when the same person signs in again', async () => {
    const { sessionID } = await signIn('alice')
    expect(await dataAfter(sessionID, 'alice')).toEqual(['book'])
  })

  it('drops the data of another person (threat V10)', async () => {
    const { sessionID } = await signIn('alice')
    expect(await dataAfter(sessionID, 'bob')).toBeUndefined()
  })

  it('drops the data of a person of the same sub at another issuer (OpenID Connect Core 1.0 section 5.7)', async () => {
    const { sessionID } = await signIn('alice')
    expect(await dataAfter(sessionID, 'alice', 'https://another.example')).toBeUndefined()
  })

  it('drops the data when nobody can tell any more who was signed in', async () => {
    const { sessionID } = await signIn('alice')
    records.clear()
    expect(await dataAfter(sessionID, 'alice')).toBeUndefined()
  })

  it('drops the data of a login that has ended by its age', async () => {
    const { sessionID } = await signIn('alice')
    now += 604_800
    expect(await dataAfter(sessionID, 'alice')).toBeUndefined()
  })
})

describe('load', () => {
  it('finds nobody in a session without a login, and does not ask the store', async () => {
    const get = vi.spyOn(store, 'get')
    expect(await logins.load(await fixture.open())).toBeUndefined()
    expect(get).not.toHaveBeenCalled()
    get.mockRestore()
  })

  it('finds nobody where the store gives null, as Redis clients do for what is not there', async () => {
    const { sessionID } = await signIn('alice')
    logins = loginsOf({ store: { ...store, get: async () => null as never } })
    expect(await whoIs(sessionID)).toBeUndefined()
  })

  it('finds nobody when the record is gone, whatever the session says', async () => {
    const { sessionID } = await signIn('alice')
    records.clear()
    expect(await whoIs(sessionID)).toBeUndefined()
  })

  it.each([5, null, {}, ['x'], true])('finds nobody under the login id %j, which is none', async (login) => {
    const request = await fixture.open()
    request.session.relyingParty = { login } as never
    const get = vi.spyOn(store, 'get')
    expect(await logins.load(request)).toBeUndefined()
    expect(get).not.toHaveBeenCalled()
    get.mockRestore()
  })

  it('finds the login until the absolute lifetime has passed, and then not, though the store still has it (threat V11)', async () => {
    logins = loginsOf({ session: { absoluteSeconds: 60 } })
    const { sessionID } = await signIn('alice')
    now += 59
    expect(await whoIs(sessionID)).toBe('alice')
    now += 1
    expect(await whoIs(sessionID)).toBeUndefined()
    expect(records.size).toBe(1)
  })

  it('does not make a login longer by reading it', async () => {
    logins = loginsOf({ session: { absoluteSeconds: 60 } })
    const { sessionID } = await signIn('alice')
    for (const step of [30, 29]) {
      now += step
      expect(await whoIs(sessionID)).toBe('alice')
    }
    now += 1
    expect(await whoIs(sessionID)).toBeUndefined()
  })

  it('finds nobody in a record that was moved from another login', async () => {
    const [alice, mallory] = [await signIn('alice'), await signIn('mallory')]
    records.set(prefix + loginIdOf(mallory), records.get(prefix + loginIdOf(alice)) ?? '')
    expect(await whoIs(mallory.sessionID)).toBeUndefined()
  })

  it.each(['', 'junk', '{"claims":{"sub":"admin"}}', 'v1.x.y'])('finds nobody in the record %j', async (value) => {
    const request = await signIn('alice')
    records.set(prefix + loginIdOf(request), value)
    expect(await whoIs(request.sessionID)).toBeUndefined()
  })

  it.each([0, 1, 3, '2', undefined])('finds nobody in a record of the format version %j', async (formatVersion) => {
    const request = await signIn('alice')
    const id = loginIdOf(request)
    const plaintext = JSON.stringify({ ...recordOf('alice'), seenAt: now, version: 1, formatVersion })
    records.set(prefix + id, createSeal([secret]).seal(plaintext, { purpose: 'login-record', id }))
    expect(await whoIs(request.sessionID)).toBeUndefined()
  })

  it('reads records of an earlier secret while it is in the list, and not after', async () => {
    const { sessionID } = await signIn('alice')
    logins = loginsOf({ secret: ['a newer secret, long enough', secret] })
    expect(await whoIs(sessionID)).toBe('alice')
    logins = loginsOf({ secret: 'a newer secret, long enough' })
    expect(await whoIs(sessionID)).toBeUndefined()
  })

  it('rejects with ERR_RP_NO_SESSION without a session, rather than take it for signed out', async () => {
    await expect(logins.load(requestOf())).rejects.toMatchObject({ code: 'ERR_RP_NO_SESSION' })
  })

  it('rejects with ERR_RP_STORE when the store fails, rather than guess', async () => {
    const { sessionID } = await signIn('alice')
    const failure = new Error('down')
    logins = loginsOf({ store: { ...store, get: () => Promise.reject(failure) } })
    await expect(whoIs(sessionID)).rejects.toMatchObject({ code: 'ERR_RP_STORE', cause: failure })
  })
})

describe('end', () => {
  it('signs out: the record is deleted, so that a copy of the session signs nobody in', async () => {
    const { sessionID } = await signIn('alice')
    const copy = await fixture.open(sessionID)
    await logins.end(await fixture.open(sessionID))
    await new Promise((resolve) => copy.session.save(resolve))
    expect(await whoIs(sessionID)).toBeUndefined()
    expect(records.size).toBe(0)
  })

  it('changes the session id and leaves nothing of the app in the session (threat V9)', async () => {
    const { sessionID } = await signIn('alice')
    const request = await fixture.open(sessionID)
    request.session['cart'] = ['book']
    await logins.end(request)
    expect(request.sessionID).not.toBe(sessionID)
    expect(Object.keys(request.session)).toEqual(['cookie'])
    expect(fixture.stored()).not.toHaveProperty(sessionID)
  })

  it('deletes the record before it renews the session', async () => {
    const { sessionID } = await signIn('alice')
    const request = await fixture.open(sessionID)
    steps.length = 0
    watchSession(request)
    await logins.end(request)
    expect(steps).toEqual(['deleted', 'renewed'])
  })

  it('ends one login of a person and not the others', async () => {
    const [one, other] = [await signIn('alice'), await signIn('alice')]
    await logins.end(await fixture.open(one.sessionID))
    expect([await whoIs(one.sessionID), await whoIs(other.sessionID)]).toEqual([undefined, 'alice'])
  })

  it('is no error when nobody is signed in', async () => {
    await logins.end(await fixture.open())
    expect(steps).toEqual([])
  })
})

describe('a store that fails', () => {
  const failing = () => Promise.reject(new Error('down'))

  it.each(['get', 'set', 'delete'] as const)(
    'makes a login over an earlier one fail with ERR_RP_STORE by %s',
    async (method) => {
      const { sessionID } = await signIn('alice')
      logins = loginsOf({ store: { ...store, [method]: failing } })
      await expect(signIn('bob', sessionID)).rejects.toEqual(storeError)
      logins = loginsOf()
      expect(await whoIs(sessionID)).not.toBe('bob')
    },
  )

  it('makes a logout fail with ERR_RP_STORE: a person who is told so is still signed in', async () => {
    const { sessionID } = await signIn('alice')
    logins = loginsOf({ store: { ...store, delete: failing } })
    await expect(logins.end(await fixture.open(sessionID))).rejects.toEqual(storeError)
    expect(await whoIs(sessionID)).toBe('alice')
  })

  it('makes a login fail with ERR_RP_STORE when the session cannot be saved', async () => {
    const request = await fixture.open()
    vi.spyOn(fixture.store, 'set').mockImplementation((_id, _session, done) => done?.(new Error('down')))
    await expect(logins.establish(request, recordOf('alice'), now)).rejects.toEqual(storeError)
  })
})

describe('without the option store', () => {
  beforeEach(() => {
    logins = loginsOf({ store: undefined })
  })

  it('keeps the record in the store of the sessions, under a key of its own', async () => {
    now = Math.floor(Date.now() / 1000)
    const request = await signIn('alice')
    expect(Object.keys(fixture.stored()).sort()).toEqual([request.sessionID, prefix + loginIdOf(request)].sort())
    expect(await whoIs(request.sessionID)).toBe('alice')
    await logins.end(await fixture.open(request.sessionID))
    expect(await whoIs(request.sessionID)).toBeUndefined()
  })

  it('does not take the key of a record for a session: the record is not a login of its own', async () => {
    now = Math.floor(Date.now() / 1000)
    const request = await signIn('alice')
    expect(await whoIs(prefix + loginIdOf(request))).toBeUndefined()
  })

  it('rejects with ERR_RP_NO_SESSION when the session is of another package', async () => {
    const request = Object.assign(requestOf(), { session: { relyingParty: { login: 'x' } } })
    await expect(logins.load(request)).rejects.toMatchObject({ code: 'ERR_RP_NO_SESSION' })
  })
})
