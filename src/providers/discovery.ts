// The provider's metadata: read when first needed, shared by whoever waits, retried, refreshed, served stale.
import { setTimeout as delay } from 'node:timers/promises'
import * as openid from 'openid-client'
import { mayUse } from '../http/secure-url.ts'
import { isOpenId, type ProviderSettings } from '../options-settings.ts'
import { clientAuthentication } from './client-authentication.ts'
import { discoveryError } from './discovery-error.ts'
import { isTransient } from './failure.ts'
import { asProviderFetch, type HttpClient } from './http-client.ts'
import { metadataOf } from './metadata.ts'
import { warnOfStale } from './stale.ts'

/** Metadata changes rarely (a new endpoint, a new host); an hour is what vendors name when they name anything. */
const refreshAfterSeconds = 3600
/** A failed refresh is tried again after this, so that a dead provider is not asked by every login. */
const refreshBackOffSeconds = 60
/** Pauses between the tries of one discovery: long enough for a restart behind a load balancer, short for a person. */
const retryPausesSeconds = [0.2, 0.6]

/** Gives the provider's metadata, bound to the client, as openid-client's `Configuration`. */
export interface Discovery {
  (): Promise<openid.Configuration>
  /** Reads the metadata again at the next call. */
  forget(): void
}

/** Makes the lazy, coalesced discovery of one provider (OpenID Connect Discovery 1.0 section 4). */
export function createDiscovery(settings: ProviderSettings, http: HttpClient): Discovery {
  const auth = clientAuthentication(settings) // at once: a key that cannot be read is a fault of the options
  let current: openid.Configuration | undefined
  let underway: Promise<openid.Configuration> | undefined
  let refreshAt = 0

  function discover(): Promise<openid.Configuration> {
    underway ??= discoverWithRetries(() => discoverOnce(settings, http, auth))
      .then((configuration) => {
        current = configuration
        refreshAt = settings.clock() + refreshAfterSeconds
        return configuration
      })
      .catch((error: unknown) => {
        throw discoveryError(settings, error)
      })
      .finally(() => {
        underway = undefined
      })
    return underway
  }

  async function discovery(): Promise<openid.Configuration> {
    if (current === undefined) return await discover()
    if (settings.clock() >= refreshAt) {
      refreshAt = settings.clock() + refreshBackOffSeconds
      discover().catch((error: unknown) => warnOfStale(settings, 'metadata', error))
    }
    return current
  }

  function forget(): void {
    current = undefined
  }

  return Object.assign(discovery, { forget })
}

async function discoverWithRetries(discover: () => Promise<openid.Configuration>): Promise<openid.Configuration> {
  for (const pause of retryPausesSeconds) {
    try {
      return await discover()
    } catch (error) {
      if (!isTransient(error)) throw error
    }
    await delay(pause * 1000)
  }
  return await discover()
}

async function discoverOnce(settings: ProviderSettings, http: HttpClient, auth: openid.ClientAuth) {
  const configuration =
    settings.metadata === undefined
      ? await readMetadata(settings, http, auth)
      : new openid.Configuration(given(settings), settings.clientId, clientMetadata(settings), auth)
  configuration[openid.customFetch] = asProviderFetch(http)
  // The HTTP client decides which URLs may go without TLS: it knows loopback from the rest, openid-client does not. It
  // has the time limit too: a second one would cost a timer for each request.
  openid.allowInsecureRequests(configuration)
  configuration.timeout = 0
  requireEndpoints(metadataOf(configuration), settings)
  return configuration
}

function readMetadata(settings: ProviderSettings, http: HttpClient, auth: openid.ClientAuth) {
  return openid.discovery(new URL(settings.issuer), settings.clientId, clientMetadata(settings), auth, {
    [openid.customFetch]: asProviderFetch(http),
    execute: [openid.allowInsecureRequests],
  })
}

function clientMetadata({ idTokenSignedResponseAlg, clockToleranceSeconds }: ProviderSettings) {
  return {
    id_token_signed_response_alg: idTokenSignedResponseAlg,
    [openid.clockTolerance]: clockToleranceSeconds,
  }
}

function given({ issuer, metadata }: ProviderSettings): openid.ServerMetadata {
  return { ...metadata, issuer }
}

/** A login needs these; the other endpoints are used where they are announced. All must be safe to use. */
function requireEndpoints(metadata: openid.ServerMetadata, settings: ProviderSettings): void {
  const needed = ['authorization_endpoint', 'token_endpoint'] as const
  const forIdTokens = isOpenId(settings) ? (['jwks_uri'] as const) : []
  for (const name of [...needed, ...forIdTokens]) {
    if (!metadata[name]) throw new TypeError(`it has no ${name}`)
  }
  const others = ['jwks_uri', 'userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint'] as const
  for (const name of [...needed, ...others]) {
    const url = metadata[name]
    if (url && !(typeof url === 'string' && URL.canParse(url) && mayUse(new URL(url), settings))) {
      throw new TypeError(`its ${name} is not an https URL`)
    }
  }
}
