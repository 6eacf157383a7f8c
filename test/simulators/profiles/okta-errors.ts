// Okta's words (wire 4.1, 4.4); what is not here is assumed.

import type { AuthorizationFailure, OAuthError, TokenFailure } from '../failures.ts'

const grant = (description: string): OAuthError => ({ error: 'invalid_grant', description })
const client = (description: string): OAuthError => ({ error: 'invalid_client', description, status: 401 })
const deadCode = grant('The authorization code is invalid or has expired.')
const deadRefreshToken = grant('The refresh token is invalid or expired.')

/** At the authorization endpoint. */
export const oktaAuthorizationErrors: Partial<Record<AuthorizationFailure, OAuthError>> = {
  pkceMissing: { error: 'invalid_request', description: 'PKCE code challenge is required by the application.' },
  invalidScope: {
    error: 'invalid_scope',
    description: 'One or more scopes are not configured for the authorization server resource.',
  },
  missingScope: { error: 'invalid_scope', description: 'The requested scope is invalid, unknown, or malformed' },
}

/** At the token endpoint. */
export const oktaTokenErrors: Partial<Record<TokenFailure, OAuthError>> = {
  wrongVerifier: grant('PKCE verification failed.'),
  unknownCode: deadCode,
  reusedCode: deadCode,
  expiredCode: deadCode,
  codeOfOtherClient: deadCode,
  redirectUriMismatch: grant(
    "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
  ),
  unknownRefreshToken: deadRefreshToken,
  refreshTokenOfOtherClient: deadRefreshToken,
  deadRefreshToken,
  wrongSecret: client('The client secret supplied for a confidential client is invalid.'),
  missingCredentials: client('No client credentials found.'),
  missingClientId: client('No client credentials found.'),
  dpopNonceRequired: {
    error: 'use_dpop_nonce',
    description: 'Authorization server requires nonce in DPoP proof.',
  },
}
