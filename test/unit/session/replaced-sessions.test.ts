import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { createRecordStore } from '../../../src/session/record-store.ts'
import { createReplacedSessions, type ReplacedSessions } from '../../../src/session/replaced-sessions.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { silentLog } from '../../log-lines.ts'
import { createSessionFixture, type SessionFixture, type SessionRequest } from './fake-session.ts'

let fixture: SessionFixture
let store: ReturnType<typeof memoryStore>
let replaced: ReplacedSessions
let getMany: MockInstance<typeof store.getMany>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  fixture = createSessionFixture()
  store = memoryStore()
  getMany = vi.spyOn(store, 'getMany')
  replaced = createReplacedSessions(() => Date.now() / 1000, createRecordStore({ log: silentLog, store }))
})
afterEach(() => void vi.useRealTimers())

/** A browser that has a session, and the id of it. */
async function sessionId(): Promise<string> {
  const request = await fixture.open()
  request.session['cart'] = ['book']
  await new Promise((resolve) => request.session.save(resolve))
  return request.sessionID
}

/** Replaces a session as a sign-in does. */
async function replace(id: string): Promise<SessionRequest> {
  const request = await fixture.open(id)
  await replaced.add(request)
  await new Promise((resolve) => request.session.regenerate(resolve))
  return request
}

describe('createReplacedSessions', () => {
  it('knows the cookie of a session that a sign-in has just replaced', async () => {
    const id = await sessionId()
    await replace(id)
    expect(await replaced.includes(await fixture.open(id))).toBe(true)
  })

  it('forgets it after three seconds: somebody who still comes with it begins anew', async () => {
    const id = await sessionId()
    await replace(id)
    vi.advanceTimersByTime(2900)
    expect(await replaced.includes(await fixture.open(id))).toBe(true)
    vi.advanceTimersByTime(200)
    expect(await replaced.includes(await fixture.open(id))).toBe(false)
  })

  it('does not know a session that is alive, a new one, and one that it never heard of', async () => {
    const id = await sessionId()
    await replace(await sessionId())
    expect(await replaced.includes(await fixture.open(id))).toBe(false)
    expect(await replaced.includes(await fixture.open())).toBe(false)
    expect(await replaced.includes(await fixture.open('never-heard-of'))).toBe(false)
  })

  it('does not know a session that is alive, though it was marked: who is signed in is never sent in circles', async () => {
    const id = await sessionId()
    await replaced.add(await fixture.open(id))
    expect(await replaced.includes(await fixture.open(id))).toBe(false)
  })

  it('does not ask the store about a browser without a session cookie', async () => {
    expect(await replaced.includes(await fixture.open())).toBe(false)
    expect(getMany).not.toHaveBeenCalled()
  })

  it('writes nothing for a session that nobody has the cookie of', async () => {
    const set = vi.spyOn(store, 'set')
    await replaced.add(await fixture.open())
    await replaced.add(await fixture.open('never-heard-of'))
    expect(set).not.toHaveBeenCalled()
  })

  it('keeps a hash and a mark: whoever reads the store learns no session id, old or new (session fixation)', async () => {
    const set = vi.spyOn(store, 'set')
    const id = await sessionId()
    const { sessionID } = await replace(id)
    const [[key, value, life] = []] = set.mock.calls
    expect(key).toMatch(/^relying-party:replaced:[\w-]{43}$/)
    expect(value).toBe('1')
    expect(life?.expiresAt).toBeCloseTo(Date.now() / 1000 + 3, 1)
    expect(JSON.stringify(set.mock.calls)).not.toContain(id)
    expect(JSON.stringify(set.mock.calls)).not.toContain(sessionID)
  })

  it('finds the replaced one among other cookies that look like sessions', async () => {
    const id = await sessionId()
    await replace(id)
    const request = await fixture.open(id)
    request.headers.cookie = `other=s%3Aof-another-app.sig; ${request.headers.cookie}`
    expect(await replaced.includes(request)).toBe(true)
  })

  it('asks about four cookies at most (threat V15)', async () => {
    const request = await fixture.open('unknown')
    request.headers.cookie = Array.from({ length: 1000 }, (_, n) => `c${n}=s%3Aid${n}.sig`).join('; ')
    await replaced.includes(request)
    expect(getMany.mock.calls.map(([keys]) => keys.length)).toEqual([4])
  })

  it.each(['add', 'includes'] as const)('makes %s reject with ERR_RP_STORE when the store fails', async (method) => {
    const id = await sessionId()
    const request = await fixture.open(method === 'add' ? id : 'unknown')
    const down = () => Promise.reject(new Error('down'))
    const recordStore = createRecordStore({ log: silentLog, store: { ...store, set: down, getMany: down } })
    const failing = createReplacedSessions(() => Date.now() / 1000, recordStore)
    await expect(failing[method](request)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
  })
})
