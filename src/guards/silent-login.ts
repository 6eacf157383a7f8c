// Signs in whoever is signed in at the provider already, on the first page of a visit, without showing them anything.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { redirect } from '../http/redirect.ts'
import { mountPath } from '../http/request-url.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { forbidsSilentLogin } from '../http/silent-login-mark.ts'
import type { Log } from '../log.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import type { Settings } from '../options-settings.ts'
import { leaveSession } from '../session/express-session.ts'
import { isCarriedByState } from '../session/login-hint.ts'
import { isBeingAsked, mayAskSilently, waitForAnswer, warnOfSilentLogin } from '../session/silent-login.ts'
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

  async function ask(request: HttpRequest, response: HttpResponse, visit: Visit): Promise<boolean> {
    if (!(await isReady())) return false
    const authorizationParameters = { prompt: 'none' }
    const login = { ...visit, provider: undefined, authorizationParameters, isSilent: true } as const
    return await startLogin(request, response, login).then(() => true, unlessOurs(settings.log))
  }

  return async function askSilently(request, response) {
    const isFirst = mayAskSilently(request)
    if (!isFirst && !isBeingAsked(request, settings.clock())) return false
    const visit = await visitOf(request, settings)
    if (visit === undefined) return false
    if (isFirst) return await ask(request, response, visit)
    if (!(await waitForAnswer(request, settings.clock))) return false
    leaveSession(request) // another tab has got a new cookie meanwhile
    redirect(request, response, visit.returnTo)
    return true
  }
}

/** The page of a visit. */
interface Visit {
  readonly returnTo: string
  readonly mount: string
}

/** Undefined for requests that are not to be interrupted. */
async function visitOf(request: HttpRequest, { silentLogin, basePath }: Settings): Promise<Visit | undefined> {
  if (silentLogin === undefined || !isByBrowser(request) || !(await silentLogin(request))) return undefined
  const mount = mountPath(request, request.url ?? '/')
  const returnTo = parseReturnTo(browserPath(request, basePath, mount))
  // Its user asked for this very page, and must not end elsewhere.
  return returnTo !== undefined && isCarriedByState(returnTo) ? { returnTo, mount } : undefined
}

function unlessOurs(log: Log): (error: unknown) => false {
  return (error) => {
    if (!(error instanceof RelyingPartyError)) throw error
    warnOfSilentLogin(log, error)
    return false
  }
}

/** Of a browser that says so: crawlers and programs have no login anywhere. */
function isByBrowser(request: HttpRequest): boolean {
  const isBrowser = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
  return isBrowser && isPageNavigation(request) && !forbidsSilentLogin(request)
}
