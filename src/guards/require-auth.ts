// requireAuth(): lets signed-in people pass, sends page navigations to login and tells everybody else 401.
import { errorTable } from '../errors.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { sendProblem } from '../http/problem.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'

/**
 * Makes a guard: whoever is signed in passes. A page navigation is redirected to login and comes back to the page it
 * asked for; anything else (`fetch()`, a form post, a frame) gets 401 `application/problem+json` with `login_url`,
 * because it could not follow a redirect to the provider. The handler behind it never runs for a signed-out request.
 *
 * Gives `ERR_RP_NOT_MOUNTED` to `next` when `relyingParty()` did not run before it.
 *
 * @example
 * ```ts
 * app.get('/orders', requireAuth(), (request, response) => {
 *   response.json({ hello: request.user?.sub })
 * })
 * ```
 * @see RFC 9457 (Problem Details), Fetch Metadata Request Headers
 */
export function requireAuth(): Middleware {
  return function requireAuthentication(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    if (request.oidc === undefined) next(notMounted('requireAuth'))
    else if (request.oidc.isAuthenticated) next()
    else if (isPageNavigation(request)) request.oidc.login().catch(next)
    else refuse(request, response)
  }
}

function refuse(request: RelyingPartyRequest, response: HttpResponse): void {
  const code = 'ERR_RP_LOGIN_REQUIRED'
  const { status, title } = errorTable[code]
  sendProblem(request, response, { type: 'about:blank', title, status, code, login_url: request.oidc?.loginUrl })
}
