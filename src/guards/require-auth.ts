// requireAuth(): lets signed-in people pass, sends page navigations to login and tells everybody else 401.
import { errorTable, type RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { sendProblem } from '../http/problem.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import { authenticationOf } from './authentication.ts'
import { type GuardOptions, parseGuardOptions, type RequireAuthOptions } from './guard-options.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'
import { resumePostOr } from './resume-post.ts'
import { ask, challenge, insufficient } from './step-up.ts'

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
export function requireAuth(options?: RequireAuthOptions): Middleware
export function requireAuth(...given: readonly unknown[]): Middleware {
  requireFactoryCall({ name: 'requireAuth', example: 'requireAuth()', takes: 1 }, given)
  return createGuard('requireAuth', parseGuardOptions('requireAuth', given[0]), () => undefined)
}

/** Decides about a request of a signed-in user: the error that refuses it, or undefined, which lets it pass. */
export type Judge = (request: RelyingPartyRequest) => Verdict | Promise<Verdict>
type Verdict = RelyingPartyError | undefined

/** Creates a guard; `guard` is its name. */
export function createGuard(guard: string, options: GuardOptions, judge: Judge): Middleware {
  const { demand } = options
  const answerSignedOut = answerOf(options)

  function requireAuthentication(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    if (request.oidc === undefined) next(notMounted(guard))
    else if (!request.oidc.isAuthenticated) answerSignedOut(request, response, next)
    else if (demand === undefined || authenticationOf(request.oidc)?.isEnough(demand)) admit(request, response, next)
    else if (authenticationOf(request.oidc)?.wasTried(demand)) next(insufficient(request))
    else if (isSentToProvider(request, options)) ask(demand, request, next)
    else challenge(demand, request, response)
  }

  function admit(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    const verdict = judge(request)
    if (verdict instanceof Promise) void verdict.then(admitLater)
    else conclude(verdict, next)

    /** In the meantime the login may have ended, or other middleware may have answered the request, as for a timeout. */
    function admitLater(later: Verdict): void {
      if (response.headersSent) return
      if (request.oidc?.isAuthenticated === true) conclude(later, next)
      else answerSignedOut(request, response, next)
    }
  }

  return requireAuthentication
}

function conclude(verdict: Verdict, next: Next): void {
  if (verdict === undefined) next()
  else next(verdict)
}

/** By the same rule as who is signed out; middleware of the app's own is for them alone. */
function isSentToProvider(request: RelyingPartyRequest, { onUnauthenticated }: GuardOptions): boolean {
  if (onUnauthenticated === 'redirect') return true
  return onUnauthenticated !== 'unauthorized' && isPageNavigation(request)
}

function answerOf({ onUnauthenticated, demand, resumePost }: GuardOptions): Middleware {
  const redirect = createRedirect(demand)
  const answers = { redirect, unauthorized: refuse, default: createRedirectOrRefuse(redirect) }
  const isOwn = typeof onUnauthenticated === 'function'
  const answer = isOwn ? catching(onUnauthenticated) : answers[onUnauthenticated ?? 'default']
  return resumePost ? resumePostOr(answer) : answer
}

/** Express 5 hands the rejection of an async handler on; the guard is between them, so it does the same everywhere. */
function catching(answer: Middleware): Middleware {
  return function answerSignedOut(request, response, next): void {
    const answered: unknown = answer(request, response, next)
    Promise.resolve(answered).catch(next)
  }
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
