// The refresh request (RFC 6749 section 6, OpenID Connect Core 1.0 section 12): one token is spent, others come.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { describeFailure, isIdTokenFailure } from '../providers/failure.ts'
import type { Provider } from '../providers/provider.ts'
import type { Claims } from './claims.ts'
import { type FirstIdToken, validateRefreshedIdToken } from './refreshed-id-token.ts'

/** What narrows a token down: another resource (RFC 8707) or less scope. Both undefined: the login's own token. */
export interface TokenParameters {
  readonly resource?: string | undefined
  readonly scope?: string | undefined
}

/** What came back. Undefined members did not come: what was there before stays. */
export interface RefreshedTokens {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly scope: string | undefined
  readonly expiresAt: number | undefined
  readonly lifetimeSeconds: number | undefined
  readonly idToken: string | undefined
  /** Claims of the new ID token, validated against the first. */
  readonly claims: Claims | undefined
}

/** Spends the refresh token; throws `ERR_RP_REFRESH`, or `ERR_RP_ID_TOKEN` when a token came that cannot be right. */
export async function requestRefresh(
  provider: Provider,
  login: FirstIdToken & { readonly refreshToken: string },
  { resource, scope }: TokenParameters,
): Promise<RefreshedTokens> {
  const { clock } = provider.settings
  const configuration = await provider.configuration()
  const requestedAt = clock()
  const parameters = {
    refresh_token: login.refreshToken,
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  }
  const response = await openid
    .genericGrantRequest(configuration, 'refresh_token', parameters)
    .catch((cause: unknown) => {
      throw refreshError(provider, login.refreshToken, cause)
    })
  if (response.token_type !== 'bearer') throw refreshError(provider, login.refreshToken, notBearer)
  const { access_token: accessToken, id_token: idToken, expires_in: expiresIn } = response
  return {
    accessToken,
    refreshToken: response.refresh_token,
    scope: response.scope,
    expiresAt: expiresIn === undefined ? undefined : Math.floor(requestedAt + expiresIn),
    lifetimeSeconds: expiresIn,
    idToken,
    claims: idToken === undefined ? undefined : await validateRefreshedIdToken(provider, idToken, accessToken, login),
  }
}

/** A DPoP token that we hold no key for would be refused by every API (RFC 9449 section 5). */
const notBearer = new TypeError('its token_type is not Bearer')

/** Whether the provider said that the refresh token is worth nothing any more. */
export function isInvalidGrant(error: unknown): error is RelyingPartyError {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_REFRESH' && error.error === 'invalid_grant'
}

function refreshError({ settings: { issuer } }: Provider, refreshToken: string, cause: unknown): RelyingPartyError {
  const message =
    `The refresh request to ${issuer} failed: ${describeFailure(cause)}. The login goes on with the access token ` +
    'that it has. Check that the provider can be reached and that the refresh grant is allowed for this client.'
  const refusal = cause instanceof openid.ResponseBodyError ? cause : undefined
  return new RelyingPartyError(isIdTokenFailure(cause) ? 'ERR_RP_ID_TOKEN' : 'ERR_RP_REFRESH', {
    message,
    cause,
    provider: issuer,
    error: refusal?.error.replaceAll(refreshToken, '...'),
    errorDescription: refusal?.error_description?.replaceAll(refreshToken, '...'),
  })
}
