// GET /login: starts a login and sends the browser to the provider.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import { type Address, addressOf } from '../http/address.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { type Page, sendPage } from '../http/page.ts'
import { redirect } from '../http/redirect.ts'
import { mountPath, requestQuery } from '../http/request-url.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { type AuthorizationParameters, loginRouteParameters } from '../options.ts'
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
import { readLoginParameters } from './login-parameters.ts'

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

/** Makes what starts a login, for the route and for guards. */
export function createStartLogin(parts: LoginParts): StartLogin {
  const { settings, registry, hints, transactions, replacedSessions } = parts
  return async function startLogin(request, response, { attempt = 0, isSilent = false, isByPage = false, ...options }) {
    const address = addressOf(request, settings)
    requireMount(settings, address, options.mount)
    const returnTo = returnToOf(settings, options.returnTo)
    if (await replacedSessions.includes(request)) return await comeBackSoon(request, response, returnTo)
    const provider = providerOf(registry, options.provider)
    const ofThisLogin = requirePlainObject(options.authorizationParameters ?? {})
    if (provider === undefined) {
      return sendPage(request, response, chooserPage(settings, registry, { ...ofThisLogin, return_to: returnTo }))
    }
    requireNoLoop(parts, request, { returnTo, isByPage })
    const configured = provider.settings.authorizationParameters(request)
    const { registration } = provider.settings
    const isStrict = !isSilent && strictParameters.some((name) => name in ofThisLogin)
    const state = hints.createState(
      { returnTo, attempt, isSilent, isStrict, startedAt: settings.clock() },
      registration,
    )
    const parameters = { state, baseUrl: address.baseUrl, ofThisLogin, demand: options.stepUp?.demand }
    const authorization = await createAuthorizationRequest(provider, configured, parameters)
    const kept = { ...authorization.request, returnTo, stepUps: stepUpsOf(options, returnTo, settings.clock()) }
    const isKept = await transactions.put(request, state, isSilent ? { ...kept, isSilent } : kept)
    if (!isKept) return await comeBackSoon(request, response, returnTo)
    redirectAfterForm(request, response, authorization.url, signingIn)
  }
}

/** What an app counts on when the person comes back: such a login is not begun again without it. */
const strictParameters = ['max_age', 'prompt', 'acr_values', 'claims']

const pauseSeconds = 0.5

/** Another tab has just signed in: when its cookie has arrived, nobody needs this login any more. */
export async function comeBackSoon(request: HttpRequest, response: HttpResponse, returnTo: string): Promise<void> {
  await delay(pauseSeconds * 1000, undefined, { ref: false })
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

function stepUpsOf({ stepUp }: LoginOptions, returnTo: string, now: number): readonly StepUp[] | undefined {
  if (stepUp === undefined) return undefined
  const { acrValues, maxAgeSeconds } = stepUp.demand
  const [page = ''] = returnTo.split(/[?#]/, 1)
  return withStepUp(stepUp.login, { acrValues, maxAgeSeconds, page }, now)
}

/** Makes the route. */
export function createLogin({ forwardLoginParameters }: Settings, startLogin: StartLogin) {
  return async function login(request: HttpRequest, response: HttpResponse): Promise<void> {
    requireNavigation(request)
    const query = requestQuery(request)
    const mount = mountPath(request, request.url ?? '/')
    await startLogin(request, response, {
      returnTo: once(query, 'return_to'),
      provider: once(query, 'provider') || undefined,
      authorizationParameters: readLoginParameters(query, forwardLoginParameters),
      mount,
    })
  }
}

/** A parameter that comes twice counts as absent. */
function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

/** The provider that was named; the only one; or undefined: the person has to choose. */
function providerOf(registry: Registry, id: string | undefined): Provider | undefined {
  if (id === undefined) return registry.only
  const provider = registry.find(id)
  if (provider !== undefined) return provider
  const known = registry.all.map(({ settings }) => settings.id).join(', ')
  const message = `The login names a provider that is not configured. Known ids: ${known}.`
  throw new RelyingPartyError('ERR_RP_PROVIDER_UNKNOWN', { message })
}

/** Its links carry on what the login was started with. */
function chooserPage(settings: Settings, registry: Registry, parameters: Readonly<Record<string, string>>): Page {
  const { basePath, routes } = settings
  requireForwarded(settings, parameters)
  if (routes.login === false) {
    const message =
      'Name the provider: req.oidc.login({ provider }). With routes.login: false there is no page to choose on.'
    throw new RelyingPartyError('ERR_RP_PROVIDER_UNKNOWN', { message })
  }
  const url = basePath + routes.login
  const links = registry.all.map(({ settings: { id, name } }) => ({
    href: `${url}?${new URLSearchParams({ ...parameters, provider: id })}`,
    text: name,
  }))
  return { status: 200, title: 'Sign in', text: 'Where do you want to sign in?', links }
}

/** What the login route would ignore must not get lost without a word: it may be a `max_age` that the app counts on. */
function requireForwarded({ forwardLoginParameters }: Settings, parameters: Readonly<Record<string, string>>): void {
  const known = [...loginRouteParameters, ...forwardLoginParameters]
  const lost = Object.keys(parameters).filter((name) => !known.includes(name))
  if (lost.length === 0) return
  const message =
    `req.oidc.login({ authorizationParameters }) without a provider: the page to choose on carries ${lost.join(', ')} ` +
    'only with forwardLoginParameters. Name the provider, or add them there.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

/** A fetch() cannot follow to the provider, and a prefetch must not fill the session with logins nobody asked for. */
export function requireNavigation(request: HttpRequest): void {
  if (isPageNavigation(request)) return
  const message = 'The login URL was asked for by a script, a frame or a prefetch. Navigate to it instead.'
  throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
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
function requireMount({ basePath }: Settings, { baseUrl }: Address, mount: string): void {
  if (basePath.toLowerCase().endsWith(mount.toLowerCase().replace(/\/+$/, ''))) return
  const message = `relyingParty() is mounted at ${mount} but baseUrl is ${baseUrl}: baseUrl must end with the mount path.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
