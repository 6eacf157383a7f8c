// The situations in which a provider refuses, by name; a profile gives each its vendor's words.

/** An error of RFC 6749; `{uuid}` and `{method}` in the description are filled in. */
export interface OAuthError {
  readonly error: string
  readonly description: string
  /** The HTTP status at a back-channel endpoint; 400 when absent. */
  readonly status?: number
}

/** Why an Authentication Request is refused. */
export type AuthorizationFailure =
  // Not to be told to the redirect URI.
  | 'unknownClient'
  | 'missingRedirectUri'
  | 'redirectUriMismatch'
  // Told to the redirect URI, except where the vendor says otherwise.
  | 'repeatedParameter'
  | 'unsupportedResponseType'
  | 'missingState'
  | 'missingScope'
  | 'invalidScope'
  | 'invalidRequestUri'
  | 'parRequired'
  | 'pkceMissing'
  | 'pkceUnknownMethod'
  | 'pkcePlainRefused'
  | 'pkceMalformed'
  | 'loginRequired'
  | 'accessDenied'

/** Why a token, introspection, revocation or pushed authorization request is refused. */
export type TokenFailure =
  | 'wrongVerifier'
  | 'missingVerifier'
  | 'missingMandatoryVerifier'
  | 'malformedVerifier'
  | 'plainRefused'
  | 'unknownCode'
  | 'reusedCode'
  | 'expiredCode'
  | 'codeOfOtherClient'
  | 'redirectUriMismatch'
  | 'unknownRefreshToken'
  | 'refreshTokenOfOtherClient'
  | 'deadRefreshToken'
  | 'invalidScope'
  | 'wrongSecret'
  | 'unknownClient'
  | 'missingClientId'
  | 'missingCredentials'
  | 'wrongMethod'
  | 'twoMethods'
  | 'repeatedParameter'
  | 'secretInQuery'
  | 'malformedBody'
  | 'unsupportedGrantType'
  | 'grantNotAllowed'
  | 'dpopRequired'
  | 'dpopNonceRequired'
  | 'parChallengeMissing'
  | 'parMethodRefused'

/** Why a logout request ends on a page of the provider. */
export type LogoutFailure =
  | 'missingHint'
  | 'invalidHint'
  | 'foreignHint'
  | 'unregisteredUri'
  | 'missingSession'
  | 'tooLong'

const request = (description: string): OAuthError => ({ error: 'invalid_request', description })
const grant = (description: string): OAuthError => ({ error: 'invalid_grant', description })
const client = (description: string): OAuthError => ({ error: 'invalid_client', description, status: 401 })

/** Answers as the RFCs ask for, where a vendor's own are not known (marked U in the facts). */
export const assumedAuthorizationErrors: Readonly<Record<AuthorizationFailure, OAuthError>> = {
  unknownClient: { error: 'invalid_client', description: 'The client_id is unknown.' },
  missingRedirectUri: request('The redirect_uri is missing.'),
  redirectUriMismatch: request('The redirect_uri is not registered.'),
  repeatedParameter: request('A parameter is repeated.'),
  unsupportedResponseType: { error: 'unsupported_response_type', description: 'The response_type is not supported.' },
  missingState: request('The state is missing.'),
  missingScope: { error: 'invalid_scope', description: 'The scope is missing.' },
  invalidScope: { error: 'invalid_scope', description: 'The scope is not allowed.' },
  invalidRequestUri: { error: 'invalid_request_uri', description: 'The request_uri is unknown or expired.' },
  parRequired: request('The request must be pushed.'),
  pkceMissing: request('The code_challenge is missing.'),
  pkceUnknownMethod: request('The code_challenge_method is not supported.'),
  pkcePlainRefused: request('The code_challenge_method must be S256.'),
  pkceMalformed: request('The code_challenge is malformed.'),
  loginRequired: { error: 'login_required', description: 'Nobody is signed in.' },
  accessDenied: { error: 'access_denied', description: 'The user refused.' },
}

/** See {@link assumedAuthorizationErrors}. */
export const assumedTokenErrors: Readonly<Record<TokenFailure, OAuthError>> = {
  wrongVerifier: grant('The code_verifier does not match.'),
  missingVerifier: grant('The code_verifier is missing.'),
  missingMandatoryVerifier: grant('The code_verifier is missing.'),
  malformedVerifier: grant('The code_verifier is malformed.'),
  plainRefused: grant('The code_challenge_method must be S256.'),
  unknownCode: grant('The code is invalid or expired.'),
  reusedCode: grant('The code is invalid or expired.'),
  expiredCode: grant('The code is invalid or expired.'),
  codeOfOtherClient: grant('The code is invalid or expired.'),
  redirectUriMismatch: grant('The redirect_uri is not the one of the authorization request.'),
  unknownRefreshToken: grant('The refresh token is invalid or expired.'),
  refreshTokenOfOtherClient: grant('The refresh token is invalid or expired.'),
  deadRefreshToken: grant('The refresh token is invalid or expired.'),
  invalidScope: { error: 'invalid_scope', description: 'The scope is more than was granted.' },
  wrongSecret: client('The client authentication failed.'),
  unknownClient: client('The client is unknown.'),
  missingClientId: client('The client_id is missing.'),
  missingCredentials: client('The client did not authenticate.'),
  wrongMethod: client('The client must authenticate in another way.'),
  twoMethods: request('The client authenticated in more than one way.'),
  repeatedParameter: request('A parameter is repeated.'),
  secretInQuery: request('The query holds a secret.'),
  malformedBody: request('The body is not a form.'),
  unsupportedGrantType: { error: 'unsupported_grant_type', description: 'The grant_type is not supported.' },
  grantNotAllowed: { error: 'unauthorized_client', description: 'The client may not use this grant.' },
  dpopRequired: { error: 'invalid_dpop_proof', description: 'The DPoP proof is missing or wrong.' },
  dpopNonceRequired: { error: 'use_dpop_nonce', description: 'The DPoP proof needs a nonce.' },
  parChallengeMissing: request('The code_challenge is missing.'),
  parMethodRefused: request('The code_challenge_method is not supported.'),
}

/** See {@link assumedAuthorizationErrors}. */
export const assumedLogoutErrors: Readonly<Record<LogoutFailure, OAuthError>> = {
  missingHint: request('The id_token_hint is missing.'),
  invalidHint: request('The id_token_hint is invalid.'),
  foreignHint: request('The id_token_hint is of another issuer.'),
  unregisteredUri: request('The post_logout_redirect_uri is not registered.'),
  missingSession: request('Nobody is signed in.'),
  tooLong: request('The request is too long.'),
}
