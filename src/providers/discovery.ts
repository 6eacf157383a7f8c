// The provider's metadata: read when first needed, shared by whoever waits, retried, refreshed, served stale.
import { setTimeout as delay } from 'node:timers/promises'
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { mayUse } from '../http/secure-url.ts'
import { isOpenId, type ProviderSettings, withoutSlash } from '../options-settings.ts'
import { answerOf, causesOf, statusOf } from './causes.ts'
import { clientAuthentication } from './client-authentication.ts'
import { describeFailure, isRedirect, isTransient, isUnavailable, outageAdvice, retryAfterHeader } from './failure.ts'
import { asProviderFetch, type HttpClient } from './http-client.ts'
import { metadataOf } from './metadata.ts'
import { plainLocation, plainUrl } from './plain-url.ts'

/** Metadata changes rarely (a new endpoint, a new host); an hour is what vendors name when they name anything. */
const refreshAfterSeconds = 3600
/** A failed refresh is tried again after this, so that a dead provider is not asked by every login. */
const refreshBackOffSeconds = 60
/** Pauses between the tries of one discovery: long enough for a restart behind a load balancer, short for a person. */
const retryPausesSeconds = [0.2, 0.6]

/** Gives the provider's metadata, bound to the client, as openid-client's `Configuration`. */
export type Discovery = () => Promise<openid.Configuration>

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

async function discoverWithRetries(discover: Discovery): Promise<openid.Configuration> {
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

function discoveryError(settings: ProviderSettings, cause: unknown): RelyingPartyError {
  const { issuer, clock } = settings
  const explanations = {
    OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: `it announces another issuer, ${nameOf(announcedIssuer(cause))}`,
    ERR_INVALID_URL: 'it announces another issuer, a text that is no URL',
  }
  const source = settings.metadata === undefined ? ` (${metadataUrl(issuer)})` : ', given as `provider.metadata`,'
  const message =
    `The metadata of the provider ${issuer}${source} could not be used: ${describeFailure(cause, { explanations })}. ` +
    adviceOn(cause, settings)
  const headers = retryAfterHeader(cause, clock())
  return new RelyingPartyError('ERR_RP_DISCOVERY', { message, cause, provider: issuer, headers })
}

/** As openid-client makes it of the issuer (OpenID Connect Discovery 1.0 section 4). */
function metadataUrl(issuer: string): string {
  return `${withoutSlash(issuer)}/.well-known/openid-configuration`
}

function adviceOn(cause: unknown, { issuer, metadata }: ProviderSettings): string {
  if (metadata !== undefined) return 'Check `provider.metadata`.'
  if (isUnavailable(cause)) return outageAdvice(cause)
  const announced = announcedIssuer(cause)
  if (announced !== undefined) return adviceOnIssuer(plainUrl(announced))
  const status = statusOf(cause)
  if (isRedirect(status))
    return `It leads to ${locationOf(cause, issuer)}. Set \`provider.issuer\` to the issuer whose metadata needs no redirect.`
  if (status !== undefined && status !== 200)
    return 'The provider has no metadata there: check `provider.issuer`, its path included.'
  return 'Check that `provider.issuer` is the issuer of an OpenID Provider.'
}

function adviceOnIssuer(announced: string | undefined): string {
  return announced === undefined
    ? 'Check `provider.issuer`, and how the provider is configured.'
    : `If that is the right provider, set \`provider.issuer\` to '${announced}', character by character, or let the provider announce the issuer that is configured here.`
}

/** What openid-client compared with the issuer that was asked for; undefined when the failure has another reason. */
function announcedIssuer(failure: unknown): unknown {
  const details = causesOf(failure).map(({ cause }) => Object(cause))
  return details.find(({ attribute }) => attribute === 'issuer')?.body?.issuer
}

/** Foreign text: only a plain URL is shown. */
function nameOf(issuer: unknown): string {
  return plainUrl(issuer) ?? 'a text that is no URL'
}

function locationOf(failure: unknown, issuer: string): string {
  const location = answerOf(failure)?.headers.get('location')
  return (location && plainLocation(location, metadataUrl(issuer))) || 'another address'
}
