// GET /frontchannel-logout: a provider's page shows it in a frame (OpenID Connect Front-Channel Logout 1.0 section 3).
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { sendPage } from '../http/page.ts'
import { requestQuery } from '../http/request-url.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import type { Registry } from '../providers/registry.ts'
import { isMeant } from '../session/login-records.ts'
import type { Logins } from '../session/logins.ts'

/**
 * Creates the route. Any page can show it in a frame, so it ends only the login of this browser, and only by a `sid` that
 * its ID tokens have had: no token is revoked and no other login ends (threat V32).
 */
export function createFrontchannelLogout(registry: Registry, logins: Pick<Logins, 'load' | 'end'>) {
  return async function frontchannelLogout(request: HttpRequest, response: HttpResponse): Promise<void> {
    const iss = requireOnce(request, 'iss')
    const sid = requireOnce(request, 'sid')
    const login = await logins.load(request)
    // As through the back channel: a refresh may have changed the sid, and the provider may name an earlier one.
    const ended = login?.facts.claims.iss === iss && isMeant(login, { iss, sid }) ? login : undefined
    if (ended !== undefined) await logins.end(request)
    const provider = ended === undefined ? findByIssuer(registry, iss) : registry.of(ended.facts)
    sendPage(request, response, {
      status: 200,
      title: 'Signed out',
      text: 'You can close this page.',
      frameAncestors: provider === undefined ? [] : await originsOf(provider),
    })
  }
}

/** Section 3 lets the provider leave both out; then nobody could tell whose logout it is. */
function requireOnce(request: HttpRequest, name: 'iss' | 'sid'): string {
  const [value, ...more] = requestQuery(request).getAll(name)
  if (value && more.length === 0) return value
  const message =
    `A front-channel logout needs ${name} exactly once. Register the client at the provider with ` +
    'frontchannel_logout_session_required: true.'
  throw new RelyingPartyError('ERR_RP_LOGOUT_TOKEN', { message })
}

function findByIssuer({ all }: Registry, iss: string): Provider | undefined {
  return all.find(({ settings }) => settings.issuer === iss)
}

/** Where the provider's pages are: the frame may stand on any of them. */
async function originsOf(provider: Provider): Promise<string[]> {
  const { issuer } = provider.settings
  // A provider that cannot be asked just showed a page: its issuer is a good guess, and the logout is done already.
  const configuration = await provider.configuration().catch(() => undefined)
  const { authorization_endpoint, end_session_endpoint } = configuration === undefined ? {} : metadataOf(configuration)
  const urls = [issuer, authorization_endpoint, end_session_endpoint].filter((url) => url !== undefined)
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
