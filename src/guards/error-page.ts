// errorPage(): shows the errors of this package to people as a small page and to programs as problem+json.
import { errorTable, RelyingPartyError, type RelyingPartyErrorCode } from '../errors.ts'
import type { ErrorMiddleware, HttpResponse } from '../http/messages.ts'
import { prefersPage } from '../http/navigation.ts'
import { sendPage } from '../http/page.ts'
import { sendProblem } from '../http/problem.ts'
import type { RelyingPartyRequest } from './load-user.ts'

/**
 * Makes error middleware for this package's errors; others go on to the next. Put it after the routes. Without it the
 * framework's own error page shows the right status, and in development a stack.
 *
 * The page says what happened and what the person can do, in static text: nothing of the request or of the provider's
 * answer is on it (threat V27).
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
    else if (prefersPage(request)) showPage(error.code, request, response)
    else showProblem(error.code, request, response)
  }
}

/** About a sign-out, where a new login is the last thing that was asked for; or about a form that it does not bring back. */
const withoutSignIn: readonly RelyingPartyErrorCode[] = [
  'ERR_RP_LOGOUT_CROSS_SITE',
  'ERR_RP_LOGOUT_TOKEN',
  'ERR_RP_INTERRUPTED_POST',
]

/** A new login is offered wherever it can help: not to who is still signed in, nor when the app is at fault. */
function showPage(code: RelyingPartyErrorCode, request: RelyingPartyRequest, response: HttpResponse): void {
  const { status, title, advice } = errorTable[code]
  const loginUrl = request.oidc?.loginUrl
  const helps = status !== 500 && !withoutSignIn.includes(code) && request.oidc?.isAuthenticated !== true
  const links = helps && loginUrl !== undefined ? { links: [{ href: loginUrl, text: 'Sign in' }] } : {}
  sendPage(request, response, { status, title, text: advice, small: code, ...links })
}

function showProblem(code: RelyingPartyErrorCode, request: RelyingPartyRequest, response: HttpResponse): void {
  const { status, title } = errorTable[code]
  const login = status === 401 ? { login_url: request.oidc?.loginUrl } : {}
  sendProblem(request, response, { type: 'about:blank', title, status, code, ...login })
}
