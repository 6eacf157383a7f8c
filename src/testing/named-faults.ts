// The ready-made faults, one for each thing that a client has to notice.

import type { ClaimsFault, EndpointFault, TestProviderFaults } from './provider-faults.ts'

const HTML_PAGE: EndpointFault = {
  body: '<!doctype html><title>Maintenance</title><p>We will be back soon.</p>\n',
  contentType: 'text/html; charset=utf-8',
}

const SERVER_ERROR: EndpointFault = { status: 500, body: 'Internal Server Error\n', contentType: 'text/plain' }

const HUGE_BODY_BYTES = 2 * 1024 * 1024
const HOUR_SECONDS = 3600

function withClaims(claims: ClaimsFault): TestProviderFaults {
  return { idToken: { claims } }
}

/** Claims whose instants are that much later, or earlier, than the right ones. */
function shifted(names: readonly string[], seconds: number): TestProviderFaults {
  return withClaims((claims) => {
    return { ...claims, ...Object.fromEntries(names.map((name) => [name, Number(claims[name]) + seconds])) }
  })
}

// Faults of the authorization response

/** The user said no. */
export const accessDenied: TestProviderFaults = {
  authorization: { error: 'access_denied', errorDescription: 'The user said no.' },
}
/** The provider cannot sign in without asking the user. */
export const loginRequired: TestProviderFaults = { authorization: { error: 'login_required' } }
/** The provider cannot authenticate the user as was asked for (Unmet Authentication Requirements 1.0). */
export const unmetAuthenticationRequirements: TestProviderFaults = {
  authorization: { error: 'unmet_authentication_requirements' },
}
/** The provider reports a fault of its own. */
export const authorizationServerError: TestProviderFaults = { authorization: { error: 'server_error' } }
/** There is no `code`. */
export const missingCode: TestProviderFaults = { authorization: { omit: ['code'] } }
/** The `code` is one that the provider never issued. */
export const unknownCode: TestProviderFaults = { authorization: { replace: { code: 'a-code-of-nobody' } } }
/** The `code` comes twice. */
export const duplicateCode: TestProviderFaults = { authorization: { duplicate: ['code'] } }
/** There is no `state`. */
export const missingState: TestProviderFaults = { authorization: { omit: ['state'] } }
/** The `state` is another one. */
export const wrongState: TestProviderFaults = { authorization: { replace: { state: 'a-state-of-nobody' } } }
/** The `state` comes twice. */
export const duplicateState: TestProviderFaults = { authorization: { duplicate: ['state'] } }
/** There is no `iss` (RFC 9207), although the metadata promise it. */
export const missingIssuerParameter: TestProviderFaults = { authorization: { omit: ['iss'] } }
/** The `iss` (RFC 9207) is that of another provider. */
export const wrongIssuerParameter: TestProviderFaults = {
  authorization: { replace: { iss: 'https://another-issuer.example' } },
}

// Faults of the ID Token's claims

/** The `nonce` is another one. */
export const wrongNonce: TestProviderFaults = withClaims({ nonce: 'a-nonce-of-nobody' })
/** There is no `nonce`. */
export const missingNonce: TestProviderFaults = withClaims({ nonce: undefined })
/** The `aud` is another client. */
export const wrongAudience: TestProviderFaults = withClaims({ aud: 'another-client' })
/** There is no `aud`. */
export const missingAudience: TestProviderFaults = withClaims({ aud: undefined })
/** The `iss` is another provider. */
export const wrongIssuer: TestProviderFaults = withClaims({ iss: 'https://another-issuer.example' })
/** There is no `iss`. */
export const missingIssuer: TestProviderFaults = withClaims({ iss: undefined })
/** The `azp` is another client. */
export const wrongAuthorizedParty: TestProviderFaults = withClaims({ azp: 'another-client' })
/** The `aud` is this and another client, and there is no `azp`. */
export const multipleAudiencesWithoutAzp: TestProviderFaults = withClaims((claims) => ({
  ...claims,
  aud: [claims['aud'], 'another-client'],
}))
/** The token was good for an hour, and expired an hour ago. */
export const expired: TestProviderFaults = shifted(['iat', 'exp', 'auth_time'], -2 * HOUR_SECONDS)
/** The `iat` is an hour ahead. */
export const issuedInTheFuture: TestProviderFaults = shifted(['iat', 'exp'], HOUR_SECONDS)
/** The `auth_time` is a day ago. */
export const staleAuthTime: TestProviderFaults = shifted(['auth_time'], -24 * HOUR_SECONDS)
/** There is no `auth_time`. */
export const missingAuthTime: TestProviderFaults = withClaims({ auth_time: undefined })
/** The `acr` is another one than was asked for. */
export const otherAcr: TestProviderFaults = withClaims({ acr: 'another-acr' })
/** There is no `exp`. */
export const missingExp: TestProviderFaults = withClaims({ exp: undefined })
/** There is no `iat`. */
export const missingIat: TestProviderFaults = withClaims({ iat: undefined })
/** There is no `sub`. */
export const missingSubject: TestProviderFaults = withClaims({ sub: undefined })
/** The `sub` is the empty string. */
export const emptySubject: TestProviderFaults = withClaims({ sub: '' })
/** The `sub` is another user: wrong on refresh, and beside a UserInfo response. */
export const otherSubject: TestProviderFaults = withClaims({ sub: 'another-user' })
/** The `at_hash` is that of another access token. */
export const wrongAtHash: TestProviderFaults = withClaims({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })

// Faults of the ID Token's signature

/** One bit of the signature is wrong. */
export const flippedSignature: TestProviderFaults = { idToken: { signature: 'flipped' } }
/** Signed by a key that is not the provider's, under the `kid` of the provider's. */
export const unknownKey: TestProviderFaults = { idToken: { signature: 'other-key' } }
/** Rightly signed, under a `kid` that is not published. */
export const unknownKid: TestProviderFaults = { idToken: { kid: 'a-kid-of-nobody' } }
/** Rightly signed, without a `kid`: to be accepted while one key is published. */
export const missingKid: TestProviderFaults = { idToken: { kid: null } }
/** `alg` is `none` and there is no signature. */
export const algNone: TestProviderFaults = { idToken: { signature: 'none' } }
/** HS256 keyed by the public key (PEM). */
export const hs256WithPublicKey: TestProviderFaults = { idToken: { signature: 'hmac-public-key' } }
/** HS256 keyed by the client secret. */
export const hs256WithClientSecret: TestProviderFaults = { idToken: { signature: 'hmac-client-secret' } }

// Faults of the token response

/** There is no `id_token`. */
export const noIdToken: TestProviderFaults = { token: { omit: ['id_token'] } }
/** There is no `access_token`. */
export const noAccessToken: TestProviderFaults = { token: { omit: ['access_token'] } }
/** There is no `token_type`. */
export const noTokenType: TestProviderFaults = { token: { omit: ['token_type'] } }
/** The `token_type` is `DPoP`, which was not asked for. */
export const dpopTokenType: TestProviderFaults = { token: { replace: { token_type: 'DPoP' } } }
/** An HTML page with status 200. */
export const htmlTokenResponse: TestProviderFaults = { token: HTML_PAGE }
/** An empty body with status 200. */
export const emptyTokenResponse: TestProviderFaults = { token: { body: '' } }
/** The right JSON, followed by spaces up to 2 MiB. */
export const hugeTokenResponse: TestProviderFaults = { token: { bodyBytes: HUGE_BODY_BYTES } }
/** The right answer, after 60 seconds. */
export const slowTokenResponse: TestProviderFaults = { token: { delaySeconds: 60 } }
/** The right answer, one byte each 0.2 seconds. */
export const drippingTokenResponse: TestProviderFaults = { token: { drip: true } }
/** The request is obeyed and the connection cut: the answer is lost. */
export const lostTokenResponse: TestProviderFaults = { token: { destroySocket: true } }
/** A redirect to another endpoint. */
export const tokenRedirect: TestProviderFaults = { token: { status: 307, redirectTo: '/userinfo' } }
/** 500 with a text; nothing is spent. */
export const token500: TestProviderFaults = { token: SERVER_ERROR }
/** 400 `invalid_grant`. */
export const tokenRefused: TestProviderFaults = {
  token: { status: 400, body: { error: 'invalid_grant', error_description: 'The grant is refused.' } },
}
/** 401 `invalid_client`. */
export const clientRefused: TestProviderFaults = { token: { status: 401, body: { error: 'invalid_client' } } }

// Faults of the discovery document, the JWK Set and the UserInfo response

/** The `issuer` of the metadata is another provider. */
export const metadataOfAnotherIssuer: TestProviderFaults = {
  discovery: { replace: { issuer: 'https://another-issuer.example' } },
}
/** The metadata are an HTML page. */
export const metadataHtml: TestProviderFaults = { discovery: HTML_PAGE }
/** There are no metadata. */
export const metadata404: TestProviderFaults = {
  discovery: { status: 404, body: 'Not Found\n', contentType: 'text/plain' },
}
/** 500 in place of the metadata. */
export const metadata500: TestProviderFaults = { discovery: SERVER_ERROR }
/** A redirect to good metadata, which must not be followed. */
export const metadataRedirect: TestProviderFaults = {
  discovery: { redirectTo: '/.well-known/oauth-authorization-server' },
}
/** The metadata, after 60 seconds. */
export const slowMetadata: TestProviderFaults = { discovery: { delaySeconds: 60 } }
/** The metadata have no `authorization_endpoint`. */
export const metadataWithoutAuthorizationEndpoint: TestProviderFaults = {
  discovery: { omit: ['authorization_endpoint'] },
}
/** The metadata have no `token_endpoint`. */
export const metadataWithoutTokenEndpoint: TestProviderFaults = { discovery: { omit: ['token_endpoint'] } }
/** The metadata have no `jwks_uri`. */
export const metadataWithoutJwksUri: TestProviderFaults = { discovery: { omit: ['jwks_uri'] } }
/** 500 in place of the JWK Set. */
export const jwks500: TestProviderFaults = { jwks: SERVER_ERROR }
/** A JWK Set without keys. */
export const jwksEmpty: TestProviderFaults = { jwks: { body: { keys: [] } } }
/** The JWK Set is an HTML page. */
export const jwksHtml: TestProviderFaults = { jwks: HTML_PAGE }
/** The UserInfo response is about another user. */
export const userinfoOtherSubject: TestProviderFaults = { userinfo: { replace: { sub: 'another-user' } } }
/** The UserInfo response has no `sub`. */
export const userinfoWithoutSubject: TestProviderFaults = { userinfo: { omit: ['sub'] } }
/** 500 in place of the UserInfo response. */
export const userinfo500: TestProviderFaults = { userinfo: SERVER_ERROR }
/** The UserInfo response is an HTML page. */
export const userinfoHtml: TestProviderFaults = { userinfo: HTML_PAGE }
