// The provider's metadata: read when first needed, shared by whoever waits, retried, refreshed, served stale.
import { setTimeout as delay } from 'node:timers/promises'
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { mayUse } from '../http/secure-url.ts'
import type { Settings } from '../options.ts'
import { clientAuthentication } from './client-authentication.ts'
import { describeFailure, isPassing } from './failure.ts'
import { asProviderFetch, type HttpClient } from './http-client.ts'

/** Metadata changes rarely (a new endpoint, a new host); an hour is what vendors name when they name anything. */
const refreshAfterSeconds = 3600
/** A failed refresh is tried again after this, so that a dead provider is not asked by every login. */
const refreshBackOffSeconds = 60
/** Pauses between the tries of one discovery: long enough for a restart behind a load balancer, short for a person. */
const retryPausesSeconds = [0.2, 0.6]

const optionalEndpoints = ['userinfo_endpoint', 'end_session_endpoint'] as const

/** Gives the provider's metadata, bound to the client, as openid-client's `Configuration`. */
export type Discovery = () => Promise<openid.Configuration>

/** Makes the lazy, coalesced discovery of one provider (OpenID Connect Discovery 1.0 section 4). */
export function createDiscovery(settings: Settings, http: HttpClient): Discovery {
  let current: openid.Configuration | undefined
  let underway: Promise<openid.Configuration> | undefined
  let refreshAt = 0

  function discover(): Promise<openid.Configuration> {
    underway ??= discoverWithRetries(settings, http)
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

  return async function discovery() {
    if (current === undefined) return await discover()
    if (settings.clock() >= refreshAt) {
      refreshAt = settings.clock() + refreshBackOffSeconds
      // Nobody waits for a refresh, and its failure is no one's: what we know goes on serving.
      discover().catch(() => undefined)
    }
    return current
  }
}

async function discoverWithRetries(settings: Settings, http: HttpClient): Promise<openid.Configuration> {
  for (const pause of retryPausesSeconds) {
    try {
      return await discoverOnce(settings, http)
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    await delay(pause * 1000)
  }
  return await discoverOnce(settings, http)
}

async function discoverOnce(settings: Settings, http: HttpClient): Promise<openid.Configuration> {
  const { provider, clientId, idTokenSignedResponseAlg, clockToleranceSeconds } = settings
  const metadata = {
    id_token_signed_response_alg: idTokenSignedResponseAlg,
    [openid.clockTolerance]: clockToleranceSeconds,
  }
  const configuration = await openid.discovery(
    new URL(provider.issuer),
    clientId,
    metadata,
    clientAuthentication(settings),
    {
      [openid.customFetch]: asProviderFetch(http),
      // The HTTP client decides which URLs may go without TLS: it knows loopback from the rest, openid-client does not.
      execute: [openid.allowInsecureRequests],
    },
  )
  requireEndpoints(configuration.serverMetadata(), settings)
  return configuration
}

/** A login needs these three; the other endpoints are used where they are announced. All must be safe to use. */
function requireEndpoints(metadata: openid.ServerMetadata, { provider }: Settings): void {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    if (metadata[name] === undefined) throw new TypeError(`it has no ${name}`)
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', ...optionalEndpoints] as const) {
    const url = metadata[name]
    if (url !== undefined && !(URL.canParse(url) && mayUse(new URL(url), provider))) {
      throw new TypeError(`its ${name} is not an https URL`)
    }
  }
}

function discoveryError({ provider }: Settings, cause: unknown): RelyingPartyError {
  const message =
    `The metadata of the provider ${provider.issuer} could not be used: ${describeFailure(cause)}. ` +
    'Check provider.issuer, and that this host reaches it.'
  return new RelyingPartyError('ERR_RP_DISCOVERY', { message, cause, provider: provider.issuer })
}
