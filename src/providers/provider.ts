// One provider: its metadata, its keys and the client registered with it, all lazy. The app boots while it is down.
import type * as openid from 'openid-client'
import type { Settings } from '../options.ts'
import { createDiscovery } from './discovery.ts'
import { createHttpClient } from './http-client.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'

/** Names the only provider; a transaction remembers which provider it was started at (threat V19, mix-up). */
const onlyProviderId = 'default'

/** What protocol code needs of a provider. */
export interface Provider {
  readonly id: string
  /** The metadata bound to the client; rejects with `ERR_RP_DISCOVERY`. */
  configuration(): Promise<openid.Configuration>
  readonly keys: SigningKeys
}

/** Makes a provider; nothing is asked before the first login. */
export function createProvider(settings: Settings): Provider {
  const http = createHttpClient(settings)
  const configuration = createDiscovery(settings, http)
  const jwksUri = async () => (await configuration()).serverMetadata().jwks_uri ?? ''
  return { id: onlyProviderId, configuration, keys: createSigningKeys(settings, http, jwksUri) }
}
