// The capabilities of cidaas (facts 3).

import type { EndpointUrls, Place } from '../profile.ts'

const scopes = ['openid', 'profile', 'email', 'phone', 'address', 'offline_access', 'identities', 'roles', 'groups']
const clientMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt']

/** The metadata without the issuer; PAR and `none` are not in it, though both work (facts 3, wire 2.7). */
export function cidaasMetadata(urls: EndpointUrls, _place: Place, origin: string): Record<string, unknown> {
  return {
    authorization_endpoint: urls.authorization,
    token_endpoint: urls.token,
    userinfo_endpoint: urls.userinfo,
    jwks_uri: urls.jwks,
    introspection_endpoint: urls.introspection,
    revocation_endpoint: urls.revocation,
    end_session_endpoint: urls.logout,
    check_session_iframe: urls.checkSession,
    device_authorization_endpoint: `${origin}/authz-srv/device/authz`,
    scopes_supported: scopes,
    claims_supported: ['aud', 'auth_time', 'email', 'email_verified', 'exp', 'iat', 'identities', 'iss', 'name', 'sub'],
    claims_parameter_supported: false,
    response_types_supported: ['code', 'token', 'id_token', 'code token', 'code id_token', 'token id_token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['implicit', 'authorization_code', 'refresh_token', 'password', 'client_credentials'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['HS256', 'RS256'],
    userinfo_signing_alg_values_supported: ['HS256', 'RS256'],
    request_object_signing_alg_values_supported: ['HS256', 'RS256'],
    token_endpoint_auth_methods_supported: clientMethods,
    token_endpoint_auth_signing_alg_values_supported: ['HS256', 'RS256'],
    code_challenge_methods_supported: ['plain', 'S256'],
    ui_locales_supported: ['en-US', 'de-DE'],
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: false,
  }
}
