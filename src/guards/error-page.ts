// errorPage(): shows the errors of this package to people as a small page and to programs as problem+json.
import { errorTable, RelyingPartyError } from '../errors.ts'
import type { ErrorMiddleware } from '../http/messages.ts'
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
    if (!(error instanceof RelyingPartyError) || response.headersSent) return next(error)
    const { status, title, advice } = errorTable[error.code]
    const loginUrl = request.oidc?.loginUrl
    if (!prefersPage(request)) {
      const login = error.code === 'ERR_RP_LOGIN_REQUIRED' ? { login_url: loginUrl } : {}
      return sendProblem(request, response, { type: 'about:blank', title, status, code: error.code, ...login })
    }
    const link = loginUrl === undefined || status === 500 ? {} : { link: { href: loginUrl, text: 'Sign in' } }
    sendPage(request, response, { status, title, text: advice, small: error.code, ...link })
  }
}
