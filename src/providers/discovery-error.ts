// Why a provider's metadata could not be used, in words for the operator, with what to do about each reason.
import { RelyingPartyError } from '../errors.ts'
import { type ProviderSettings, withoutSlash } from '../options-settings.ts'
import { answerOf, causesOf, statusOf } from './causes.ts'
import { describeFailure, isRedirect, isUnavailable, outageAdvice, retryAfterHeader } from './failure.ts'
import { plainLocation, plainUrl } from './plain-url.ts'

/** Creates `ERR_RP_DISCOVERY`; its message names the URL that was asked. */
export function discoveryError(settings: ProviderSettings, cause: unknown): RelyingPartyError {
  const { issuer, metadata, clock } = settings
  const explanations = {
    OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: `it announces another issuer, ${nameOf(announcedIssuer(cause))}`,
    ERR_INVALID_URL: 'it announces another issuer, a text that is no URL',
  }
  const source = metadata === undefined ? ` (${metadataUrl(issuer)})` : ', given as `provider.metadata`,'
  const reason = describeFailure(cause, { explanations })
  const message =
    `The metadata of the provider ${issuer}${source} could not be used: ${reason}. ` +
    (metadata === undefined ? adviceOn(cause, issuer) : 'Check `provider.metadata`.')
  const headers = retryAfterHeader(cause, clock())
  return new RelyingPartyError('ERR_RP_DISCOVERY', { message, cause, provider: issuer, headers })
}

/** As openid-client makes it of the issuer (OpenID Connect Discovery 1.0 section 4). */
function metadataUrl(issuer: string): string {
  return `${withoutSlash(issuer)}/.well-known/openid-configuration`
}

function adviceOn(cause: unknown, issuer: string): string {
  if (isUnavailable(cause)) return outageAdvice(cause)
  const announced = announcedIssuer(cause)
  if (announced !== undefined) return adviceOnIssuer(plainUrl(announced))
  const status = statusOf(cause)
  if (isRedirect(status)) {
    return `It leads to ${locationOf(cause, issuer)}. Set \`provider.issuer\` to the issuer whose metadata needs no redirect.`
  }
  return status === undefined || status === 200
    ? 'Check that `provider.issuer` is the issuer of an OpenID Provider, and what its metadata has.'
    : 'The provider has no metadata there: check `provider.issuer`, its path included.'
}

function adviceOnIssuer(announced: string | undefined): string {
  if (announced === undefined) return 'Check `provider.issuer`, and how the provider is configured.'
  return (
    `If that is the right provider, set \`provider.issuer\` to '${announced}', character by character; or let it announce the ` +
    'issuer that is configured here.'
  )
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
