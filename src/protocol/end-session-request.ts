// The logout request (OpenID Connect RP-Initiated Logout 1.0 section 2).
import type { ProviderSettings } from '../options-settings.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { randomText } from '../random.ts'
import type { Claims } from './claims.ts'

/** A logout request: by GET as {@link endSessionUrl}, or the parameters as a form to the endpoint. */
export interface EndSessionRequest {
  readonly endpoint: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Who signs out, as far as it is known, and where the browser ends up. */
export interface EndSessionHints {
  readonly postLogoutRedirectUri: string
  readonly idToken: string | undefined
  readonly logoutHint: string | undefined
}

/** What signs the person out at the provider too; undefined when the provider cannot, or cannot be asked. */
export async function createEndSessionRequest(
  provider: Provider,
  { idToken, logoutHint, postLogoutRedirectUri }: EndSessionHints,
): Promise<EndSessionRequest | undefined> {
  const { settings } = provider
  // The login has ended here already: a provider that is down must not keep the user from seeing so. The session there lives on.
  const configuration = await provider.configuration().catch((error: unknown) => {
    settings.log.report(error, 'end_session_endpoint')
    return undefined
  })
  if (configuration === undefined) return undefined
  const { end_session_endpoint: endpoint } = metadataOf(configuration)
  if (!endpoint) return fallback(settings, postLogoutRedirectUri)
  if (settings.requiresIdTokenHint && idToken === undefined) return undefined
  const parameters = {
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    ...(logoutHint === undefined ? {} : { logout_hint: logoutHint }),
    client_id: settings.clientId,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state: randomText(16),
  }
  return { endpoint, parameters }
}

/** The request by GET; the query that the endpoint itself has stays. */
export function endSessionUrl({ endpoint, parameters }: EndSessionRequest): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** The claim by which providers say what `logout_hint` they want (section 2 leaves it to them). */
export function logoutHintOf({ login_hint: hint }: Claims): string | undefined {
  return typeof hint === 'string' && hint !== '' ? hint : undefined
}

function fallback(
  { endSessionFallback, clientId }: ProviderSettings,
  postLogoutRedirectUri: string,
): EndSessionRequest | undefined {
  if (endSessionFallback === undefined) return undefined
  const { url, redirectParameter } = endSessionFallback
  return { endpoint: url, parameters: { client_id: clientId, [redirectParameter]: postLogoutRedirectUri } }
}
