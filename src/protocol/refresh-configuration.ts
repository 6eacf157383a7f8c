// openid-client's Configuration for refresh requests: takes the ID token out of the answer before openid-client reads it.
import * as openid from 'openid-client'
import { clientAuthentication } from '../providers/client-authentication.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

const idTokenMember: unique symbol = Symbol('id_token')

const known = new WeakMap<openid.Configuration, openid.Configuration>()

/**
 * The provider's configuration for refresh requests.
 *
 * openid-client compares the claims of every ID token and rejects the whole answer when one does not fit. The refresh token
 * is used by then, so the rotated one in the answer would be lost. Here we validate the ID token ourselves, and decide.
 */
export async function refreshConfiguration({ configuration, settings }: Provider): Promise<openid.Configuration> {
  const shared = await configuration()
  const found = known.get(shared) ?? derive(shared, settings)
  known.set(shared, found)
  return found
}

/** The ID token of an answer to a request with that configuration, as it came; undefined when there was none. */
export function refreshedIdToken(answer: object): unknown {
  return (answer as { readonly [idTokenMember]?: unknown })[idTokenMember]
}

function derive(shared: openid.Configuration, settings: Provider['settings']): openid.Configuration {
  const { client_id: clientId, ...client } = shared.clientMetadata()
  const derived = new openid.Configuration(metadataOf(shared), clientId, client, clientAuthentication(settings))
  const send = shared[openid.customFetch]
  if (send !== undefined) derived[openid.customFetch] = async (...request) => setIdTokenAside(await send(...request))
  openid.allowInsecureRequests(derived) // as in discovery.ts: the HTTP client decides
  derived.timeout = shared.timeout
  return derived
}

function setIdTokenAside(response: Response): Response {
  const read = response.json.bind(response)
  const json = async (): Promise<unknown> => {
    const body: unknown = await read()
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
    const { id_token: idToken, ...others } = body as Record<string, unknown>
    return { ...others, [idTokenMember]: idToken }
  }
  return Object.defineProperty(response, 'json', { value: json })
}
