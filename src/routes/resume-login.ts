// A callback whose login got lost: to the page when somebody is signed in, else once more from the start (design section 4).
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { linkTo } from '../http/own-link.ts'
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
import { mayAskSilently, warnOfSilentLogin } from '../session/silent-login.ts'
import type { Transactions } from '../session/transactions.ts'
import { arrive, warnOfCutPath } from './arrive.ts'
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
/** Beside it: another tab, or an answer that the browser gave up on, had just replaced the session. */
const replacedParameter = 'replaced'
/** A cookie that has not arrived by then never does. */
const lateArrivalSeconds = 2.5
/** A second loss is no accident: then the page says why. */
const mostRestarts = 1
/** The session was replaced while the restarted login was in flight. */
const mostRestartsAfterReplacement = 2
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

/** Creates it. */
export function createHealing(provider: Provider, parts: HealingParts): Healing {
  const healer = new Healer(provider, parts)
  return {
    healLogin: (request, response, answer) => healer.healLogin({ request, response }, answer),
    resumeLogin: (request, response) => healer.resumeLogin({ request, response }),
  }
}

interface Exchange {
  readonly request: HttpRequest
  readonly response: HttpResponse
}

/** A login that got lost, and the exchange that found out. */
interface Lost extends Exchange {
  readonly state: string
  readonly hint: LoginHint
}

/** By a mark in the URL where the page would ask again: a browser without cookies, or a session that gets lost, would loop. */
function showSignedOut({ request, response, hint: { returnTo } }: Lost): void {
  leaveNewSession(request)
  redirect(request, response, mayAskSilently(request) ? withoutSilentLogin(returnTo) : returnTo)
}

class Healer {
  readonly #provider: Provider['settings']
  readonly #parts: HealingParts
  /** Of the callback, as the browser knows it. */
  readonly #path: string

  constructor(provider: Provider, parts: HealingParts) {
    this.#provider = provider.settings
    this.#parts = parts
    this.#path = parts.settings.basePath + provider.settings.callbackPath
  }

  /**
   * Without the session it does not restart by itself: another tab may be signing in at this moment, with its cookie on
   * the way. The request that follows brings that cookie, and this answer sets none. The same while other tabs are
   * signing in.
   */
  async healLogin(exchange: Exchange, { state, error }: LostAnswer): Promise<void> {
    const { request, response } = exchange
    const { transactions, replacedSessions } = this.#parts
    const lost = await this.#read(exchange, state)
    if (await this.#isSignedIn(request)) return arrive(request, response, lost.hint)
    const isReplaced = await replacedSessions.includes(request)
    if (error !== undefined && !isReplaced) return await this.#giveUp(lost) // what was refused would be refused again
    if (isReplaced || transactions.isBusy(request)) await letOthersFinish(lost.hint)
    else if (isWithSession(request)) return await this.#restart(lost)
    leaveNewSession(request)
    redirect(request, response, linkTo(this.#path || '/', { [parameter]: state }))
  }

  async resumeLogin(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    const [state = '', ...more] = requestQuery(request).getAll(parameter)
    const lost = await this.#read(exchange, more.length === 0 ? state : '')
    if (await this.#isSignedIn(request)) return arrive(request, response, lost.hint)
    if (await this.#parts.replacedSessions.includes(request)) {
      const isLate = requestQuery(request).has(replacedParameter)
      const again = linkTo(this.#path || '/', { [parameter]: state, [replacedParameter]: '1' })
      return await comeBackSoon(request, response, again, isLate ? lateArrivalSeconds : undefined)
    }
    await this.#restart(lost)
  }

  async #restart(lost: Lost): Promise<void> {
    const { request, hint } = lost
    const isBusy = this.#parts.transactions.isBusy(request)
    const isReplaced = requestQuery(request).has(replacedParameter)
    const most = isReplaced ? mostRestartsAfterReplacement : mostRestarts
    const isOver = hint.attempt >= (isBusy ? mostRestartsAmongTabs : most)
    const isForbidden = hint.isStrict === true || (hint.isSilent && !mayAskSilently(request, { isBusy }))
    if (isOver || isForbidden) await this.#giveUp(lost)
    else if (hint.isSilent) await this.#start(lost).catch((error: unknown) => this.#goOn(lost, error))
    else await this.#start(lost)
  }

  async #start({ request, response, hint }: Lost): Promise<void> {
    requireNavigation(request)
    const { id, log } = this.#provider
    const { returnTo, isPathCut, isSilent, attempt } = hint
    if (isPathCut === true) warnOfCutPath(log, 'A login got lost, and state could not carry its return path.')
    const silent = isSilent ? ({ isSilent, authorizationParameters: { prompt: 'none' } } as const) : {}
    const mount = mountPath(request, request.url ?? '/')
    const again = { returnTo, isPathCut, provider: id, mount, attempt: attempt + 1, ...silent }
    await this.#parts.startLogin(request, response, again)
  }

  /** The end of the line: a page that says why, or the public page that a silent login was started on. */
  async #giveUp(lost: Lost): Promise<void> {
    if (!lost.hint.isSilent) throw await this.#error(lost.request, lost.state, lost.hint)
    showSignedOut(lost)
  }

  /** What a silent login fails by is not for its visitor, but for the operator. */
  #goOn(lost: Lost, error: unknown): void {
    if (!(error instanceof RelyingPartyError)) throw error
    warnOfSilentLogin(this.#provider.log, error)
    showSignedOut(lost)
  }

  async #read(exchange: Exchange, state: string): Promise<Lost> {
    const { request } = exchange
    const hint = this.#parts.hints.open(state, this.#provider.registration)
    const isUsable = hint?.isStrict !== true || (await this.#parts.transactions.isUsed(request, state))
    if (hint === undefined || !isUsable) throw await this.#error(request, state, hint)
    return { ...exchange, state, hint }
  }

  async #error(request: HttpRequest, state: string, hint: LoginHint | undefined): Promise<RelyingPartyError> {
    const { transactions, settings } = this.#parts
    const isUsed = await transactions.isUsed(request, state)
    return lostLogin(request, { hint, isUsed, callbackPath: this.#path, now: settings.clock() })
  }

  async #isSignedIn(request: HttpRequest): Promise<boolean> {
    return (await this.#parts.logins.load(request)) !== undefined
  }
}
