// Why a login got lost on its way, as far as it can be measured from the request that came back without it.
import { type LostLogin, type LostLoginReason, RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import { cookieOutcome, loginLifeSeconds, requireSession, type SessionCookie } from './express-session.ts'
import type { LoginHint } from './login-hint.ts'

/** What is known when a login is not found. */
export interface LostLoginFacts {
  /** Undefined: the `state` is not one of ours. */
  readonly hint: LoginHint | undefined
  readonly isUsed: boolean
  /** The path of the callback, as the browser knows it. */
  readonly callbackPath: string
  /** NumericDate. */
  readonly now: number
}

/** For the user. */
export const pathCutText = 'The address of the page that you asked for was too long to remember.'

/** More than the clocks of two processes of one app should ever differ. */
const clockToleranceSeconds = 60

/** The error that names the cause and the fix. */
export function lostLogin(request: HttpRequest, facts: LostLoginFacts): RelyingPartyError {
  const reason = reasonOf(request, facts)
  const secondsAhead = Math.round((facts.hint?.startedAt ?? facts.now) - facts.now)
  const { text, fix } = table[reason]
  const lost: LostLogin = {
    reason,
    text: facts.hint?.isPathCut === true ? `${text} ${pathCutText}` : text,
    fix: fix.replace('{N}', String(secondsAhead)),
    returnTo: facts.hint?.returnTo,
  }
  const message = `No login in flight fits this callback (${reason}): ${lost.fix} Nothing was redeemed.`
  return new RelyingPartyError('ERR_RP_TRANSACTION_MISSING', { message, lostLogin: lost })
}

/** The error of a login that is not begun, because the same page began so many that did not help. Without a path it was too long. */
export function loginLoop(returnTo: string | undefined): RelyingPartyError {
  const { text, fix } = table.login_loop
  const lost: LostLogin = {
    reason: 'login_loop',
    text: returnTo === undefined ? `${text} ${pathCutText}` : text,
    fix,
    returnTo,
  }
  const message = `The same page began one login after the other: ${lost.fix}`
  return new RelyingPartyError('ERR_RP_LOGIN_LOOP', { message, lostLogin: lost })
}

/** Of several the one that explains the others. */
function reasonOf(request: HttpRequest, { hint, isUsed, callbackPath, now }: LostLoginFacts): LostLoginReason {
  if (hint === undefined) return 'state_unknown'
  if (isUsed) return 'used'
  if (hint.startedAt > now + clockToleranceSeconds) return 'clock'
  if (now - hint.startedAt >= loginLifeSeconds) return 'expired'
  const outcome = cookieOutcome(request)
  if (outcome === 'absent') return whyAbsent(requireSession(request).cookie, request, callbackPath)
  return outcome === 'unknown' ? 'session_missing' : 'login_missing'
}

function whyAbsent({ secure, sameSite, path }: SessionCookie, request: HttpRequest, callbackPath: string) {
  if (secure === true && !isSecure(request)) return 'cookie_insecure'
  if (sameSite === true || sameSite === 'strict') return 'cookie_strict'
  return isPathMatch(path ?? '/', callbackPath) ? 'cookie_missing' : 'cookie_path'
}

/** As browsers judge it (RFC 6265 section 5.1.4): `/call` does not cover `/callback`. */
function isPathMatch(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

/** As express-session judges it, in whose place we cannot look: by TLS, or by what Express makes of `trust proxy`. */
function isSecure(request: HttpRequest & { readonly secure?: unknown }): boolean {
  return 'encrypted' in request.socket || request.secure === true
}

const table: Readonly<Record<LostLoginReason, { readonly text: string; readonly fix: string }>> = {
  cookie_insecure: {
    text: 'Your browser has no cookie of this site, because the site could not set one.',
    fix:
      "cookie.secure is on, but this request counts as plain http. Behind a TLS proxy: app.set('trust proxy', 1), and let " +
      "the proxy send X-Forwarded-Proto. Without TLS, as on http://localhost: cookie.secure 'auto'.",
  },
  cookie_strict: {
    text: 'Your browser did not send the cookie of this site on its way back from the sign-in service.',
    fix: "cookie.sameSite is 'strict', and such a cookie is not sent when another site leads here. Use 'lax'.",
  },
  cookie_path: {
    text: 'Your browser did not send the cookie of this site on its way back from the sign-in service.',
    fix: "cookie.path does not cover the callback. Use cookie.path '/', or a path above both the pages and the callback.",
  },
  cookie_missing: {
    text: 'Your browser came back from the sign-in service without the cookie of this site. It may block cookies.',
    fix:
      'No session cookie came along, and its settings are in order: the browser blocks cookies, or the login began under ' +
      'another host name than baseUrl (www. or not, localhost or 127.0.0.1).',
  },
  session_missing: {
    text: 'This site has forgotten that you began to sign in.',
    fix:
      'A session cookie came, but the store has no such session: several processes without a shared store or with ' +
      'different session secrets, a store that was emptied or restarted, or a session that lives too shortly.',
  },
  login_missing: {
    text: 'This site has forgotten that you began to sign in.',
    fix:
      'The session is there, but not this login: something else writes the session back as it was (resave: true), or ' +
      'the browser began many logins at once.',
  },
  expired: {
    text: 'Signing in took too long.',
    fix: 'The login was begun more than an hour ago: a forgotten tab or a bookmark of the sign-in page.',
  },
  used: {
    text: 'This sign-in was finished before, and each can be used once.',
    fix: 'The same answer of the provider came twice: the Back button, a reload, or a link that somebody copied.',
  },
  clock: {
    text: 'The clocks of this site do not agree.',
    fix: 'The login was begun {N} s in the future: the clocks of the processes differ. Set them by NTP.',
  },
  state_unknown: {
    text: 'This address is not the way into this site.',
    fix:
      'The state is not one that this app made for this provider: a forged link, another app under the same callback, or ' +
      'processes with different secrets.',
  },
  login_loop: {
    text: 'This page sent you to the sign-in service again and again.',
    fix:
      'No login of this session gets to its end, or the page calls req.oidc.login() for people whom a login does not help: ' +
      'answer 403 there, as requireClaim() does. See loginRate for the limit.',
  },
}
