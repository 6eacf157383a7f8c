// The logout request (OpenID Connect RP-Initiated Logout 1.0 section 2).
import { randomBytes } from 'node:crypto'
import * as openid from 'openid-client'
import type { ProviderSettings } from '../options.ts'
import type { Provider } from '../providers/provider.ts'

/** The URL that signs the person out at the provider too; undefined when the provider cannot, or cannot be asked. */
export async function createEndSessionUrl(
  provider: Provider,
  idToken: string | undefined,
): Promise<string | undefined> {
  // The login has ended here already: a provider that is down must not keep the person from seeing so.
  const { settings } = provider
  const configuration = await provider.configuration().catch(() => undefined)
  if (configuration === undefined) return undefined
  if (!configuration.serverMetadata().end_session_endpoint) return fallbackUrl(settings)
  if (settings.requiresIdTokenHint && idToken === undefined) return undefined
  const url = openid.buildEndSessionUrl(configuration, {
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    client_id: settings.clientId,
    post_logout_redirect_uri: settings.postLogoutRedirectUri,
    state: randomBytes(16).toString('base64url'),
  })
  return url.href
}

function fallbackUrl(settings: ProviderSettings): string | undefined {
  const { endSessionFallback: fallback, clientId, postLogoutRedirectUri } = settings
  if (fallback === undefined) return undefined
  const url = new URL(fallback.url)
  url.searchParams.set('client_id', clientId)
  url.searchParams.set(fallback.redirectParameter, postLogoutRedirectUri)
  return url.href
}
