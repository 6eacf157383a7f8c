// Okta's capabilities (facts 5).

import type { EndpointUrls, Place } from '../profile.ts'

const hmac = ['HS256', 'HS384', 'HS512']
const asymmetric = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
const clientMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none']

/** The metadata without the issuer; clients always register at the org server. */
export function oktaMetadata(urls: EndpointUrls, place: Place, origin: string): Record<string, unknown> {
  const scopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'device_sso']
  return {
    authorization_endpoint: urls.authorization,
    token_endpoint: urls.token,
    userinfo_endpoint: urls.userinfo,
    registration_endpoint: `${origin}/oauth2/v1/clients`,
    jwks_uri: urls.jwks,
    response_types_supported: ['code', 'id_token', 'code id_token', 'code token', 'id_token token'],
    response_modes_supported: ['query', 'fragment', 'form_post', 'okta_post_message'],
    grant_types_supported: ['authorization_code', 'implicit', 'refresh_token', 'password'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: place.authorizationServerId === undefined ? [...scopes, 'groups'] : scopes,
    token_endpoint_auth_methods_supported: clientMethods,
    claims_supported: ['iss', 'ver', 'sub', 'aud', 'iat', 'exp', 'jti', 'auth_time', 'amr', 'idp', 'nonce', 'at_hash'],
    code_challenge_methods_supported: ['S256'],
    introspection_endpoint: urls.introspection,
    introspection_endpoint_auth_methods_supported: clientMethods,
    revocation_endpoint: urls.revocation,
    revocation_endpoint_auth_methods_supported: clientMethods,
    end_session_endpoint: urls.logout,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: [...hmac, ...asymmetric],
    pushed_authorization_request_endpoint: urls.par,
    dpop_signing_alg_values_supported: asymmetric,
  }
}
