// errorPage(): shows the errors of this package to people as a small page and to programs as problem+json.
import { type AuthenticationDemand, errorTable, RelyingPartyError, type RelyingPartyErrorCode } from '../errors.ts'
import type { ErrorMiddleware, HttpResponse, Next } from '../http/messages.ts'
import { isPageNavigation, prefersPage } from '../http/navigation.ts'
import { sendPage } from '../http/page.ts'
import { sendProblem } from '../http/problem.ts'
import { authenticationOf } from './authentication.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { ask, challenge } from './step-up.ts'

/**
 * Makes error middleware for this package's errors; others go on to the next. Put it after the routes. Without it the
 * framework's own error page shows the right status, and in development a stack.
 *
 * The page says what happened and what the person can do, in static text: nothing of the request or of the provider's
 * answer is on it (threat V27).
 *
 * `ERR_RP_STEP_UP_REQUIRED`, which `req.oidc.fetch()` rejects with when an API needs a stronger or newer authentication
 * (RFC 9470), becomes a login that is asked for it when the request is a page navigation; others get 401 with the same
 * challenge. When the provider was asked for it already, both get `ERR_RP_AUTHENTICATION_INSUFFICIENT` (403).
 *
 * @example
 * ```ts
 * app.use(errorPage())
 * ```
 * @see RFC 9457 (Problem Details)
 */
export function errorPage(): ErrorMiddleware {
  return function showError(error, request: RelyingPartyRequest, response, next): void {
    if (!(error instanceof RelyingPartyError) || response.headersSent) next(error)
    else if (error.demand !== undefined) showDemand(error.demand, request, response, next)
    else show(error.code, request, response)
  }
}

function show(code: RelyingPartyErrorCode, request: RelyingPartyRequest, response: HttpResponse): void {
  if (prefersPage(request)) showPage(code, request, response)
  else showProblem(code, request, response)
}

/** A form post cannot be repeated after a login, so it gets the challenge too. */
function showDemand(
  demand: AuthenticationDemand,
  request: RelyingPartyRequest,
  response: HttpResponse,
  next: Next,
): void {
  if (request.oidc && authenticationOf(request.oidc)?.wasTried(demand))
    show('ERR_RP_AUTHENTICATION_INSUFFICIENT', request, response)
  else if (isPageNavigation(request)) ask(demand, request, next)
  else challenge(demand, request, response)
}

/** About a sign-out: a new login is the last thing that was asked for. */
const aboutSignOut: readonly RelyingPartyErrorCode[] = ['ERR_RP_LOGOUT_CROSS_SITE', 'ERR_RP_LOGOUT_TOKEN']

/** A new login is offered wherever it can help: not to who is still signed in, nor when the app is at fault. */
function showPage(code: RelyingPartyErrorCode, request: RelyingPartyRequest, response: HttpResponse): void {
  const { status, title, advice } = errorTable[code]
  const loginUrl = request.oidc?.loginUrl
  const isOver = request.oidc?.isAuthenticated !== true || code === 'ERR_RP_AUTHENTICATION_INSUFFICIENT'
  const helps = status !== 500 && !aboutSignOut.includes(code) && isOver
  const links = helps && loginUrl !== undefined ? { links: [{ href: loginUrl, text: 'Sign in' }] } : {}
  sendPage(request, response, { status, title, text: advice, small: code, ...links })
}

function showProblem(code: RelyingPartyErrorCode, request: RelyingPartyRequest, response: HttpResponse): void {
  const { status, title } = errorTable[code]
  const login = status === 401 ? { login_url: request.oidc?.loginUrl } : {}
  sendProblem(request, response, { type: 'about:blank', title, status, code, ...login })
}
