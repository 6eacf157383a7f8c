import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  appData,
  cookieOutcome,
  leaveNewSession,
  regenerateSession,
  requireSession,
  saveSession,
  sessionIdsOfCookies,
  sessionStore,
  storedSession,
} from '../../../src/session/express-session.ts'
import { requestOf } from '../exchange.ts'
import { createSessionFixture, type SessionFixture } from './fake-session.ts'

let fixture: SessionFixture
beforeEach(() => {
  fixture = createSessionFixture()
})

const failure = new Error('the store is down')

describe('requireSession', () => {
  it('is the session of express-session', async () => {
    const request = await fixture.open()
    expect(requireSession(request)).toBe(request.session)
  })

  it.each([undefined, null])('throws ERR_RP_NO_SESSION rather than take %s for signed out', (session) => {
    const request = Object.assign(requestOf(), { session })
    expect(() => requireSession(request)).toThrow(expect.objectContaining({ code: 'ERR_RP_NO_SESSION', status: 500 }))
  })
})

describe('sessionStore', () => {
  it('is the store behind the session', async () => {
    expect(sessionStore(await fixture.open())).toBe(fixture.store)
  })

  it('throws ERR_RP_NO_SESSION where the session is of another package', () => {
    const request = Object.assign(requestOf(), { session: {} })
    expect(() => sessionStore(request)).toThrow(expect.objectContaining({ code: 'ERR_RP_NO_SESSION' }))
  })
})

describe('saveSession', () => {
  it('resolves when the session is in the store, not before', async () => {
    const request = await fixture.open()
    request.session['cart'] = ['book']
    await saveSession(request)
    expect(fixture.stored()[request.sessionID]).toMatchObject({ cart: ['book'] })
  })

  it('rejects with ERR_RP_STORE when the store fails, and keeps the cause', async () => {
    const request = await fixture.open()
    vi.spyOn(fixture.store, 'set').mockImplementation((_id, _session, done) => done?.(failure))
    await expect(saveSession(request)).rejects.toMatchObject({ code: 'ERR_RP_STORE', status: 500, cause: failure })
  })

  it('rejects with ERR_RP_STORE when the store throws', async () => {
    const request = await fixture.open()
    vi.spyOn(fixture.store, 'set').mockImplementation(() => {
      throw failure
    })
    await expect(saveSession(request)).rejects.toMatchObject({ code: 'ERR_RP_STORE', cause: failure })
  })

  it('rejects with ERR_RP_NO_SESSION or throws it when there is no session', async () => {
    await expect((async () => saveSession(requestOf()))()).rejects.toMatchObject({ code: 'ERR_RP_NO_SESSION' })
  })
})

describe('regenerateSession', () => {
  it('gives another id and an empty session, and the old one is gone from the store (threat V8)', async () => {
    const first = await fixture.open()
    first.session['cart'] = ['book']
    await saveSession(first)
    const request = await fixture.open(first.sessionID)
    expect(request.session['cart']).toEqual(['book'])
    await regenerateSession(request)
    expect(request.sessionID).not.toBe(first.sessionID)
    expect(appData(requireSession(request))).toEqual({})
    expect(fixture.stored()).toEqual({})
  })

  it('rejects with ERR_RP_STORE when the store fails', async () => {
    const request = await fixture.open()
    vi.spyOn(fixture.store, 'destroy').mockImplementation((_id, done) => done?.(failure))
    await expect(regenerateSession(request)).rejects.toMatchObject({ code: 'ERR_RP_STORE', cause: failure })
  })
})

describe('appData', () => {
  it('is what the app put into the session, without the cookie and without ours', async () => {
    const { session } = await fixture.open()
    Object.assign(session, { cart: ['book'], theme: 'dark', relyingParty: { login: 'x' } })
    expect(appData(session)).toEqual({ cart: ['book'], theme: 'dark' })
  })

  it('is empty for a new session', async () => {
    expect(appData((await fixture.open()).session)).toEqual({})
  })
})

/** A session that is in the store. */
async function storedId(): Promise<string> {
  const request = await fixture.open()
  request.session['cart'] = ['book']
  await saveSession(request)
  return request.sessionID
}

describe('cookieOutcome', () => {
  it("is 'found' with the cookie of this session, in either spelling", async () => {
    const request = await fixture.open(await storedId())
    expect(cookieOutcome(request)).toBe('found')
    request.headers.cookie = decodeURIComponent(request.headers.cookie ?? '')
    expect(cookieOutcome(request)).toBe('found')
  })

  it("is 'unknown' with the cookie of a session that the store has not", async () => {
    expect(cookieOutcome(await fixture.open('never-heard-of'))).toBe('unknown')
  })

  it("is 'unknown' for an id that only begins like ours: the signature's dot ends it", async () => {
    const request = await fixture.open(await storedId())
    request.headers.cookie = `connect.sid=s%3A${request.sessionID}x.signature`
    expect(cookieOutcome(request)).toBe('unknown')
  })

  it.each([
    undefined,
    '',
    'theme=dark',
    'connect.sid=',
    'connect.sid=s',
    'connect.sid=s%3A.',
    'connect.sid=plain.text',
  ])("is 'absent' with the cookies %j", async (cookie) => {
    const request = await fixture.open()
    if (cookie !== undefined) request.headers.cookie = cookie
    expect(cookieOutcome(request)).toBe('absent')
  })

  it("is 'unknown' once the session was renewed: the browser has not the new cookie yet", async () => {
    const request = await fixture.open(await storedId())
    await regenerateSession(request)
    expect(cookieOutcome(request)).toBe('unknown')
  })
})

describe('sessionIdsOfCookies', () => {
  const idsOf = (cookie: string) => sessionIdsOfCookies(requestOf({ headers: { cookie } }))

  it.each([
    ['connect.sid=s%3Aone.sig', ['one']],
    ['connect.sid=s%3aone.sig', ['one']],
    ['connect.sid=s:one.sig', ['one']],
    ['a=b; x=s%3Aone.sig; y=s%3Atwo.sig', ['one', 'two']],
    ['x=s%3A.sig', []],
    ['x=s%3Aone', []],
    ['x=s%3Aon e.sig', []],
    ['x=s%3Aone;two.sig', []],
    ['x=t%3Aone.sig', []],
    [`x=s%3A${'i'.repeat(256)}.sig`, ['i'.repeat(256)]],
    [`x=s%3A${'i'.repeat(257)}.sig`, []],
    ['', []],
  ])('finds in %j %j', (cookie, ids) => {
    expect(idsOf(cookie)).toEqual(ids)
  })

  it('is empty without cookies', () => {
    expect(sessionIdsOfCookies(requestOf())).toEqual([])
  })

  it('gives the first four of a flood (threat V15)', () => {
    const flood = Array.from({ length: 10_000 }, (_, n) => `c${n}=s%3Aid${n}.sig`).join('; ')
    expect(idsOf(flood)).toEqual(['id0', 'id1', 'id2', 'id3'])
  })
})

describe('leaveNewSession', () => {
  it.each([undefined, 'never-heard-of'])('leaves no session to save to a request with the cookie %j', async (id) => {
    const request = await fixture.open(id)
    leaveNewSession(request)
    expect(request.sessionID).toBeUndefined()
  })

  it('leaves the session that the browser has', async () => {
    const request = await fixture.open(await storedId())
    leaveNewSession(request)
    expect(request.sessionID).toBe(request.session.id)
  })
})

describe('storedSession', () => {
  it('is what another request of this session has saved meanwhile', async () => {
    const id = await storedId()
    const [early, late] = [await fixture.open(id), await fixture.open(id)]
    late.session.relyingParty = { login: 'later' }
    await saveSession(late)
    expect(early.session.relyingParty).toBeUndefined()
    expect(await storedSession(early)).toEqual({ login: 'later' })
  })

  it('is nothing when the session has gone from the store meanwhile', async () => {
    const request = await fixture.open(await storedId())
    request.session.relyingParty = { login: 'here' }
    fixture.store.destroy(request.sessionID)
    expect(await storedSession(request)).toBeUndefined()
  })

  it('is what this request has for a session that is not stored yet, and the store is not asked', async () => {
    const request = await fixture.open('never-heard-of')
    request.session.relyingParty = { login: 'here' }
    const get = vi.spyOn(fixture.store, 'get')
    expect(await storedSession(request)).toEqual({ login: 'here' })
    expect(get).not.toHaveBeenCalled()
  })

  it('is what this request has where the session is of another package', async () => {
    const session = { id: 'x', relyingParty: { login: 'here' } }
    const request = Object.assign(requestOf({ headers: { cookie: 'sid=s%3Ax.sig' } }), { session })
    expect(await storedSession(request)).toEqual({ login: 'here' })
  })

  it('rejects with ERR_RP_STORE when the store fails, and keeps the cause', async () => {
    const request = await fixture.open(await storedId())
    vi.spyOn(fixture.store, 'get').mockImplementation((_id, done) => done(failure))
    await expect(storedSession(request)).rejects.toMatchObject({ code: 'ERR_RP_STORE', cause: failure })
  })

  it('takes ENOENT for a session that is not there, as express-session does', async () => {
    const request = await fixture.open(await storedId())
    const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' })
    vi.spyOn(fixture.store, 'get').mockImplementation((_id, done) => done(missing))
    expect(await storedSession(request)).toBeUndefined()
  })
})
