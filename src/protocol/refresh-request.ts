// The refresh request (RFC 6749 section 6, OpenID Connect Core 1.0 section 12): one token is spent, others come.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { explainFailure } from '../providers/failed-request.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import type { Claims } from './claims.ts'
import { refreshConfiguration, refreshedIdToken } from './refresh-configuration.ts'
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
  /** Undefined too for one that was set aside. */
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
  const configuration = await refreshConfiguration(provider)
  const server = metadataOf(configuration)
  const requestedAt = clock()
  const parameters = {
    refresh_token: login.refreshToken,
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  }
  const response = await openid
    .genericGrantRequest(configuration, 'refresh_token', parameters)
    .catch(async (cause: unknown) => {
      throw await refreshError(provider, { refreshToken: login.refreshToken, server, cause })
    })
  if (response.token_type !== 'bearer') {
    throw await refreshError(provider, { refreshToken: login.refreshToken, server, cause: notBearer })
  }
  const { access_token: accessToken, expires_in: expiresIn } = response
  const idToken = textOf(refreshedIdToken(response))
  const claims =
    idToken === undefined ? undefined : await validateRefreshedIdToken(provider, { idToken, accessToken }, login)
  return {
    accessToken,
    refreshToken: response.refresh_token,
    scope: response.scope,
    expiresAt: expiresIn === undefined ? undefined : Math.floor(requestedAt + expiresIn),
    lifetimeSeconds: expiresIn,
    idToken: claims && idToken,
    claims,
  }
}

/** Some providers write `null` or an empty text for a token that is not there; anything else is a token, if a wrong one. */
function textOf(idToken: unknown): string | undefined {
  return idToken === undefined || idToken === null || idToken === '' ? undefined : String(idToken)
}

/** A DPoP token that we hold no key for would be refused by every API (RFC 9449 section 5). */
const notBearer = new TypeError('its token_type is not Bearer')

/** Whether the provider said that the refresh token is worth nothing any more. */
export function isInvalidGrant(error: unknown): error is RelyingPartyError {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_REFRESH' && error.error === 'invalid_grant'
}

async function refreshError({ settings }: Provider, request: FailedRefresh): Promise<RelyingPartyError> {
  const { refreshToken, server, cause } = request
  const {
    reason,
    advice = otherwise,
    details,
  } = await explainFailure(cause, {
    settings,
    secrets: [refreshToken],
    server,
  })
  const consequence =
    details.error === 'invalid_grant'
      ? 'The refresh token is no longer valid, so the user needs to sign in again.'
      : `The login continues with its current access token. ${advice}`
  const message = `The refresh request to ${settings.issuer} failed: ${reason}. ${consequence}`
  return new RelyingPartyError('ERR_RP_REFRESH', { ...details, message })
}

interface FailedRefresh {
  readonly refreshToken: string
  readonly server: openid.ServerMetadata
  readonly cause: unknown
}

const otherwise = 'Check that the provider allows this client the refresh grant.'
