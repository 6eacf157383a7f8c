// Starts a login, for the routes and the guards: keeps it in flight and sends the browser to the provider.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import { addressOf } from '../http/address.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isTooLong, linkTo } from '../http/own-link.ts'
import { type Page, sendPage } from '../http/page.ts'
import { redirect } from '../http/redirect.ts'
import { originalUrl } from '../http/request-url.ts'
import { excessOctets, longestUrl, pageId, parseReturnTo } from '../http/return-to.ts'
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
import { type Destination, warnOfCutPath } from './arrive.ts'
import { chooserPage, providerOf } from './choose-provider.ts'

/** What a login is started with. */
export interface LoginOptions {
  /** Local path to come back to; anything else becomes the start page. */
  readonly returnTo: string | undefined
  /** The path that was asked for was too long, and was dropped before. @defaultValue false */
  readonly isPathCut?: boolean | undefined
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
    const destination = destinationOf(settings, options)
    const { returnTo } = destination
    const again = repeatUrl(settings, request, { ...options, returnTo })
    if (await replacedSessions.includes(request)) return await comeBackSoon(request, response, again)
    const provider = providerOf(registry, options.provider)
    const ofThisLogin = requirePlainObject(options.authorizationParameters ?? {})
    if (provider === undefined) {
      const choice = { destination, authorizationParameters: ofThisLogin }
      return sendPage(request, response, chooserPage(settings, registry, choice))
    }
    requireNoLoop(parts, request, { returnTo, isByPage: options.isByPage === true })
    const url = await putInFlight(parts, request, { ...options, ...destination, provider, baseUrl, ofThisLogin })
    if (url === undefined) return await comeBackSoon(request, response, again)
    redirectAfterForm(request, response, url, signingIn)
  }
}

/** A login of which everything is known. */
interface ReadyLogin extends Pick<LoginOptions, 'attempt' | 'isSilent' | 'stepUp'>, Destination {
  readonly provider: Provider
  readonly baseUrl: string
  readonly ofThisLogin: AuthorizationParameters
}

/** Whether the app counts on something when the user comes back: such a login is not restarted without it. */
function isOfItsOwn(parameters: AuthorizationParameters): boolean {
  return ['max_age', 'prompt', 'acr_values', 'claims'].some((name) => name in parameters)
}

/**
 * Keeps in the session what the callback needs, and gives the URL of the Authentication Request; undefined when another
 * tab has just replaced the session.
 */
async function putInFlight(
  { settings: { clock }, hints, transactions }: LoginParts,
  request: HttpRequest,
  { provider, baseUrl, returnTo, isPathCut = false, ofThisLogin, attempt = 0, isSilent = false, stepUp }: ReadyLogin,
): Promise<string | undefined> {
  const configured = provider.settings.authorizationParameters(request)
  const isStrict = !isSilent && isOfItsOwn(ofThisLogin)
  const hint = { returnTo, isPathCut, attempt, isSilent, isStrict, startedAt: clock() }
  const state = hints.createState(hint, provider.settings.registration)
  const parameters = { state, baseUrl, ofThisLogin, demand: stepUp?.demand }
  const authorization = await createAuthorizationRequest(provider, configured, parameters)
  const stepUps = stepUp && stepUpsOf(stepUp, returnTo, clock())
  const marks = { ...(isSilent && { isSilent }), ...(isPathCut && { isPathCut }) }
  const transaction = { ...authorization.request, returnTo, stepUps, ...marks }
  const isKept = await transactions.put(request, state, transaction)
  return isKept ? authorization.url : undefined
}

function stepUpsOf(
  { demand, login }: NonNullable<LoginOptions['stepUp']>,
  returnTo: string,
  now: number,
): readonly StepUp[] {
  const { acrValues, maxAgeSeconds } = demand
  const [path = ''] = returnTo.split(/[?#]/, 1)
  return withStepUp(login, { acrValues, maxAgeSeconds, page: pageId(path) }, now)
}

/** As long as the answer to another tab, with its new cookie, may be on its way. */
const cookieArrivalSeconds = 0.5

/**
 * Another tab has just signed in, and its cookie is on the way. The request is repeated when it has arrived; if it never
 * does, because that answer was aborted, the login starts then.
 */
export async function comeBackSoon(
  request: HttpRequest,
  response: HttpResponse,
  url: string,
  seconds: number = cookieArrivalSeconds,
): Promise<void> {
  await delay(seconds * 1000, undefined, { ref: false })
  leaveSession(request)
  redirect(request, response, url)
}

/** The request's own URL. A post cannot be repeated: it leads to its page, unless the app counts on this very login. */
function repeatUrl(
  { basePath }: Settings,
  request: HttpRequest,
  { mount, returnTo, authorizationParameters = {} }: LoginOptions & { readonly returnTo: string },
): string {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return isOfItsOwn(authorizationParameters) ? `${basePath}/` : returnTo
  }
  return parseReturnTo(basePath + originalUrl(request).slice(mount.length)) ?? returnTo
}

/** Browsers give up after 20 redirects, and each time round takes three. */
const mostRepeats = 5

/** A page that is asked for by people whom no login helps would send them to the provider for ever. */
function requireNoLoop(
  { settings, transactions }: LoginParts,
  request: HttpRequest,
  { returnTo, isByPage }: { readonly returnTo: string; readonly isByPage: boolean },
): void {
  const { clock, loginRate } = settings
  const isInCircles = isByPage && noteRepeat(request, returnTo, clock()) > mostRepeats
  const count = transactions.count(request, returnTo, loginRate.withinSeconds)
  if (isInCircles || count >= loginRate.starts) throw loginLoop(shortEnough(settings, returnTo))
}

/** For the link of the page that stops a loop. */
function shortEnough({ basePath, routes, log }: Settings, returnTo: string): string | undefined {
  if (!isTooLong(linkTo(`${basePath}${routes.login || ''}`, { return_to: returnTo }))) return returnTo
  warnOfCutPath(log, 'A return path was dropped, because a link that carries it exceeds 8,000 octets.')
  return undefined
}

/** Where the login leads: to the start page if the path is not local, too long, or one of our routes, which would loop. */
function destinationOf(settings: Settings, { returnTo: value, isPathCut = false }: LoginOptions): Destination {
  const returnTo = parseReturnTo(value)
  if (returnTo !== undefined && !isOwnRoute(settings, returnTo)) return { returnTo, isPathCut }
  const octets = excessOctets(value)
  if (octets !== undefined) {
    warnOfCutPath(settings.log, `A return path of ${octets} octets was dropped: it can have ${longestUrl} at most.`)
  }
  return { returnTo: `${settings.basePath}/`, isPathCut: isPathCut || octets !== undefined }
}

function isOwnRoute({ basePath, routes, providers }: Settings, returnTo: string): boolean {
  const [path] = returnTo.split(/[?#]/, 1)
  const { login, initiateLogin, logout, backchannelLogout, frontchannelLogout } = routes
  const callbacks = providers.map(({ callbackPath }) => callbackPath)
  const own = [login, initiateLogin, logout, backchannelLogout, frontchannelLogout, ...callbacks]
  return own.some((route) => route && path === basePath + route)
}

/** `redirect_uri` comes from `baseUrl` alone, so a mount that `baseUrl` does not know would lose the callback. */
function requireMount({ basePath }: Settings, baseUrl: string, mount: string): void {
  if (basePath.toLowerCase().endsWith(mount.toLowerCase().replace(/\/+$/, ''))) return
  const message = `relyingParty() is mounted at ${mount} but baseUrl is ${baseUrl}: baseUrl must end with the mount path.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
