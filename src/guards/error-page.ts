// errorPage(): shows the errors of this package to people as a small page and to programs as problem+json.
import {
  type AuthenticationDemand,
  errorTable,
  type LostLogin,
  RelyingPartyError,
  type RelyingPartyErrorCode,
} from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import type { ErrorMiddleware, HttpResponse, Next } from '../http/messages.ts'
import { isPageNavigation, prefersPage } from '../http/navigation.ts'
import { type Page, sendPage } from '../http/page.ts'
import { sendProblem } from '../http/problem.ts'
import { setHeaders } from '../http/redirect.ts'
import { logWithoutMiddleware, mayShowMessage } from '../log.ts'
import { authenticationOf } from './authentication.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { ask, challenge } from './step-up.ts'

/**
 * Makes error middleware for this package's errors; others go on to the next. Put it after the routes. Without it the
 * framework's own error page shows the right status, and in development a stack.
 *
 * The page says what happened and what the user can do, in static text: nothing of the request or of the provider's
 * answer is on it (threat V27). It shows the `reference` under which the error was logged. For a login that got lost it
 * also says why, as far as that was measured, and the fix. Where `baseUrl` is on loopback and `NODE_ENV` is not
 * `production` it shows the message too; elsewhere the message is in the log alone, because strangers can cause some errors.
 *
 * `ERR_RP_STEP_UP_REQUIRED`, which `req.oidc.fetch()` rejects with when an API needs a stronger or newer authentication
 * (RFC 9470), becomes a login that is asked for it when the request is a page navigation; others get 401 with the same
 * challenge. When the provider was asked for it already, both get `ERR_RP_AUTHENTICATION_INSUFFICIENT` (403).
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS` when it is given an argument
 * @example
 * ```ts
 * app.use(errorPage())
 * ```
 * @see RFC 9457 (Problem Details)
 */
export function errorPage(): ErrorMiddleware
export function errorPage(...given: readonly unknown[]): ErrorMiddleware {
  requireFactoryCall({ name: 'errorPage', example: 'errorPage()', takes: 0 }, given)
  return function showError(error, request: RelyingPartyRequest, response, next): void {
    if (error instanceof RelyingPartyError) reportFailure(error, request)
    if (!(error instanceof RelyingPartyError) || response.headersSent) next(error)
    else if (error.demand !== undefined) showDemand(error.demand, request, response, next)
    else {
      setHeaders(response, error.headers) // Retry-After, where the provider said so
      show(shownOf(error), request, response)
    }
  }
}

/** Most were reported where they arose; a guard that was made or called the wrong way was not. */
function reportFailure(error: RelyingPartyError, { oidc }: RelyingPartyRequest): void {
  if (error.status < 500) return
  const { report } = (oidc && authenticationOf(oidc)) ?? logWithoutMiddleware
  report(error, 'errorPage()')
}

/** What is shown of an error; `message` only where the app is developed. */
interface Shown extends Pick<RelyingPartyError, 'code' | 'lostLogin' | 'reference'> {
  readonly message?: string | undefined
}

function shownOf(error: RelyingPartyError): Shown {
  const { code, lostLogin, reference } = error
  // The line below it has the code, which is the heading there.
  const message = error.message.replace(`${code}: see `, 'see ').replace(`#${code.toLowerCase()}`, '')
  return { code, lostLogin, ...(reference !== undefined && { reference }), ...(mayShowMessage(error) && { message }) }
}

function show(shown: Shown, request: RelyingPartyRequest, response: HttpResponse): void {
  if (prefersPage(request)) showPage(shown, request, response)
  else showProblem(shown, request, response)
}

/** A form post cannot be repeated after a login, so it gets the challenge too. */
function showDemand(
  demand: AuthenticationDemand,
  request: RelyingPartyRequest,
  response: HttpResponse,
  next: Next,
): void {
  if (request.oidc && authenticationOf(request.oidc)?.wasTried(demand))
    show({ code: 'ERR_RP_AUTHENTICATION_INSUFFICIENT', lostLogin: undefined }, request, response)
  else if (isPageNavigation(request)) ask(demand, request, next)
  else challenge(demand, request, response)
}

/** After a sign-out nobody asked for a new login; at an unknown host it would fail as well; a form is not brought back by it. */
const withoutSignIn: readonly RelyingPartyErrorCode[] = [
  'ERR_RP_HOST_UNKNOWN',
  'ERR_RP_LOGOUT_CROSS_SITE',
  'ERR_RP_LOGOUT_TOKEN',
  'ERR_RP_INTERRUPTED_POST',
]

/** Where the start page would fail as well, or is not to be shown in the frame of a provider. */
const withoutStart: readonly RelyingPartyErrorCode[] = ['ERR_RP_HOST_UNKNOWN', 'ERR_RP_LOGOUT_TOKEN']

function showPage(shown: Shown, request: RelyingPartyRequest, response: HttpResponse): void {
  const { code, lostLogin } = shown
  const { status, title, advice } = errorTable[code]
  const text = lostLogin === undefined ? advice : `${lostLogin.text} ${advice}`
  const note = noteOf(shown)
  sendPage(request, response, {
    status,
    title,
    text,
    links: linksOf(shown, request),
    ...(note !== undefined && { note }),
    small: smallPrintOf(shown),
  })
}

function noteOf({ message, lostLogin }: Shown): string | undefined {
  return message ?? (lostLogin && `For the site's administrator: ${lostLogin.fix}`)
}

/** What a user can quote to support. */
function smallPrintOf({ code, lostLogin, reference }: Shown): string {
  const names = [code, lostLogin?.reason].filter((name) => name !== undefined).join(' ')
  return reference === undefined ? names : `${names}, reference ${reference}`
}

/**
 * A new login is offered wherever it can help: not to who is still signed in, nor when the app is at fault. Our own
 * routes do not ask who is signed in, so they offer both.
 */
function linksOf({ code, lostLogin }: Shown, { oidc }: RelyingPartyRequest): NonNullable<Page['links']> {
  if (oidc === undefined || errorTable[code].status === 500) return []
  const startUrl = authenticationOf(oidc)?.startUrl
  const isOver = !oidc.isAuthenticated || code === 'ERR_RP_AUTHENTICATION_INSUFFICIENT'
  const helps = isOver && !withoutSignIn.includes(code)
  const signIn =
    helps && oidc.loginUrl !== undefined ? [{ href: hrefTo(oidc.loginUrl, lostLogin), text: 'Sign in' }] : []
  if (startUrl === undefined || withoutStart.includes(code)) return signIn
  return [...signIn, { href: startUrl, text: 'To the start page', isLesser: signIn.length > 0 }]
}

/** Back to the page that the lost login was to lead to. */
function hrefTo(loginUrl: string, lostLogin: LostLogin | undefined): string {
  if (lostLogin?.returnTo === undefined) return loginUrl
  return `${loginUrl}?${new URLSearchParams({ return_to: lostLogin.returnTo })}`
}

function showProblem(shown: Shown, request: RelyingPartyRequest, response: HttpResponse) {
  const { code, lostLogin, reference, message: detail } = shown
  const { status, title } = errorTable[code]
  const login = status === 401 ? { login_url: request.oidc?.loginUrl } : {}
  const problem = { type: 'about:blank', title, status, code, detail, reference, reason: lostLogin?.reason }
  sendProblem(request, response, { ...problem, ...login })
}
