// Starts a login, for the routes and the guards: keeps it in flight and sends the browser to the provider.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import { addressOf } from '../http/address.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { type Page, sendPage } from '../http/page.ts'
import { redirect } from '../http/redirect.ts'
import { parseReturnTo } from '../http/return-to.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import type { Settings } from '../options-settings.ts'
import { createAuthorizationRequest, requirePlainObject } from '../protocol/authorization-request.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { Provider } from '../providers/provider.ts'
import type { Registry } from '../providers/registry.ts'
import { leaveSession } from '../session/express-session.ts'
import type { LoginHints } from '../session/login-hint.ts'
import type { LoginFacts } from '../session/login-record.ts'
import { noteRepeat } from '../session/login-repeats.ts'
import { loginLoop } from '../session/lost-login.ts'
import type { ReplacedSessions } from '../session/replaced-sessions.ts'
import { type StepUp, withStepUp } from '../session/step-up.ts'
import type { Transactions } from '../session/transactions.ts'
import { chooserPage, providerOf } from './choose-provider.ts'

/** What a login is started with. */
export interface LoginOptions {
  /** Local path to come back to; anything else becomes the start page. */
  readonly returnTo: string | undefined
  /** The id of the provider to sign in at; undefined lets the person choose where there are several. */
  readonly provider: string | undefined
  /** Of this login alone: they win over the configured ones. */
  readonly authorizationParameters?: AuthorizationParameters | undefined
  /** What a page needs, and the login that is not enough for it. */
  readonly stepUp?: { readonly demand: RequestedDemand; readonly login: LoginFacts | undefined } | undefined
  /** Where the middleware is mounted, '' at the root. */
  readonly mount: string
  /** How often it was started again because it got lost; @defaultValue 0 */
  readonly attempt?: number | undefined
  /** Asks whether the person is signed in at the provider, and shows them nothing (`prompt=none`). @defaultValue false */
  readonly isSilent?: boolean | undefined
  /** A page of the app sends there, and not for a step-up. @defaultValue false */
  readonly isByPage?: boolean | undefined
}

/** What starting a login works with. */
export interface LoginParts {
  readonly settings: Settings
  readonly registry: Registry
  readonly hints: LoginHints
  readonly transactions: Pick<Transactions, 'put' | 'count'>
  readonly replacedSessions: Pick<ReplacedSessions, 'includes'>
}

/** Starts a login and answers the request with the redirect. */
export type StartLogin = (request: HttpRequest, response: HttpResponse, options: LoginOptions) => Promise<void>

const signingIn: Page = { status: 200, title: 'Signing in', text: 'You are being taken to the sign-in service.' }

/** Makes what starts a login, for the routes and for guards. */
export function createStartLogin(parts: LoginParts): StartLogin {
  const { settings, registry, replacedSessions } = parts
  return async function startLogin(request, response, options) {
    const { baseUrl } = addressOf(request, settings)
    requireMount(settings, baseUrl, options.mount)
    const returnTo = returnToOf(settings, options.returnTo)
    if (await replacedSessions.includes(request)) return await comeBackSoon(request, response, returnTo)
    const provider = providerOf(registry, options.provider)
    const ofThisLogin = requirePlainObject(options.authorizationParameters ?? {})
    if (provider === undefined) {
      return sendPage(request, response, chooserPage(settings, registry, { ...ofThisLogin, return_to: returnTo }))
    }
    requireNoLoop(parts, request, { returnTo, isByPage: options.isByPage === true })
    const url = await putInFlight(parts, request, { ...options, provider, baseUrl, returnTo, ofThisLogin })
    if (url === undefined) return await comeBackSoon(request, response, returnTo)
    redirectAfterForm(request, response, url, signingIn)
  }
}

/** A login of which everything is known. */
interface ReadyLogin extends Pick<LoginOptions, 'attempt' | 'isSilent' | 'stepUp'> {
  readonly provider: Provider
  readonly baseUrl: string
  readonly returnTo: string
  readonly ofThisLogin: AuthorizationParameters
}

/** What an app counts on when the person comes back: such a login is not begun again without it. */
const strictParameters = ['max_age', 'prompt', 'acr_values', 'claims']

/**
 * Keeps in the session what the callback needs, and gives the URL of the Authentication Request; undefined when another
 * tab has just replaced the session.
 */
async function putInFlight(
  { settings: { clock }, hints, transactions }: LoginParts,
  request: HttpRequest,
  { provider, baseUrl, returnTo, ofThisLogin, attempt = 0, isSilent = false, stepUp }: ReadyLogin,
): Promise<string | undefined> {
  const configured = provider.settings.authorizationParameters(request)
  const isStrict = !isSilent && strictParameters.some((name) => name in ofThisLogin)
  const hint = { returnTo, attempt, isSilent, isStrict, startedAt: clock() }
  const state = hints.createState(hint, provider.settings.registration)
  const parameters = { state, baseUrl, ofThisLogin, demand: stepUp?.demand }
  const authorization = await createAuthorizationRequest(provider, configured, parameters)
  const stepUps = stepUp && stepUpsOf(stepUp, returnTo, clock())
  const transaction = { ...authorization.request, returnTo, stepUps, ...(isSilent && { isSilent }) }
  const isKept = await transactions.put(request, state, transaction)
  return isKept ? authorization.url : undefined
}

function stepUpsOf(
  { demand, login }: NonNullable<LoginOptions['stepUp']>,
  returnTo: string,
  now: number,
): readonly StepUp[] {
  const { acrValues, maxAgeSeconds } = demand
  const [page = ''] = returnTo.split(/[?#]/, 1)
  return withStepUp(login, { acrValues, maxAgeSeconds, page }, now)
}

/** As long as the answer to another tab, with its new cookie, may be on its way. */
const cookieArrivalSeconds = 0.5

/** Another tab has just signed in: when its cookie has arrived, nobody needs this login any more. */
export async function comeBackSoon(request: HttpRequest, response: HttpResponse, returnTo: string): Promise<void> {
  await delay(cookieArrivalSeconds * 1000, undefined, { ref: false })
  leaveSession(request)
  redirect(request, response, returnTo)
}

/** Browsers give up after 20 redirects, and each time round takes three. */
const mostRepeats = 5

/** A page that is asked for by people whom no login helps would send them to the provider for ever. */
function requireNoLoop(
  { settings: { clock, loginRate }, transactions }: LoginParts,
  request: HttpRequest,
  { returnTo, isByPage }: { readonly returnTo: string; readonly isByPage: boolean },
): void {
  const isInCircles = isByPage && noteRepeat(request, returnTo, clock()) > mostRepeats
  const count = transactions.count(request, returnTo, loginRate.withinSeconds)
  if (isInCircles || count >= loginRate.starts) throw loginLoop(returnTo)
}

/** The start page for whatever is not local, and for our own routes: coming back to `/login` would go round forever. */
function returnToOf({ basePath, routes, providers }: Settings, value: string | undefined): string {
  const returnTo = parseReturnTo(value)
  const path = returnTo?.split(/[?#]/, 1)[0]
  const { login, initiateLogin, logout, backchannelLogout, frontchannelLogout } = routes
  const callbacks = providers.map(({ callbackPath }) => callbackPath)
  const own = [login, initiateLogin, logout, backchannelLogout, frontchannelLogout, ...callbacks].some(
    (route) => route && path === basePath + route,
  )
  return returnTo === undefined || own ? `${basePath}/` : returnTo
}

/** `redirect_uri` comes from `baseUrl` alone, so a mount that `baseUrl` does not know would lose the callback. */
function requireMount({ basePath }: Settings, baseUrl: string, mount: string): void {
  if (basePath.toLowerCase().endsWith(mount.toLowerCase().replace(/\/+$/, ''))) return
  const message = `relyingParty() is mounted at ${mount} but baseUrl is ${baseUrl}: baseUrl must end with the mount path.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
