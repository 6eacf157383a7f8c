import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  appData,
  regenerateSession,
  requireSession,
  saveSession,
  sessionStore,
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
