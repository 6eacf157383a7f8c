// POST or GET /logout: ends the login here first, then at the provider.
import { RelyingPartyError } from '../errors.ts'
import { redirectAfterForm } from '../http/form-redirect.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isOwnSiteRequest } from '../http/same-site.ts'
import type { Settings } from '../options.ts'
import { createEndSessionUrl } from '../protocol/end-session-request.ts'
import type { Registry } from '../providers/registry.ts'
import type { LoginRecords } from '../session/login-record.ts'

/** Ends the login of a request and answers it. */
export type EndLogin = (request: HttpRequest, response: HttpResponse) => Promise<void>

/** Makes what ends a login, for the route and for the app's own handlers. */
export function createEndLogin(settings: Settings, registry: Registry, logins: LoginRecords): EndLogin {
  return async function endLogin(request, response) {
    const login = await logins.load(request)
    await logins.end(request)
    // Who is signed in nowhere signs out at the only provider, if there is only one.
    const provider = login === undefined ? registry.only : registry.of(login)
    const url = provider && (await createEndSessionUrl(provider, login?.idToken))
    redirectAfterForm(request, response, url ?? settings.postLogoutRedirectUri, signingOut(settings))
  }
}

/** Makes the route. */
export function createLogout(settings: Settings, endLogin: EndLogin) {
  return async function logout(request: HttpRequest, response: HttpResponse): Promise<void> {
    requireOwnSite(settings, request)
    await endLogin(request, response)
  }
}

/** A foreign page, image or prefetch cannot sign a person out (logout CSRF). */
function requireOwnSite({ origin }: Settings, request: HttpRequest): void {
  if (isOwnSiteRequest(request, origin)) return
  const message =
    `A sign-out that did not provably come from a page of ${origin} was refused. Post a form to it. A link works only ` +
    'in browsers that send Sec-Fetch-Site. Over plain http off localhost browsers send Origin alone, and not even that ' +
    "under Referrer-Policy: no-referrer (helmet's default): use https, or Referrer-Policy: same-origin."
  throw new RelyingPartyError('ERR_RP_LOGOUT_CROSS_SITE', { message })
}

/** Its link works when the header does not: the login here has ended already, so the URL needs no token any more. */
function signingOut({ basePath, routes }: Settings) {
  const links = [{ href: `${basePath}${routes.logout || routes.postLogout}`, text: 'Continue' }]
  return {
    status: 200,
    title: 'Signing out',
    text: 'You are being taken to the sign-in service to sign out there.',
    links,
  }
}
