// One provider: its metadata, its keys and the client registered with it, all lazy. The app boots while it is down.
import type * as openid from 'openid-client'
import type { ProviderSettings } from '../options-settings.ts'
import { createMetadataCheck } from './check-metadata.ts'
import { createDiscovery } from './discovery.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'
import { metadataOf } from './metadata.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'

/** What protocol code needs of a provider. */
export interface Provider {
  readonly settings: ProviderSettings
  /** The metadata bound to the client; rejects with `ERR_RP_DISCOVERY`. */
  configuration(): Promise<openid.Configuration>
  /** The same for a new login; rejects with `ERR_RP_METADATA` too, when the options contradict the metadata. */
  loginConfiguration(): Promise<openid.Configuration>
  readonly keys: SigningKeys
  readonly http: HttpClient
  /** Waits for the requests under way and closes the connections; later requests still work. Never rejects. */
  close(): Promise<void>
}

/** Makes a provider; nothing is asked before the first login. */
export function createProvider(settings: ProviderSettings): Provider {
  const http = createHttpClient(settings)
  const configuration = createDiscovery(settings, http)
  const requireFit = createMetadataCheck(settings)
  const jwksUri = async () => metadataOf(await configuration()).jwks_uri ?? ''

  async function loginConfiguration(): Promise<openid.Configuration> {
    const found = await configuration()
    try {
      requireFit(metadataOf(found))
    } catch (error) {
      configuration.forget() // the provider may be set right before the next login
      throw error
    }
    return found
  }

  const keys = createSigningKeys(settings, http, jwksUri)
  return { settings, configuration, loginConfiguration, keys, http, close: http.close }
}
