// The token request of the code flow (OpenID Connect Core 1.0 section 3.1.3.1): sent once, never retried.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { isOpenId, type ProviderSettings } from '../options-settings.ts'
import { explainFailure, type RequestKind } from '../providers/failed-request.ts'
import { tokenFaultOf } from '../providers/library-token-fault.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { idTokenError } from './id-token-error.ts'

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

/**
 * Redeems the code; throws `ERR_RP_TOKEN_REQUEST`, `ERR_RP_PROVIDER_UNAVAILABLE` when the provider cannot be reached, or
 * `ERR_RP_ID_TOKEN` when openid-client refuses the ID token in the answer.
 */
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
    .catch(async (cause: unknown) => {
      const secrets = [code, codeVerifier]
      throw await explained(cause, provider, { secrets, server: metadataOf(configuration) })
    })
  // A DPoP token that we hold no key for would be refused by every API (RFC 9449 section 5).
  if (response.token_type !== 'bearer') throw unusable(settings, 'its token_type is not Bearer', notBearer)
  if (response.id_token === undefined && isOpenId(settings)) {
    throw unusable(settings, 'its answer has no id_token', noIdToken)
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

const notBearer = 'Turn off sender-constrained tokens (DPoP) for this client at the provider.'
const noIdToken = 'The provider has to grant the scope openid to this client.'
const otherwise = 'Check `clientId`, `clientSecret`, `clientAuthentication` and the registered redirect URI.'

/** By the provider's `error` (RFC 6749 section 5.2). */
const adviceOnError: Readonly<Record<string, string>> = {
  invalid_grant:
    'The code was used before or is too old, or its redirect URI is not the one that the provider knows: compare that ' +
    'with the registration.',
  unauthorized_client: 'Allow the authorization code grant for this client at the provider.',
  unsupported_grant_type: 'Allow the authorization code grant at the provider.',
}

async function explained(
  cause: unknown,
  { settings }: Provider,
  request: Omit<RequestKind, 'settings'>,
): Promise<RelyingPartyError> {
  if (tokenFaultOf(cause) !== undefined) return idTokenError(cause, settings)
  const { reason, advice, isOutage, details } = await explainFailure(cause, { settings, ...request })
  const code = isOutage ? 'ERR_RP_PROVIDER_UNAVAILABLE' : 'ERR_RP_TOKEN_REQUEST'
  const message = messageOf(settings, reason, advice ?? adviceOnError[details.error ?? ''] ?? otherwise)
  return new RelyingPartyError(code, { ...details, message })
}

function unusable(settings: ProviderSettings, reason: string, advice: string): RelyingPartyError {
  const message = messageOf(settings, reason, advice)
  return new RelyingPartyError('ERR_RP_TOKEN_REQUEST', { message, provider: settings.issuer })
}

function messageOf({ issuer }: ProviderSettings, reason: string, advice: string): string {
  return (
    `The token request to ${issuer} failed: ${reason}. ${advice} ` +
    'No one was signed in; the login has to start again.'
  )
}
