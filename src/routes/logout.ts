// POST or GET /logout: ends the login here first, then at the provider.
import { RelyingPartyError } from '../errors.ts'
import { type Address, addressOf } from '../http/address.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { type Page, sendPage } from '../http/page.ts'
import { isOwnSiteRequest } from '../http/same-site.ts'
import type { Settings } from '../options-settings.ts'
import {
  createEndSessionRequest,
  type EndSessionRequest,
  endSessionUrl,
  logoutHintOf,
} from '../protocol/end-session-request.ts'
import { revokeRefreshToken } from '../protocol/revocation.ts'
import type { Registry } from '../providers/registry.ts'
import type { LoginRecord } from '../session/login-record.ts'
import type { Login } from '../session/login-records.ts'
import type { Logins } from '../session/logins.ts'
import type { Shutdown } from '../session/shutdown.ts'
import { forbidSilentLogin } from '../session/silent-login.ts'

/** What an app may say about a logout. */
export interface LogoutOptions {
  /** Who signs out, in the provider's own words: sent as `logout_hint`. */
  readonly logoutHint?: string | undefined
  /** The login as the request began with it, also when it has ended meanwhile: the provider is to hear of it. */
  readonly login?: Login | undefined
}

/** Ends the login of a request and answers it. */
export type EndLogin = (request: HttpRequest, response: HttpResponse, options: LogoutOptions) => Promise<void>

/** Proxies and servers cut requests off from 4 kB on; a form has no such limit (RP-Initiated Logout 1.0 section 2). */
const longestUrl = 4096

/** The dependencies of a logout. */
export interface EndLoginParts {
  readonly registry: Registry
  readonly logins: Pick<Logins, 'load' | 'end'>
  readonly shutdown: Shutdown
}

/** Creates what ends a login, for the route and for the app's own handlers. */
export function createEndLogin(settings: Settings, { registry, logins, shutdown }: EndLoginParts): EndLogin {
  /**
   * The refresh token is of no use any more. The answer does not wait for it, and its failure is not reported: the record
   * that held it is gone, and the user must be signed out whatever the provider says.
   */
  function revoke(record: LoginRecord | undefined): void {
    const provider = record && registry.of(record)
    if (provider === undefined || record?.refreshToken === undefined) return
    shutdown.track(revokeRefreshToken(provider, record.refreshToken)).catch(() => undefined)
  }

  return async function endLogin(request, response, options) {
    const postLogoutRedirectUri = addressOf(request, settings).baseUrl + settings.routes.postLogout
    // A store that cannot be read may still delete: nobody stays signed in because hints for the provider are missing.
    const { record } = options.login ?? (await logins.load(request).catch(() => undefined)) ?? {}
    await logins.end(request)
    await forbidSilentLogin(request, settings).catch(() => undefined) // the sign-out is done, also where the store is full
    revoke(record)
    // Who is signed in nowhere signs out at the only provider, if there is only one.
    const provider = record === undefined ? registry.only : registry.of(record)
    const logoutHint = options.logoutHint ?? (record && logoutHintOf(record.claims))
    const hints = { idToken: record?.idToken, logoutHint, postLogoutRedirectUri }
    const endSession = provider && (await createEndSessionRequest(provider, hints))
    const url = endSession === undefined ? postLogoutRedirectUri : endSessionUrl(endSession)
    if (endSession !== undefined && url.length > longestUrl) sendForm(request, response, endSession)
    else redirectAfterForm(request, response, url, signingOut(settings))
  }
}

/** Makes the route. */
export function createLogout(settings: Settings, endLogin: EndLogin) {
  return async function logout(request: HttpRequest, response: HttpResponse): Promise<void> {
    requireOwnSite(request, addressOf(request, settings))
    await endLogin(request, response, {})
  }
}

/** A foreign page, image or prefetch cannot sign a person out (logout CSRF). */
function requireOwnSite(request: HttpRequest, { origin }: Address): void {
  if (isOwnSiteRequest(request, origin)) return
  const message =
    `A sign-out that did not provably come from a page of ${origin} was refused. Post a form to it. A link works only ` +
    'in browsers that send Sec-Fetch-Site. Over plain http off localhost browsers send Origin alone, and not even that ' +
    "under Referrer-Policy: no-referrer (helmet's default): use https, or Referrer-Policy: same-origin."
  throw new RelyingPartyError('ERR_RP_LOGOUT_CROSS_SITE', { message })
}

const signingOutText = 'You are being taken to the sign-in service to sign out there.'

/** Its link works when the header does not: the login here has ended already, so the URL needs no token any more. */
function signingOut({ basePath, routes }: Settings): Page {
  const links = [{ href: `${basePath}${routes.logout || routes.postLogout}`, text: 'Continue' }]
  return { status: 200, title: 'Signing out', text: signingOutText, links }
}

/**
 * The one page of ours with a token on it: a form is the only other way to send `id_token_hint` (RP-Initiated Logout 1.0
 * section 2). It is never cached, loads nothing, and tells nobody where it was; see docs/decisions/0014.
 */
function sendForm(request: HttpRequest, response: HttpResponse, { endpoint, parameters }: EndSessionRequest): void {
  const form = { action: endpoint, fields: parameters, button: 'Continue' }
  sendPage(request, response, { status: 200, title: 'Signing out', text: signingOutText, form })
}
