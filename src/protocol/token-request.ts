// The token request of the code flow (OpenID Connect Core 1.0 section 3.1.3.1): sent once, never retried.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { isOpenId, type ProviderSettings } from '../options-settings.ts'
import { describeFailure, isIdTokenFailure } from '../providers/failure.ts'
import type { Provider } from '../providers/provider.ts'
import type { AuthorizationRequest } from './authorization-request.ts'

/** A token response that has the right form; its ID token is not yet verified. */
export interface Tokens {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** There unless the login is plain OAuth 2.0; one that comes all the same is validated too. */
  readonly idToken: string | undefined
  readonly refreshToken: string | undefined
  /** What was granted; what was asked for when the provider does not say (RFC 6749 section 5.1). */
  readonly scope: string
  /** NumericDate; undefined means the provider did not say, not that it never ends. */
  readonly expiresAt: number | undefined
  /** `expires_in` as it came. */
  readonly lifetimeSeconds: number | undefined
  /** When they were asked for: what ends logins "until now" from then on ends this one. */
  readonly requestedAt: number
}

/** Redeems the code; throws `ERR_RP_TOKEN_REQUEST`. */
export async function requestTokens(
  provider: Provider,
  code: string,
  { redirectUri, codeVerifier }: AuthorizationRequest,
): Promise<Tokens> {
  const { settings } = provider
  const configuration = await provider.configuration()
  // Not openid-client's authorizationCodeGrant(): that takes the redirect_uri from a parsed URL, which puts a slash
  // behind a bare origin and drops a query, and RFC 6749 section 4.1.3 wants it identical.
  const parameters = { code, redirect_uri: redirectUri, code_verifier: codeVerifier }
  const requestedAt = settings.clock()
  const response = await openid
    .genericGrantRequest(configuration, 'authorization_code', parameters)
    .catch((cause: unknown) => {
      throw tokenRequestError(settings, describeFailure(cause), refusalOf(cause, [code, codeVerifier]))
    })
  // A DPoP token that we hold no key for would be refused by every API (RFC 9449 section 5).
  if (response.token_type !== 'bearer') throw tokenRequestError(settings, 'its token_type is not Bearer')
  if (response.id_token === undefined && isOpenId(settings)) {
    throw tokenRequestError(settings, 'its answer has no id_token')
  }
  return {
    accessToken: response.access_token,
    tokenType: 'Bearer',
    idToken: response.id_token,
    refreshToken: response.refresh_token,
    scope: response.scope ?? settings.scope,
    expiresAt: response.expires_in === undefined ? undefined : Math.floor(requestedAt + response.expires_in),
    lifetimeSeconds: response.expires_in,
    requestedAt,
  }
}

/** What the provider said, as data, without the secrets of this request that it may have repeated. */
interface Refusal {
  readonly cause: unknown
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
}

function refusalOf(cause: unknown, secrets: readonly string[]): Refusal {
  if (!(cause instanceof openid.ResponseBodyError)) return { cause }
  const { error, error_description: description } = cause
  const withoutSecrets = (text: string | undefined) =>
    secrets.reduce((cleaned, secret) => cleaned?.replaceAll(secret, '...'), text)
  return { cause, error: withoutSecrets(error), errorDescription: withoutSecrets(description) }
}

function tokenRequestError({ issuer }: ProviderSettings, reason: string, refusal?: Refusal): RelyingPartyError {
  const message =
    `The token request to ${issuer} failed: ${reason}. The code is spent; the login has to start again. ` +
    'Check clientId, clientSecret, clientAuthentication and the registered redirect URI.'
  const code = isIdTokenFailure(refusal?.cause) ? 'ERR_RP_ID_TOKEN' : 'ERR_RP_TOKEN_REQUEST'
  return new RelyingPartyError(code, { ...refusal, message, provider: issuer })
}
