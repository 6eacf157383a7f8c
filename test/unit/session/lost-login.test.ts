import { describe, expect, it } from 'vitest'
import type { LostLoginReason } from '../../../src/errors.ts'
import type { HttpRequest } from '../../../src/http/messages.ts'
import type { SessionCookie } from '../../../src/session/express-session.ts'
import { type LostLoginFacts, loginLoop, lostLogin } from '../../../src/session/lost-login.ts'
import { requestOf } from '../exchange.ts'

const now = 1_700_000_000
const hint = { returnTo: '/orders/7', attempt: 1, isSilent: false, startedAt: now - 10 }
const facts: LostLoginFacts = { hint, isUsed: false, callbackPath: '/callback', now }

interface Given {
  readonly cookie?: Partial<SessionCookie>
  readonly header?: string
  readonly secure?: boolean
  readonly isEncrypted?: boolean
}

/** A request with a session of the id `here`. */
function request({ cookie = {}, header, secure, isEncrypted = false }: Given = {}): HttpRequest {
  const made = requestOf(header === undefined ? {} : { headers: { cookie: header } })
  if (isEncrypted) Object.assign(made.socket, { encrypted: true })
  return Object.assign(made, { session: { id: 'here', cookie: { path: '/', ...cookie } }, secure })
}

function reasonOf(given: Given = {}, changes: Partial<LostLoginFacts> = {}): LostLoginReason | undefined {
  return lostLogin(request(given), { ...facts, ...changes }).lostLogin?.reason
}

describe('lostLogin without a cookie', () => {
  it.each<[string, Given, LostLoginReason]>([
    ['that is Secure, over plain http', { cookie: { secure: true } }, 'cookie_insecure'],
    ['that is Secure, over TLS', { cookie: { secure: true }, isEncrypted: true }, 'cookie_missing'],
    [
      'that is Secure, behind a proxy that Express trusts',
      { cookie: { secure: true }, secure: true },
      'cookie_missing',
    ],
    ['that is Secure, behind one it does not trust', { cookie: { secure: true }, secure: false }, 'cookie_insecure'],
    ['that is not Secure', { cookie: { secure: false } }, 'cookie_missing'],
    ["that is SameSite 'strict'", { cookie: { sameSite: 'strict' } }, 'cookie_strict'],
    ['that is SameSite true', { cookie: { sameSite: true } }, 'cookie_strict'],
    ["that is SameSite 'lax'", { cookie: { sameSite: 'lax' } }, 'cookie_missing'],
    ["that is SameSite 'none'", { cookie: { sameSite: 'none' } }, 'cookie_missing'],
    ['that is SameSite false', { cookie: { sameSite: false } }, 'cookie_missing'],
    ['of the path of the callback itself', { cookie: { path: '/callback' } }, 'cookie_missing'],
    ['of another path', { cookie: { path: '/orders' } }, 'cookie_path'],
    [
      'of a path that only begins like the callback (RFC 6265 section 5.1.4)',
      { cookie: { path: '/call' } },
      'cookie_path',
    ],
    ['of a path below the callback', { cookie: { path: '/callback/x' } }, 'cookie_path'],
    ['without a path of its own', { cookie: { path: undefined } }, 'cookie_missing'],
    ['Secure and strict, over plain http', { cookie: { secure: true, sameSite: 'strict' } }, 'cookie_insecure'],
    ['strict and of another path', { cookie: { sameSite: 'strict', path: '/x' } }, 'cookie_strict'],
    ['while cookies of others came', { header: 'theme=dark; s=s; id=12' }, 'cookie_missing'],
  ])('%s: names %s', (_what, given, reason) => {
    expect(reasonOf(given)).toBe(reason)
  })

  it.each([
    ['/shop', '/shop/callback', 'cookie_missing'],
    ['/shop/', '/shop/callback', 'cookie_missing'],
    ['/shop', '/shopping/callback', 'cookie_path'],
    ['/', '', 'cookie_missing'],
  ])('of the path %s, at the callback %j: names %s', (path, callbackPath, reason) => {
    expect(reasonOf({ cookie: { path } }, { callbackPath: callbackPath || '/' })).toBe(reason)
  })
})

describe('lostLogin with a cookie', () => {
  it.each<[string, string, LostLoginReason]>([
    ['of this session', 'connect.sid=s%3Ahere.sig', 'login_missing'],
    ['of a session that the store does not know', 'connect.sid=s%3Aelsewhere.sig', 'session_missing'],
  ])('%s: %s names %s, whatever its settings', (_what, header, reason) => {
    expect(reasonOf({ header, cookie: { secure: true, sameSite: 'strict', path: '/x' } })).toBe(reason)
  })
})

describe('lostLogin and time', () => {
  it.each([
    [-3599, 'login_missing'],
    [-3600, 'expired'],
    [-86_400, 'expired'],
    [60, 'login_missing'],
    [61, 'clock'],
  ] as const)('begun %i s from now: names %s', (seconds, reason) => {
    const header = 'connect.sid=s%3Ahere.sig'
    expect(reasonOf({ header }, { hint: { ...hint, startedAt: now + seconds } })).toBe(reason)
  })

  it('says by how much the clocks differ, and nothing else that is not fixed text', () => {
    const { lostLogin: lost } = lostLogin(request(), { ...facts, hint: { ...hint, startedAt: now + 754.4 } })
    expect(lost?.fix).toContain(' 754 s ')
    expect(lost?.fix).not.toContain('{N}')
  })
})

describe('lostLogin of several causes', () => {
  it('names the used state before all that can be measured of cookies and clocks', () => {
    expect(reasonOf({ cookie: { secure: true } }, { isUsed: true, hint: { ...hint, startedAt: now - 9999 } })).toBe(
      'used',
    )
  })

  it('names the state of nobody before everything', () => {
    expect(reasonOf({}, { isUsed: true, hint: undefined })).toBe('state_unknown')
  })

  it('names the age before the cookie', () => {
    expect(reasonOf({ cookie: { sameSite: 'strict' } }, { hint: { ...hint, startedAt: now - 3600 } })).toBe('expired')
  })
})

describe('the error', () => {
  it('is ERR_RP_TRANSACTION_MISSING with reason, text, fix and where the login was to lead', () => {
    const error = lostLogin(request(), facts)
    expect(error).toMatchObject({ code: 'ERR_RP_TRANSACTION_MISSING', status: 400 })
    expect(error.lostLogin).toEqual({
      reason: 'cookie_missing',
      text: expect.any(String),
      fix: expect.any(String),
      returnTo: '/orders/7',
    })
    expect(error.message).toContain('cookie_missing')
    expect(error.message).toContain(error.lostLogin?.fix)
  })

  it('leads nowhere when the state is not one of ours', () => {
    expect(lostLogin(request(), { ...facts, hint: undefined }).lostLogin?.returnTo).toBeUndefined()
  })

  it('says nothing of cookies, session ids and paths of the request (threat V27)', () => {
    const header = 'connect.sid=s%3AMARKED.sig'
    const error = lostLogin(request({ header }), { ...facts, hint: { ...hint, returnTo: '/MARKED' } })
    expect(error.message + error.lostLogin?.text + error.lostLogin?.fix).not.toContain('MARKED')
  })

  it('has a fix of its own for every cause', () => {
    const header = 'connect.sid=s%3Ahere.sig'
    const errors = [
      lostLogin(request(), facts),
      lostLogin(request({ cookie: { secure: true } }), facts),
      lostLogin(request({ cookie: { sameSite: 'strict' } }), facts),
      lostLogin(request({ cookie: { path: '/x' } }), facts),
      lostLogin(request({ header }), facts),
      lostLogin(request({ header: header.replace('here', 'x') }), facts),
      lostLogin(request(), { ...facts, isUsed: true }),
      lostLogin(request(), { ...facts, hint: undefined }),
      lostLogin(request(), { ...facts, now: now + 9999 }),
      lostLogin(request(), { ...facts, now: now - 9999 }),
      loginLoop('/'),
    ]
    expect(new Set(errors.map((error) => error.lostLogin?.fix)).size).toBe(11)
  })
})

describe('loginLoop', () => {
  it('is ERR_RP_LOGIN_LOOP, 429, with the page that the logins lead to', () => {
    const error = loginLoop('/orders')
    expect(error).toMatchObject({ code: 'ERR_RP_LOGIN_LOOP', status: 429 })
    expect(error.lostLogin).toMatchObject({ reason: 'login_loop', returnTo: '/orders' })
    expect(error.message).toMatch(/^The same page began /)
  })
})
