// Signs in whoever is signed in at the provider already, on the first page of a visit, without showing them anything.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { mountPath } from '../http/request-url.ts'
import { forbidsSilentLogin } from '../http/silent-login-mark.ts'
import type { AuthorizationParameters } from '../options.ts'
import type { Settings } from '../options-settings.ts'
import { mayAskSilently } from '../session/silent-login.ts'
import { browserPath, type LoginRequest } from './load-user.ts'

/** Starts a login of `prompt=none`; the routes have it. */
export type StartSilentLogin = (
  request: HttpRequest,
  response: HttpResponse,
  options: LoginRequest & { readonly authorizationParameters: AuthorizationParameters; readonly isSilent: true },
) => Promise<void>

/** Asks the provider, and answers the request, when this is the first page of a visit; true when it has. */
export type AskSilently = (request: HttpRequest, response: HttpResponse) => Promise<boolean>

/** Makes what runs for requests by nobody. */
export function createSilentLogin(settings: Settings, startLogin: StartSilentLogin): AskSilently {
  return async function askSilently(request, response) {
    if (settings.silentLogin === undefined || !isFirstPage(request) || !settings.silentLogin(request)) return false
    const mount = mountPath(request, request.url ?? '/')
    const returnTo = browserPath(request, settings.basePath, mount)
    try {
      const authorizationParameters = { prompt: 'none' }
      await startLogin(request, response, {
        returnTo,
        provider: undefined,
        mount,
        authorizationParameters,
        isSilent: true,
      })
      return true
    } catch (error) {
      if (isOfProvider(error)) return false // a public page is shown while the provider is down
      throw error
    }
  }
}

/** Of a browser that says so: crawlers and programs have no login anywhere. */
function isFirstPage(request: HttpRequest): boolean {
  const isBrowser = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
  return isBrowser && isPageNavigation(request) && !forbidsSilentLogin(request) && mayAskSilently(request)
}

function isOfProvider(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_DISCOVERY'
}
