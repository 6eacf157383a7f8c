// The words of WSO2's engine (wire 1.2, 1.6, 1.8, 1.9); what is spread first is assumed.

import {
  type AuthorizationFailure,
  assumedAuthorizationErrors,
  assumedLogoutErrors,
  assumedTokenErrors,
  type LogoutFailure,
  type OAuthError,
  type TokenFailure,
} from '../failures.ts'

const request = (description: string): OAuthError => ({ error: 'invalid_request', description })
const grant = (description: string): OAuthError => ({ error: 'invalid_grant', description })
const client = (description: string): OAuthError => ({ error: 'invalid_client', description, status: 401 })
const denied = (description: string): OAuthError => ({ error: 'access_denied', description })

/** At the authorization endpoint. */
export const wso2AuthorizationErrors: Record<AuthorizationFailure, OAuthError> = {
  ...assumedAuthorizationErrors,
  redirectUriMismatch: { error: 'invalid_callback', description: 'The callback URI is not registered.' },
  pkceMissing: request(
    'PKCE is mandatory for this application. PKCE Challenge is not provided or is not upto RFC 7636 specification.',
  ),
  pkceUnknownMethod: request('Unsupported PKCE Challenge Method'),
  pkcePlainRefused: request('This application does not support "plain" transformation algorithm.'),
  pkceMalformed: request('Code challenge used is not up to RFC 7636 specifications.'),
  accessDenied: denied('User denied the consent'),
}

/** At the token endpoint. */
export const wso2TokenErrors: Record<TokenFailure, OAuthError> = {
  ...assumedTokenErrors,
  wrongVerifier: grant('PKCE validation failed'),
  missingVerifier: grant(
    'Empty PKCE code_verifier sent. This authorization code requires a PKCE verification to obtain an access token.',
  ),
  missingMandatoryVerifier: grant('No PKCE code verifier found.PKCE is mandatory for this oAuth 2.0 application.'),
  malformedVerifier: grant('Code verifier used is not up to RFC 7636 specifications.'),
  plainRefused: grant("This application does not allow 'plain' transformation algorithm."),
  unknownCode: grant('Invalid authorization code received from token request'),
  codeOfOtherClient: grant('Invalid authorization code received from token request'),
  reusedCode: grant('Inactive authorization code received from token request'),
  expiredCode: grant('Expired or Revoked authorization code received from token request'),
  redirectUriMismatch: grant('Callback url mismatch'),
  unknownRefreshToken: grant('Persisted access token data not found'),
  refreshTokenOfOtherClient: grant('Invalid refresh token value in the request'),
  deadRefreshToken: grant('Invalid refresh token state'),
  wrongSecret: client('Client Authentication failed.'),
  unknownClient: client('Client credentials are invalid.'),
  missingClientId: client('Client ID not found in the request.'),
  missingCredentials: client('Unsupported client authentication mechanism'),
  wrongMethod: client('Unsupported client authentication mechanism'),
  twoMethods: request('Request body and headers contain authorization information'),
  repeatedParameter: request('Invalid request with repeated parameters.'),
  secretInQuery: request('Invalid request with sensitive data in the URL.'),
  grantNotAllowed: {
    error: 'unauthorized_client',
    description: 'The authenticated client is not authorized to use this authorization grant type',
  },
  parChallengeMissing: request('Mandatory parameter code_challenge, not found in the request.'),
  parMethodRefused: request('Unsupported PKCE Challenge Method.'),
}

/** At the logout endpoint. */
export const wso2LogoutErrors: Record<LogoutFailure, OAuthError> = {
  ...assumedLogoutErrors,
  invalidHint: denied('ID token signature validation failed.'),
  unregisteredUri: denied('Post logout URI does not match with registered callback URI.'),
  missingSession: denied('opbs cookie not received. Missing session state.'),
}
