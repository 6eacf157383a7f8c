// requireAuth(): lets signed-in people pass, sends page navigations to login and tells everybody else 401.
import { errorTable, RelyingPartyError } from '../errors.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { sendProblem } from '../http/problem.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'
import { requireResumable, resumePostOr } from './resume-post.ts'

/** What a guard does with a request that nobody is signed in for. */
export type OnUnauthenticated = 'redirect' | 'unauthorized' | Middleware

/** Options of {@link requireAuth} and of the guards that ask for more. */
export interface RequireAuthOptions {
  /**
   * `'redirect'` sends every request to login, `'unauthorized'` answers every one with 401; or middleware of your own.
   *
   * @defaultValue a page navigation is redirected, anything else gets 401
   */
  readonly onUnauthenticated?: OnUnauthenticated | undefined
  /**
   * Keeps the form (`application/x-www-form-urlencoded`, 100 kB at most) that a page of this origin posts when nobody is signed
   * in any more. After the login the person is asked, on a page at `routes.resumePost`, whether to send it again.
   *
   * @defaultValue `false`: such a post gets 401
   */
  readonly resumePost?: boolean | undefined
}

/**
 * Makes a guard: whoever is signed in passes. A page navigation is redirected to login and comes back to the page it
 * asked for; anything else (`fetch()`, a form post, a frame) gets 401 `application/problem+json` with `login_url`,
 * because it could not follow a redirect to the provider. The handler behind it never runs for a signed-out request.
 *
 * Gives `ERR_RP_NOT_MOUNTED` to `next` when `relyingParty()` did not run before it.
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.get('/orders', requireAuth(), (request, response) => {
 *   response.json({ hello: request.user?.sub })
 * })
 * app.use('/api', requireAuth({ onUnauthenticated: 'unauthorized' }))
 * app.post('/comments', requireAuth({ resumePost: true }), (request, response) => {
 *   response.redirect('/comments')
 * })
 * ```
 * @see RFC 9457 (Problem Details), Fetch Metadata Request Headers
 */
export function requireAuth(options: RequireAuthOptions = {}): Middleware {
  return createGuard('requireAuth', options, (_request, next) => next())
}

/** A guard by name: `admit` decides about those who are signed in. */
export function createGuard(
  guard: string,
  { onUnauthenticated, resumePost }: RequireAuthOptions,
  admit: (request: RelyingPartyRequest, next: Next) => void,
): Middleware {
  requireResumable(guard, resumePost, onUnauthenticated)
  const answer =
    resumePost === true ? resumePostOr(answerOf(guard, onUnauthenticated)) : answerOf(guard, onUnauthenticated)
  return function requireAuthentication(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    if (request.oidc === undefined) next(notMounted(guard))
    else if (request.oidc.isAuthenticated) admit(request, next)
    else answer(request, response, next)
  }
}

const answers: Readonly<Record<string, Middleware>> = { redirect, unauthorized: refuse }

/** From JavaScript it may be any word, and a misspelt one must not be taken for the default. */
function answerOf(guard: string, onUnauthenticated: OnUnauthenticated | undefined): Middleware {
  if (typeof onUnauthenticated === 'function') return onUnauthenticated
  if (onUnauthenticated === undefined) return redirectOrRefuse
  const answer = Object.hasOwn(answers, onUnauthenticated) ? answers[onUnauthenticated] : undefined
  if (answer !== undefined) return answer
  const message = `${guard}(): onUnauthenticated must be 'redirect', 'unauthorized' or a function`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function redirectOrRefuse(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
  if (isPageNavigation(request)) redirect(request, response, next)
  else refuse(request, response)
}

function redirect(request: RelyingPartyRequest, _response: HttpResponse, next: Next): void {
  request.oidc?.login().catch(next)
}

function refuse(request: RelyingPartyRequest, response: HttpResponse): void {
  const code = 'ERR_RP_LOGIN_REQUIRED'
  const { status, title } = errorTable[code]
  sendProblem(request, response, { type: 'about:blank', title, status, code, login_url: request.oidc?.loginUrl })
}
