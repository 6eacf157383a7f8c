// The capabilities of WSO2's engine (facts 1 and 2).

import type { EndpointUrls, Place } from '../profile.ts'

const secretMethods = ['client_secret_basic', 'client_secret_post']
const queryModes = ['query', 'fragment', 'form_post']

/** The metadata without the issuer; client registration is below the tenant. */
export function wso2Metadata(urls: EndpointUrls, _place: Place, origin: string): Record<string, unknown> {
  const base = urls.token.slice(0, -'/oauth2/token'.length)
  return {
    authorization_endpoint: urls.authorization,
    token_endpoint: urls.token,
    userinfo_endpoint: urls.userinfo,
    jwks_uri: urls.jwks,
    introspection_endpoint: urls.introspection,
    introspection_endpoint_auth_methods_supported: secretMethods,
    revocation_endpoint: urls.revocation,
    revocation_endpoint_auth_methods_supported: secretMethods,
    pushed_authorization_request_endpoint: urls.par,
    end_session_endpoint: urls.logout,
    check_session_iframe: urls.checkSession,
    registration_endpoint: `${base}/api/identity/oauth2/dcr/v1.1/register`,
    webfinger_endpoint: `${origin}/.well-known/webfinger`,
    scopes_supported: ['address', 'phone', 'openid', 'profile', 'email'],
    claims_supported: ['sub', 'iss', 'acr', 'name', 'given_name', 'family_name', 'email', 'groups'],
    response_types_supported: ['code', 'id_token', 'token', 'code id_token', 'code token', 'id_token token', 'none'],
    response_modes_supported: [...queryModes, ...queryModes.map((mode) => `${mode}.jwt`), 'jwt'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    userinfo_signing_alg_values_supported: ['RS256'],
    request_object_signing_alg_values_supported: ['RS256', 'RS384', 'RS512', 'PS256', 'none'],
    token_endpoint_auth_methods_supported: [...secretMethods, 'private_key_jwt', 'tls_client_auth'],
    token_endpoint_auth_signing_alg_values_supported: ['PS256', 'ES256', 'RS256'],
    code_challenge_methods_supported: ['S256', 'plain'],
    request_parameter_supported: true,
    claims_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: { token_endpoint: urls.token, pushed_authorization_request_endpoint: urls.par },
  }
}
