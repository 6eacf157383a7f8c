// A callback whose login got lost: to the page when somebody is signed in, else once more from the start (design section 4).
import { setTimeout as delay } from 'node:timers/promises'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { redirect } from '../http/redirect.ts'
import { mountPath, requestQuery } from '../http/request-url.ts'
import { withoutSilentLogin } from '../http/silent-login-mark.ts'
import type { Settings } from '../options-settings.ts'
import type { AuthorizationResponse } from '../protocol/authorization-response.ts'
import type { Provider } from '../providers/provider.ts'
import { cookieOutcome, leaveNewSession } from '../session/express-session.ts'
import type { LoginHint, LoginHints } from '../session/login-hint.ts'
import type { Logins } from '../session/logins.ts'
import { lostLogin } from '../session/lost-login.ts'
import type { ReplacedSessions } from '../session/replaced-sessions.ts'
import type { Transactions } from '../session/transactions.ts'
import { requireNavigation } from './login.ts'
import { comeBackSoon, type StartLogin } from './start-login.ts'

/** What came back without its login. */
export type LostAnswer = Pick<AuthorizationResponse, 'state' | 'error'>

/** Answers a callback that no login in flight fits; throws `ERR_RP_TRANSACTION_MISSING`. */
export type HealLogin = (request: HttpRequest, response: HttpResponse, answer: LostAnswer) => Promise<void>

/** What healing works with. */
export interface HealingParts {
  readonly settings: Settings
  readonly hints: LoginHints
  readonly transactions: Pick<Transactions, 'isUsed' | 'isBusy'>
  readonly replacedSessions: Pick<ReplacedSessions, 'includes'>
  readonly logins: Pick<Logins, 'load'>
  readonly startLogin: StartLogin
}

/** How far the tabs of a browser that lost their logins at once are to get apart, the first time. */
const spreadSeconds = 0.25

/** The parameter of the callback URL that carries the `state` of a lost login, and nothing else of the answer. */
const parameter = 'resume_login'
/** A second loss is no accident: then the page says why. */
const mostRestarts = 1
/** Unless other tabs begin logins at this moment, each with a session of its own: one will last. Browsers stop at 20 redirects. */
const mostRestartsAmongTabs = 5

/**
 * Tabs that begin again at once set their cookies over each other's for ever. So each waits for a time of its own: the
 * first that has signed in does it for all.
 */
async function letOthersFinish({ attempt }: LoginHint): Promise<void> {
  await delay(Math.random() * (attempt + 1) * spreadSeconds * 1000, undefined, { ref: false })
}

/** Whether a request asks for a lost login to begin again. */
export function isResumption(request: HttpRequest): boolean {
  return requestQuery(request).has(parameter)
}

/** The healing of one provider's logins: for its callback, and the route that the callback sends to. */
export interface Healing {
  readonly healLogin: HealLogin
  resumeLogin(request: HttpRequest, response: HttpResponse): Promise<void>
}

/** A post is not begun again by itself: the request that follows is a page navigation. */
function isWithSession(request: HttpRequest): boolean {
  return request.method === 'GET' && cookieOutcome(request) === 'found'
}

/** Makes it. */
export function createHealing(provider: Provider, parts: HealingParts): Healing {
  const { settings, hints, transactions, replacedSessions, logins, startLogin } = parts
  const { id, registration, callbackPath } = provider.settings
  const path = settings.basePath + callbackPath

  /**
   * Without the session it does not begin again by itself: another tab may have signed in this very moment, and its cookie
   * be on the way. The request that follows brings that cookie, and this answer sets none. The same while other tabs
   * are signing in.
   */
  async function healLogin(request: HttpRequest, response: HttpResponse, { state, error }: LostAnswer): Promise<void> {
    const hint = await requireHint(request, state)
    if (await isSignedIn(request)) return redirect(request, response, hint.returnTo)
    if (hint.isSilent) return redirect(request, response, withoutSilentLogin(hint.returnTo))
    if (error !== undefined) throw await lost(request, state, hint) // what was refused would be refused again
    const isAmongTabs = transactions.isBusy(request) || (await replacedSessions.includes(request))
    if (isAmongTabs) await letOthersFinish(hint)
    else if (isWithSession(request)) return await beginAgain(request, response, { state, hint })
    leaveNewSession(request)
    redirect(request, response, `${path || '/'}?${parameter}=${state}`)
  }

  async function resumeLogin(request: HttpRequest, response: HttpResponse): Promise<void> {
    const [state = '', ...more] = requestQuery(request).getAll(parameter)
    const hint = await requireHint(request, more.length === 0 ? state : '')
    if (await isSignedIn(request)) return redirect(request, response, hint.returnTo)
    if (await replacedSessions.includes(request)) return await comeBackSoon(request, response, hint.returnTo)
    await beginAgain(request, response, { state, hint })
  }

  async function beginAgain(
    request: HttpRequest,
    response: HttpResponse,
    { state, hint }: { readonly state: string; readonly hint: LoginHint },
  ): Promise<void> {
    const most = transactions.isBusy(request) ? mostRestartsAmongTabs : mostRestarts
    const isOver = hint.attempt >= most || (await transactions.isUsed(request, state))
    if (isOver) throw await lost(request, state, hint)
    requireNavigation(request)
    const mount = mountPath(request, request.url ?? '/')
    await startLogin(request, response, { returnTo: hint.returnTo, provider: id, mount, attempt: hint.attempt + 1 })
  }

  async function requireHint(request: HttpRequest, state: string): Promise<LoginHint> {
    const hint = hints.open(state, registration)
    const isUsable = hint?.isStrict !== true || (await transactions.isUsed(request, state))
    if (hint === undefined || !isUsable) throw await lost(request, state, hint)
    return hint
  }

  async function lost(request: HttpRequest, state: string, hint: LoginHint | undefined) {
    const isUsed = await transactions.isUsed(request, state)
    return lostLogin(request, { hint, isUsed, callbackPath: path, now: settings.clock() })
  }

  async function isSignedIn(request: HttpRequest): Promise<boolean> {
    return (await logins.load(request)) !== undefined
  }

  return { healLogin, resumeLogin }
}
