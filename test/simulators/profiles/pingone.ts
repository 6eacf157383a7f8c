// PingOne: one environment, or a custom domain without it (wire 3, facts 4).

import { randomBytes, randomUUID } from 'node:crypto'
import { jsonAnswer } from '../../../src/testing/answer.ts'
import { ordinaryClient } from '../clients.ts'
import {
  assumedAuthorizationErrors,
  assumedLogoutErrors,
  assumedTokenErrors,
  type OAuthError,
  type TokenFailure,
} from '../failures.ts'
import type {
  CallbackOccasion,
  EndpointUrls,
  IssuedTokens,
  Location,
  PageOccasion,
  Place,
  Profile,
  TokenContent,
  TokenOccasion,
} from '../profile.ts'
import {
  codeAndState,
  commonIdTokenClaims,
  demoUser,
  keyUuid,
  nowhere,
  ordinaryLogout,
  ordinaryProfile,
  ordinarySwitches,
} from './common.ts'

const API_AUDIENCE = 'https://api.pingone.com'
const client = (description: string): OAuthError => ({
  error: 'invalid_client',
  description: `Request denied: ${description} (Correlation ID: {uuid})`,
  status: 401,
})
// PingFederate's words; that PingOne says the same is assumed (wire 3.3).
const deadCode: OAuthError = { error: 'invalid_grant', description: 'Authorization code is invalid or expired.' }

const tokenErrors: Record<TokenFailure, OAuthError> = {
  ...assumedTokenErrors,
  wrongVerifier: {
    error: 'invalid_grant',
    description:
      'The code_verifier sent does not match code_challenge included in the authorization request using the {method} code_challenge_method.',
  },
  unknownCode: deadCode,
  reusedCode: deadCode,
  expiredCode: deadCode,
  codeOfOtherClient: deadCode,
  wrongSecret: client('Invalid client credentials'),
  unknownClient: client('Invalid client credentials'),
  wrongMethod: client('Unsupported authentication method'),
}

/** With a public application that has `pkceEnforcement` S256_REQUIRED, as the guide says. */
export const pingOne: Profile = {
  ...ordinaryProfile,
  name: 'PingOne',
  place: { ...nowhere, environmentId: '5caa81af-ec05-41ff-a709-c7378007a99c' },
  sampleClient: {
    ...ordinaryClient,
    clientId: '2cabbdbe-5ff8-4b29-92d0-9c1c6a4a6f6d',
    method: 'none',
    redirectUris: ['https://app.example.com/callback'],
    postLogoutRedirectUris: ['https://app.example.com/'],
    pkce: 's256-required',
    refresh: 'none',
    isFamilyRevokedByReuse: true,
    accessTokenFormat: 'jwt',
  },
  user: { sub: '6f1a2b3c-1d2e-4f50-8a9b-0c1d2e3f4a5b', ...demoUser },
  switches: { ...ordinarySwitches, logout: ordinaryLogout },
  sessionCookie: 'ST',
  loginParameter: 'flowId',
  clientAuthentication: 'configured-method',
  refreshTokenFor: 'client-or-scope',
  authorizationErrors: assumedAuthorizationErrors,
  tokenErrors,
  logoutErrors: assumedLogoutErrors,
  locate,
  metadata,
  keyId: keyUuid,
  callbackParameters,
  tokenResponse,
  idToken,
  accessToken,
  page,
  notFound,
}

function locate(origin: string, { environmentId, hasCustomDomain }: Place): Location {
  const base = hasCustomDomain ? '/as' : `/${environmentId}/as`
  return {
    issuer: `${origin}${base}`,
    paths: {
      discovery: [`${base}/.well-known/openid-configuration`],
      jwks: [`${base}/jwks`],
      authorization: [`${base}/authorize`],
      par: [`${base}/par`],
      login: [`${base}/signon`],
      resume: [`${base}/resume`],
      token: [`${base}/token`],
      userinfo: [`${base}/userinfo`],
      introspection: [`${base}/introspect`],
      revocation: [`${base}/revoke`],
      logout: [`${base}/signoff`],
      idpSignoff: [`${base}/idpSignoff`],
    },
  }
}

/** Neither PAR nor the public clients' `none` are in the metadata, though both work (facts, metadata files). */
function metadata(urls: EndpointUrls): Record<string, unknown> {
  return {
    authorization_endpoint: urls.authorization,
    token_endpoint: urls.token,
    userinfo_endpoint: urls.userinfo,
    jwks_uri: urls.jwks,
    end_session_endpoint: urls.logout,
    introspection_endpoint: urls.introspection,
    revocation_endpoint: urls.revocation,
    claims_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    scopes_supported: ['openid', 'profile', 'email', 'address', 'phone'],
    response_types_supported: ['code', 'id_token', 'token id_token'],
    response_modes_supported: ['fragment', 'query'],
    grant_types_supported: ['authorization_code', 'implicit', 'client_credentials', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    userinfo_signing_alg_values_supported: ['none'],
    request_object_signing_alg_values_supported: ['none'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    claims_supported: ['sub', 'iss', 'auth_time', 'acr', 'name', 'given_name', 'family_name', 'email'],
    code_challenge_methods_supported: ['plain', 'S256'],
  }
}

/** `session_state` before the code, where the application has session checks (wire 3.2). */
function callbackParameters(occasion: CallbackOccasion): [string, string][] {
  const pairs = codeAndState(occasion)
  if (!occasion.switches.hasSessionState) return pairs
  return [['session_state', randomBytes(24).toString('base64url')], ...pairs]
}

function tokenResponse(tokens: IssuedTokens): object {
  return {
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    expires_in: tokens.expiresInSeconds,
    scope: tokens.scopes.join(' '),
    id_token: tokens.idToken,
    refresh_token: tokens.refreshToken,
  }
}

function idToken(occasion: TokenOccasion): TokenContent {
  const claims = { ...commonIdTokenClaims(occasion), acr: 'Single_Factor', amr: ['pwd'] }
  return { claims: { ...claims, env: environmentOf(occasion), 'p1.region': 'NA' } }
}

/** For PingOne's own API, so nothing for an application to validate (wire 3.4). */
function accessToken(occasion: TokenOccasion): TokenContent {
  const { issuer, client, user, scopes, issuedAt, expiresAt, sid } = occasion
  const claims = {
    client_id: client.clientId,
    iss: issuer,
    iat: issuedAt,
    exp: expiresAt,
    aud: [API_AUDIENCE],
    scope: scopes.join(' '),
    sub: user.sub,
    sid,
    jti: randomUUID(),
    env: environmentOf(occasion),
  }
  return { claims }
}

function environmentOf({ issuer }: TokenOccasion): string {
  return /\/([0-9a-f-]{36})\/as$/.exec(issuer)?.[1] ?? ''
}

/** JSON, and not in the shape of OAuth (wire 3.2). */
function page({ failure, error }: PageOccasion): ReturnType<Profile['page']> {
  if (failure === 'unknownClient') return notFound()
  const isMismatch = failure === 'redirectUriMismatch'
  const target = isMismatch || failure === 'missingRedirectUri' ? 'redirect_uri' : 'request'
  const message = isMismatch ? 'Redirect URI mismatch' : error.description
  const details = [{ code: 'INVALID_VALUE', target, message }]
  return jsonAnswer({ id: randomUUID(), code: 'INVALID_DATA', details }, 400)
}

function notFound(): ReturnType<Profile['notFound']> {
  const message = 'The request could not be completed. The requested resource was not found.'
  return jsonAnswer({ id: randomUUID(), code: 'NOT_FOUND', message }, 404)
}
