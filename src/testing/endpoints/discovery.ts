// The discovery document (OpenID Connect Discovery 1.0 section 3) and the JWK Set.

import { type Answer, jsonAnswer } from '../answer.ts'
import type { ProviderContext } from '../provider-context.ts'

/** Answers with the provider's metadata. */
export function discoveryEndpoint(context: ProviderContext): Answer {
  const { issuer, metadata } = context
  return jsonAnswer({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: `${issuer}/end_session`,
    revocation_endpoint: `${issuer}/revoke`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [context.idTokenSignedResponseAlg],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'auth_time', 'acr', 'sid'],
    ...metadata,
  })
}

/** Answers with the public keys. */
export function jwksEndpoint(context: ProviderContext): Answer {
  return jsonAnswer(context.keys.jwkSet())
}
