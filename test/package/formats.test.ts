// What one release has stored is read by its neighbours, so that a rolling deployment loses no login (docs/decisions/0028).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSeal, type SealContext } from '../../src/session/seal.ts'
import { type Fixture, record, recordings } from '../fixtures/formats/record.ts'
import { type RecordedApp, secret, startRecordedApp } from '../fixtures/formats/recorded-app.ts'

const folder = new URL('../fixtures/formats/', import.meta.url)
const releases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const names = Object.keys(recordings)
const recordedAt = 1_800_000_000
/** `log` came with 0.2; a release before it records and reads without. */
const more = process.env['FORMATS_WITHOUT_LOG'] === undefined ? { log: false as const } : {}

const open: RecordedApp[] = []
afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
  vi.useRealTimers()
})

function stopClock(now: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 })
}

/** An app on what the release has stored, a few seconds later. */
async function appOn(release: string, name: string, changes: Partial<Fixture> = {}) {
  const fixture = { ...read(release, name), ...changes }
  stopClock(fixture.now + 5)
  const app = await startRecordedApp(fixture, { ...more, ...recordings[name]?.options })
  open.push(app)
  return { app, fixture }
}

function read(release: string, name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${release}/${name}.json`, folder), 'utf8')) as Fixture
}

const release = process.env['RECORD_FORMATS']

// RECORD_FORMATS=0.2 npx vitest run test/package/formats.test.ts
describe.runIf(release !== undefined)('the fixtures of a release', () => {
  it.each(names)('are recorded: %s', async (name) => {
    stopClock(recordedAt)
    const fixture = await record(name, more)
    mkdirSync(new URL(`${release}/`, folder), { recursive: true })
    writeFileSync(new URL(`${release}/${name}.json`, folder), `${JSON.stringify(fixture, null, 2)}\n`)
  })
})

describe.each(releases)('what %s has stored', (written) => {
  it('is a login in flight, which is finished and leads to its page', async () => {
    const { app, fixture } = await appOn(written, 'login-in-flight')
    const finished = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect([finished.status, finished.location]).toEqual([302, '/orders?id=7&q=%C3%A4'])
    expect((await app.ask(finished.location)).text).toBe('orders of alice')
  })

  it('is a login in flight whose session got lost: its state still leads to its page, by a new login', async () => {
    const { app, fixture } = await appOn(written, 'login-in-flight', { cookie: '', sessions: {} })
    const lost = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    const again = lost.location.startsWith('/callback') ? await app.ask(lost.location) : lost
    expect(again.location).toContain('https://id.example/authorization')
    expect((await app.ask(app.provider.callback(again.location))).location).toBe('/orders?id=7&q=%C3%A4')
  })

  it('is a login in flight with a long path, which it leads to, or to the start page when its session got lost', async () => {
    const { app, fixture } = await appOn(written, 'long-path-in-flight')
    const finished = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect(finished.location).toBe(`/orders?q=${'x'.repeat(1500)}`)
    const { app: other } = await appOn(written, 'long-path-in-flight', { cookie: '', sessions: {} })
    const lost = await other.ask(other.provider.callback(fixture.authorizationUrl ?? ''))
    const again = lost.location.startsWith('/callback') ? await other.ask(lost.location) : lost
    expect((await other.ask(other.provider.callback(again.location))).location).toMatch(/^\/#?$/)
  })

  it('is a silent login in flight, whose refusal leads back to its page', async () => {
    const { app, fixture } = await appOn(written, 'silent-login-in-flight')
    const state = new URL(fixture.authorizationUrl ?? '').searchParams.get('state') ?? ''
    const refused = await app.ask(`/callback?${new URLSearchParams({ error: 'login_required', state })}`)
    expect(refused.location).toBe('/?a=b')
    expect((await app.ask(refused.location)).text).toBe('public') // not asked again
  })

  it('is a step-up in flight, whose demands the login is held to', async () => {
    const { app, fixture } = await appOn(written, 'step-up-in-flight')
    app.provider.claims = { acr: 'urn:strong' }
    const finished = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect(finished.location).toBe('/strong')
    expect((await app.ask('/strong')).text).toBe('strong')
  })

  it('is a step-up in flight that the provider does not deliver: it is not asked for it again and again', async () => {
    const { app, fixture } = await appOn(written, 'step-up-in-flight')
    await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect((await app.ask('/strong')).status).toBe(403)
  })

  it('is a state that was used, which redeems nothing and signs no one in', async () => {
    const { app, fixture } = await appOn(written, 'used-state')
    await app.ask(fixture.callback ?? '')
    expect(app.provider.forms).toEqual([])
    expect((await app.ask('/whoami')).text).toBe('null')
  })

  it.each(['signed-in', 'signed-in-session-store', 'refreshed'])(
    'is a login (%s), with claims and tokens',
    async (name) => {
      const { app, fixture } = await appOn(written, name)
      expect(JSON.parse((await app.ask('/whoami')).text)).toEqual(fixture.user)
    },
  )

  it.each(['signed-in', 'signed-in-session-store', 'refreshed'])('is a login (%s) that is refreshed', async (name) => {
    const { app } = await appOn(written, name)
    const page = await app.ask('/token')
    expect([page.status, page.text]).toEqual([200, 'access-1'])
    const [{ refresh_token: spent } = {}] = app.provider.forms
    expect(spent).toBe(name === 'refreshed' ? 'refresh-3' : 'refresh-1')
    expect((await app.ask('/orders')).text).toBe('orders of alice')
  })

  it('is a login whose token for another scope is at hand', async () => {
    const { app } = await appOn(written, 'refreshed')
    expect((await app.ask('/narrow')).text).toBe('access-2')
    expect(app.provider.forms).toEqual([])
  })

  it.each(['signed-in', 'refreshed'])('is a login (%s) that a sign-out ends, with its cookie', async (name) => {
    const { app, fixture } = await appOn(written, name)
    expect((await app.ask('/logout', { form: {} })).status).toBe(303)
    expect((await app.ask('/whoami', { cookie: fixture.cookie })).text).toBe('null')
  })

  it.each([
    ['signed-in', { sid: 'session-1', sub: undefined }],
    ['signed-in', { sub: 'alice' }],
    ['refreshed', { sid: 'session-1', sub: undefined }],
    ['refreshed', { sid: 'session-2', sub: undefined }],
  ])('is a login (%s) that a Logout Token of %j ends', async (name, claims) => {
    const { app } = await appOn(written, name)
    const token = await app.provider.logoutToken({ jti: 'x', ...claims })
    expect((await app.ask('/backchannel-logout', { form: { logout_token: token } })).status).toBe(200)
    expect((await app.ask('/whoami')).text).toBe('null')
  })

  it('is a login that a sign-out everywhere has ended', async () => {
    const { app } = await appOn(written, 'ended')
    expect((await app.ask('/whoami')).text).toBe('null')
  })

  it('is the mark of a Logout Token, which works no second time', async () => {
    const { app, fixture } = await appOn(written, 'used-logout-token')
    for (const [jti, status] of [
      [fixture.jti, 400],
      ['another', 200],
    ]) {
      const token = await app.provider.logoutToken({ jti })
      expect((await app.ask('/backchannel-logout', { form: { logout_token: token } })).status).toBe(status)
    }
  })

  it('is a form that is kept for after the login', async () => {
    const { app, fixture } = await appOn(written, 'interrupted-post')
    const finished = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect(finished.location).toBe('/resume-post')
    const question = await app.ask('/resume-post')
    const token = /name="token" value="([^"]+)"/.exec(question.text)?.[1] ?? ''
    const form = await app.ask('/resume-post', { form: { token, answer: 'send' } })
    expect(form.text).toContain('action="/comments?t=1"')
    expect(form.text).toContain('value="a b"')
  })
})

const seal = createSeal([secret])
const [oldest = ''] = releases

/** What a sealed value of the store holds. */
function opened(key: string, value: string): string | undefined {
  const [, kind = '', id = ''] = key.split(':')
  const purposes = new Map([
    ['login', 'login-record'],
    ['interrupted-post', 'interrupted-post'],
  ] as const satisfies [string, SealContext['purpose']][])
  const purpose = purposes.get(kind as 'login')
  return purpose && seal.open(value, { purpose, id })
}

/** The store of a fixture, with the plaintext of one kind of sealed values changed. */
function withSealed(fixture: Fixture, kind: string, change: (plaintext: string) => string): Partial<Fixture> {
  const entries = Object.entries(fixture.store ?? {}).map(([key, entry]) => {
    const plaintext = key.startsWith(`relying-party:${kind}:`) ? opened(key, entry.value) : undefined
    if (plaintext === undefined) return [key, entry] as const
    const context = { purpose: kind === 'login' ? 'login-record' : kind, id: key.split(':')[2] } as SealContext
    return [key, { ...entry, value: seal.seal(change(plaintext), context) }] as const
  })
  return { store: Object.fromEntries(entries) }
}

/** The sessions of a fixture, with what is ours in them changed. */
function withSession(fixture: Fixture, change: (ours: Ours) => unknown): Partial<Fixture> {
  const entries = Object.entries(fixture.sessions).map(([id, text]) => {
    const stored = JSON.parse(text) as { relyingParty: Ours }
    return [id, JSON.stringify({ ...stored, relyingParty: change(stored.relyingParty) })]
  })
  return { sessions: Object.fromEntries(entries) as Record<string, string> }
}

interface Ours {
  readonly transactions?: Readonly<Record<string, object>>
}

function withTransactions({ transactions = {}, ...ours }: Ours, change: (transaction: object) => unknown): object {
  const entries = Object.entries(transactions).map(([state, transaction]) => [state, change(transaction)])
  return { ...ours, transactions: Object.fromEntries(entries) as object }
}

const newer = (plaintext: string) => JSON.stringify({ ...(JSON.parse(plaintext) as object), formatVersion: 9 })

describe('what a newer release has stored in a form that is not known here', () => {
  it.each([
    ['JSON of another version', newer],
    ['no JSON', () => 'v9'],
    ['JSON that is no object', () => '[]'],
    ['null', () => 'null'],
  ])('as a login record (%s) counts as signed out', async (_what, change) => {
    const { app } = await appOn(oldest, 'signed-in', withSealed(read(oldest, 'signed-in'), 'login', change))
    expect(await app.ask('/whoami')).toMatchObject({ status: 200, text: 'null' })
    expect((await app.signIn('/orders')).location).toBe('/orders')
    expect((await app.ask('/orders')).text).toBe('orders of alice')
  })

  it.each<[what: string, change: (transaction: object) => unknown]>([
    ['another version', (transaction) => ({ ...transaction, formatVersion: 9 })],
    ['a text', () => 'v9'],
    ['null', () => null],
    ['an empty object', () => ({})],
  ])('as a login in flight (%s) is begun again, and others are not disturbed', async (_what, change) => {
    const fixture = read(oldest, 'login-in-flight')
    const changed = withSession(fixture, (ours) => withTransactions(ours, change))
    const { app } = await appOn(oldest, 'login-in-flight', changed)
    const other = app.provider.callback((await app.ask('/orders?other')).location)
    const lost = await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    const again = lost.location.startsWith('/callback') ? await app.ask(lost.location) : lost
    expect(again.location).toContain('https://id.example/authorization')
    expect((await app.ask(app.provider.callback(again.location))).location).toBe('/orders?id=7&q=%C3%A4')
    expect((await app.ask(other)).location).toBe('/orders?other')
    expect(app.provider.forms).toHaveLength(2)
  })

  it.each<[what: string, ours: unknown]>([
    ['a text', 'v9'],
    ['a number', 9],
    ['null', null],
    ['a list', [1]],
    [
      'members of other types',
      { transactions: 'v9', login: 9, repeats: 9, takenAt: 'x', silentAt: {}, interruptedPost: {} },
    ],
    ['members that are null', { transactions: null, login: null, repeats: null, takenAt: null, interruptedPost: null }],
  ])('as our part of a session (%s) counts as signed out', async (_what, ours) => {
    const { app } = await appOn(
      oldest,
      'signed-in',
      withSession(read(oldest, 'signed-in'), () => ours),
    )
    expect(await app.ask('/whoami')).toMatchObject({ status: 200, text: 'null' })
    expect((await app.ask('/resume-post')).status).toBe(403)
    expect((await app.signIn('/orders')).location).toBe('/orders')
    expect((await app.ask('/orders')).text).toBe('orders of alice')
  })

  it.each([
    ['JSON of another version', newer],
    ['no JSON', () => 'v9'],
    ['null', () => 'null'],
  ])('as a kept form (%s) is no form to send', async (_what, change) => {
    const fixture = read(oldest, 'interrupted-post')
    const { app } = await appOn(oldest, 'interrupted-post', withSealed(fixture, 'interrupted-post', change))
    await app.ask(app.provider.callback(fixture.authorizationUrl ?? ''))
    expect(await app.ask('/resume-post')).toMatchObject({ status: 403, error: 'ERR_RP_INTERRUPTED_POST' })
  })

  it('as an epoch ends the logins under it', async () => {
    const { store = {}, ...fixture } = read(oldest, 'ended')
    const change = (key: string, value: string) => (key.includes(':epoch:') ? `v9 ${value}` : value)
    const entries = Object.entries(store).map(([key, { value, expiresAt }]) => {
      return [key, { value: change(key, value), expiresAt }]
    })
    const { app } = await appOn(oldest, 'ended', { ...fixture, store: Object.fromEntries(entries) as typeof store })
    expect((await app.ask('/whoami')).text).toBe('null')
  })
})

/** Where a value stands, and of which type it is, for each value inside. */
function shapeOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${value === null ? 'null' : typeof value}`]
  return Object.entries(value).flatMap(([name, member]) => shapeOf(member, `${path}.${generic(name)}`))
}

/** Names that are random: states, ids, hashes. */
function generic(name: string): string {
  return name.replace(/[\w-]{22,}(\.[\w-]+)*/g, '*').replace(/(?<=:epoch:)[\w-]+/, '*')
}

/** The shape of everything in a fixture that is ours, sealed values opened. */
function shapeOfStored({ sessions, store = {} }: Fixture): string[] {
  const ours = Object.values(sessions).map((text) => JSON.parse(text) as Record<string, unknown>)
  const inSessions = ours.flatMap(({ relyingParty, relyingPartyRecord }) =>
    shapeOf({ relyingParty, relyingPartyRecord }),
  )
  const inStore = Object.entries(store).flatMap(([key, { value }]) => {
    const plaintext = opened(key, value)
    return shapeOf({ [key]: plaintext === undefined ? value : (JSON.parse(plaintext) as unknown) })
  })
  return [...new Set([...inSessions, ...inStore])].sort()
}

describe.each(releases)('what is stored now is read by %s', (written) => {
  it.each(names)('which finds all that it reads: %s', async (name) => {
    stopClock(recordedAt)
    const now = shapeOfStored(await record(name, more))
    expect(shapeOfStored(read(written, name)).filter((value) => !now.includes(value))).toEqual([])
  })

  it('which finds in state what it reads there', async () => {
    stopClock(recordedAt)
    const stateOf = ({ authorizationUrl = '' }: Fixture) => new URL(authorizationUrl).searchParams.get('state') ?? ''
    const id = registrationOf(await record('login-in-flight', more))
    const [before, now] = [read(written, 'login-in-flight'), await record('login-in-flight', more)].map((fixture) => {
      const plaintext = seal.openBrief(stateOf(fixture), { purpose: 'login-hint', id })
      // Four random bytes, then flags and the attempt, the instant, and the path.
      return plaintext && [plaintext.readUInt8(4), plaintext.readUInt32BE(5), plaintext.subarray(9).toString()]
    })
    expect(now).toEqual([0, recordedAt, '/orders?id=7&q=%C3%A4'])
    expect(now).toEqual(before)
  })
})

function registrationOf({ sessions }: Fixture): string {
  const [text = '{}'] = Object.values(sessions)
  return /"registration":"([^"]+)"/.exec(text)?.[1] ?? ''
}
