// requireAuth(): lets signed-in people pass, sends page navigations to login and tells everybody else 401.
import { errorTable, RelyingPartyError } from '../errors.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { sendProblem } from '../http/problem.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import { authenticationOf } from './authentication.ts'
import { parseDemand } from './demand.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'
import { requireResumable, resumePostOr } from './resume-post.ts'
import { ask, challenge, insufficient } from './step-up.ts'

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
   * How the person must have been authenticated: the login's `acr` must be one of these. The preferred one first.
   *
   * @defaultValue any way is enough
   */
  readonly acrValues?: readonly string[] | undefined
  /**
   * Seconds that may have passed since the provider authenticated the person (`auth_time`), `clockToleranceSeconds` aside
   * and never less than 10. `0` asks for it anew. Of a login without `auth_time` nobody knows: it is too old.
   *
   * @defaultValue any time is enough
   */
  readonly maxAgeSeconds?: number | undefined
  /**
   * Asks for the `acr` as an essential claim in the place of `acr_values`, for providers that otherwise answer with less.
   *
   * @defaultValue `false`
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics | section 5.5.1.1}
   */
  readonly essential?: boolean | undefined
  /**
   * Keeps the form (`application/x-www-form-urlencoded`, 100 kB at most) that a page of this origin posts when nobody is signed
   * in any more. After the login the person is asked, on a page at `routes.resumePost`, whether to send it again. Not
   * together with `acrValues` or `maxAgeSeconds`.
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
 * With `acrValues` or `maxAgeSeconds` the person must have been authenticated so. Whoever was not is asked by the provider
 * once (step-up), where the request is a page navigation; others get 401 `ERR_RP_STEP_UP_REQUIRED` with the challenge of
 * RFC 9470. When the provider did not deliver, `ERR_RP_AUTHENTICATION_INSUFFICIENT` (403) goes to `next`, never another
 * redirect.
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
 * app.use('/payments', requireAuth({ acrValues: ['phr', 'mfa'], maxAgeSeconds: 300 }))
 * app.post('/comments', requireAuth({ resumePost: true }), (request, response) => {
 *   response.redirect('/comments')
 * })
 * ```
 * @see RFC 9457 (Problem Details), RFC 9470 (Step Up Authentication Challenge), Fetch Metadata Request Headers
 */
export function requireAuth(options: RequireAuthOptions = {}): Middleware {
  return createGuard('requireAuth', options, (_request, next) => next())
}

/** A guard by name: `admit` decides about those who are signed in. */
export function createGuard(
  guard: string,
  options: RequireAuthOptions,
  admit: (request: RelyingPartyRequest, next: Next) => void,
): Middleware {
  const { onUnauthenticated, resumePost } = options
  const demand = parseDemand(guard, options)
  requireResumable(guard, resumePost, onUnauthenticated, demand)
  const otherwise = answerOf(guard, onUnauthenticated, demand)
  const answer = resumePost === true ? resumePostOr(otherwise) : otherwise
  return function requireAuthentication(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    if (request.oidc === undefined) next(notMounted(guard))
    else if (!request.oidc.isAuthenticated) answer(request, response, next)
    else if (demand === undefined || authenticationOf(request.oidc)?.isEnough(demand)) admit(request, next)
    else if (authenticationOf(request.oidc)?.wasTried(demand)) next(insufficient(request))
    else if (isSentToProvider(request, options)) ask(demand, request, next)
    else challenge(demand, request, response)
  }
}

/** By the same rule as who is signed out; middleware of the app's own is for them alone. */
function isSentToProvider(request: RelyingPartyRequest, { onUnauthenticated }: RequireAuthOptions): boolean {
  if (onUnauthenticated === 'redirect') return true
  return onUnauthenticated !== 'unauthorized' && isPageNavigation(request)
}

/** From JavaScript it may be any word, and a misspelt one must not be taken for the default. */
function answerOf(
  guard: string,
  onUnauthenticated: OnUnauthenticated | undefined,
  demand: RequestedDemand | undefined,
): Middleware {
  if (typeof onUnauthenticated === 'function') return onUnauthenticated
  const redirect = createRedirect(demand)
  if (onUnauthenticated === undefined) return createRedirectOrRefuse(redirect)
  const answers: Readonly<Record<string, Middleware>> = { redirect, unauthorized: refuse }
  const answer = Object.hasOwn(answers, onUnauthenticated) ? answers[onUnauthenticated] : undefined
  if (answer !== undefined) return answer
  const message = `${guard}(): onUnauthenticated must be 'redirect', 'unauthorized' or a function`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function createRedirectOrRefuse(redirect: Middleware): Middleware {
  return function redirectOrRefuse(request, response, next): void {
    if (isPageNavigation(request)) redirect(request, response, next)
    else refuse(request, response)
  }
}

/** The first login is asked at once for what is needed: one visit to the provider and not two. */
function createRedirect(demand: RequestedDemand | undefined): Middleware {
  return function redirect(request: RelyingPartyRequest, _response: HttpResponse, next: Next): void {
    if (demand === undefined) request.oidc?.login().catch(next)
    else ask(demand, request, next)
  }
}

function refuse(request: RelyingPartyRequest, response: HttpResponse): void {
  const code = 'ERR_RP_LOGIN_REQUIRED'
  const { status, title } = errorTable[code]
  sendProblem(request, response, { type: 'about:blank', title, status, code, login_url: request.oidc?.loginUrl })
}
