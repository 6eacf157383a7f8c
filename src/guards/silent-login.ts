// Signs in whoever is signed in at the provider already, on the first page of a visit, without showing them anything.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { mountPath } from '../http/request-url.ts'
import { forbidsSilentLogin } from '../http/silent-login-mark.ts'
import type { Log } from '../log.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import type { Settings } from '../options-settings.ts'
import { isCarriedByState } from '../session/login-hint.ts'
import { mayAskSilently, warnOfSilentLogin } from '../session/silent-login.ts'
import { browserPath } from './load-user.ts'
import type { LoginRequest } from './request-actions.ts'

/** Starts a login of `prompt=none`; the routes have it. */
export type StartSilentLogin = (
  request: HttpRequest,
  response: HttpResponse,
  options: LoginRequest & { readonly authorizationParameters: AuthorizationParameters; readonly isSilent: true },
) => Promise<void>

/** The provider that is asked. */
export interface SilentProvider {
  configuration(): Promise<unknown>
}

/** Asks the provider, and answers the request, when this is the first page of a visit; true when it has. */
export type AskSilently = (request: HttpRequest, response: HttpResponse) => Promise<boolean>

/** A public page does not wait longer for a provider that nobody has asked for. */
const longestWaitSeconds = 1
/** After that it is not waited for again for a while: one visitor a minute is enough to find out that it is back. */
const retryAfterSeconds = 60

/** Makes what runs for requests by nobody. A public page is shown whatever fails here. */
export function createSilentLogin(
  settings: Settings,
  provider: SilentProvider | undefined,
  startLogin: StartSilentLogin,
): AskSilently {
  let pausedUntil = Number.NEGATIVE_INFINITY

  async function isReady(): Promise<boolean> {
    if (provider === undefined || performance.now() < pausedUntil) return false
    const ready = provider.configuration().then(
      () => true,
      () => false,
    )
    if (await Promise.race([ready, delay(longestWaitSeconds * 1000, false, { ref: false })])) return true
    pausedUntil = performance.now() + retryAfterSeconds * 1000
    return false
  }

  return async function askSilently(request, response) {
    if (settings.silentLogin === undefined || !isFirstPage(request)) return false
    if (!(await settings.silentLogin(request))) return false
    if (!(await isReady())) return false
    const mount = mountPath(request, request.url ?? '/')
    const returnTo = browserPath(request, settings.basePath, mount)
    if (!isCarriedByState(returnTo)) return false // its user asked for this very page, and must not end elsewhere
    const authorizationParameters = { prompt: 'none' }
    const login = { returnTo, provider: undefined, mount, authorizationParameters, isSilent: true } as const
    return await startLogin(request, response, login).then(() => true, unlessOurs(settings.log))
  }
}

function unlessOurs(log: Log): (error: unknown) => false {
  return (error) => {
    if (!(error instanceof RelyingPartyError)) throw error
    warnOfSilentLogin(log, error)
    return false
  }
}

/** Of a browser that says so: crawlers and programs have no login anywhere. */
function isFirstPage(request: HttpRequest): boolean {
  const isBrowser = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
  return isBrowser && isPageNavigation(request) && !forbidsSilentLogin(request) && mayAskSilently(request)
}
