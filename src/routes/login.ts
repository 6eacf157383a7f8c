// GET /login: starts a login and sends the browser to the provider.
import { RelyingPartyError } from '../errors.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import type { Page } from '../http/page.ts'
import { mountPath, requestQuery } from '../http/request-url.ts'
import { parseReturnTo } from '../http/return-to.ts'
import type { Settings } from '../options.ts'
import { createAuthorizationRequest } from '../protocol/authorization-request.ts'
import type { Provider } from '../providers/provider.ts'
import type { Transactions } from '../session/transactions.ts'

/** What a login is started with. */
export interface LoginOptions {
  /** Local path to come back to; anything else becomes the start page. */
  readonly returnTo: string | undefined
  /** Where the middleware is mounted, '' at the root. */
  readonly mount: string
}

/** Starts a login and answers the request with the redirect. */
export type StartLogin = (request: HttpRequest, response: HttpResponse, options: LoginOptions) => Promise<void>

const signingIn: Page = { status: 200, title: 'Signing in', text: 'You are being taken to the sign-in service.' }

/** Makes what starts a login, for the route and for guards. */
export function createStartLogin(settings: Settings, provider: Provider, transactions: Transactions): StartLogin {
  return async function startLogin(request, response, options) {
    requireMount(settings, options.mount)
    const returnTo = returnToOf(settings, options.returnTo)
    const parameters = settings.authorizationParameters(request)
    const authorization = await createAuthorizationRequest(provider, settings, parameters)
    await transactions.put(request, authorization.state, { ...authorization.request, returnTo })
    redirectAfterForm(request, response, authorization.url, signingIn)
  }
}

/** Makes the route. */
export function createLogin(startLogin: StartLogin) {
  return async function login(request: HttpRequest, response: HttpResponse): Promise<void> {
    requireNavigation(request)
    const [returnTo, ...others] = requestQuery(request).getAll('return_to')
    const mount = mountPath(request, request.url ?? '/')
    await startLogin(request, response, { returnTo: others.length === 0 ? returnTo : undefined, mount })
  }
}

/** A fetch() cannot follow to the provider, and a prefetch must not fill the session with logins nobody asked for. */
function requireNavigation(request: HttpRequest): void {
  if (isPageNavigation(request)) return
  const message = 'The login URL was asked for by a script, a frame or a prefetch. Navigate to it instead.'
  throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}

/** The start page for whatever is not local, and for our own routes: coming back to `/login` would go round forever. */
function returnToOf({ basePath, routes }: Settings, value: string | undefined): string {
  const returnTo = parseReturnTo(value)
  const path = returnTo?.split(/[?#]/, 1)[0]
  const own = [routes.login, routes.callback, routes.logout].some((route) => route && path === basePath + route)
  return returnTo === undefined || own ? `${basePath}/` : returnTo
}

/** `redirect_uri` comes from `baseUrl` alone, so a mount that `baseUrl` does not know would lose the callback. */
function requireMount({ basePath, baseUrl }: Settings, mount: string): void {
  if (basePath.toLowerCase().endsWith(mount.toLowerCase())) return
  const message = `relyingParty() is mounted at ${mount} but baseUrl is ${baseUrl}: baseUrl must end with the mount path.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
