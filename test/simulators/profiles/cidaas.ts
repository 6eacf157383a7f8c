// cidaas: everything below the tenant's domain, tokens in words of its own (wire 2, facts 3).

import { createHash, randomUUID } from 'node:crypto'
import { jsonAnswer } from '../../../src/testing/answer.ts'
import { ordinaryClient } from '../clients.ts'
import { assumedAuthorizationErrors, assumedLogoutErrors, assumedTokenErrors } from '../failures.ts'
import type { IssuedTokens, PageOccasion, Profile, TokenContent, TokenOccasion } from '../profile.ts'
import { cidaasMetadata } from './cidaas-metadata.ts'
import {
  commonIdTokenClaims,
  demoUser,
  keyUuid,
  nowhere,
  ordinaryLogout,
  ordinaryProfile,
  ordinarySwitches,
} from './common.ts'

const DAY_SECONDS = 86_400

/** With a public application; which PKCE policies cidaas enforces is unknown, the guide's S256 is assumed. */
export const cidaas: Profile = {
  ...ordinaryProfile,
  name: 'cidaas',
  place: nowhere,
  sampleClient: {
    ...ordinaryClient,
    clientId: '3a6d8c2e-9b41-4c57-8f0d-2e7b5a1c9d64',
    method: 'none',
    redirectUris: ['https://yourdomain/user-profile/editprofile'],
    postLogoutRedirectUris: ['https://yourdomain/'],
    pkce: 's256-required',
    refresh: 'rotate',
    accessTokenFormat: 'jwt',
  },
  user: {
    sub: '7d2f4b86-3c1e-4a95-b0d7-8e6f5a4c3b21',
    ...demoUser,
    identity_id: 'c5e8a1d3-6f27-4b90-9d4c-1a2b3c4d5e6f',
    roles: ['USER'],
    groups: [{ groupId: 'CIDAAS_USERS', roles: ['USER'] }],
  },
  switches: {
    ...ordinarySwitches,
    accessTokenLifetimeSeconds: DAY_SECONDS,
    idTokenLifetimeSeconds: DAY_SECONDS,
    logout: {
      ...ordinaryLogout,
      isAccessTokenHintAccepted: true,
      sessionFrom: 'hint-or-cookie',
      onUnregisteredUri: 'own-page',
    },
  },
  sessionCookie: 'cidaas_sso',
  loginParameter: 'requestId',
  refreshTokenFor: 'scope',
  authorizationErrors: assumedAuthorizationErrors,
  tokenErrors: assumedTokenErrors,
  logoutErrors: assumedLogoutErrors,
  locate: (origin) => ({ issuer: origin, paths }),
  metadata: cidaasMetadata,
  keyId: keyUuid,
  tokenResponse,
  idToken,
  accessToken,
  page: ({ error }: PageOccasion) => serviceError(400, error.description),
  notFound: () => serviceError(404, 'not found'),
}

const paths = {
  discovery: ['/.well-known/openid-configuration'],
  jwks: ['/.well-known/jwks.json'],
  authorization: ['/authz-srv/authz'],
  par: ['/authz-srv/par'],
  login: ['/login-srv/login'],
  resume: ['/login-srv/precheck/continue'],
  token: ['/token-srv/token'],
  userinfo: ['/users-srv/userinfo'],
  introspection: ['/token-srv/introspect'],
  revocation: ['/token-srv/revoke'],
  logout: ['/session/end_session'],
  checkSession: ['/session/check_session'],
}

/** Members that no specification knows, and no scope (wire 2.3). */
function tokenResponse(tokens: IssuedTokens): object {
  return {
    token_type: tokens.tokenType,
    sub: tokens.user.sub,
    expires_in: tokens.expiresInSeconds,
    id_token_expires_in: tokens.idToken === undefined ? undefined : tokens.idTokenExpiresInSeconds,
    access_token: tokens.accessToken,
    id_token: tokens.idToken,
    identity_id: tokens.user['identity_id'],
    refresh_token: tokens.refreshToken,
  }
}

function idToken(occasion: TokenOccasion): TokenContent {
  const { codeHash, user } = occasion
  const claims = {
    amr: ['2'],
    ...ownClaims(occasion),
    ...commonIdTokenClaims(occasion),
    ...(codeHash === undefined ? {} : { c_hash: codeHash }),
    identities: [{ provider: 'SELF', identity_id: user['identity_id'], email: user['email'] }],
    email: user['email'],
  }
  return { claims }
}

/** `scopes` and not `scope`; the nonce comes in both tokens (wire 2.3, facts 3). */
function accessToken(occasion: TokenOccasion): TokenContent {
  const { issuer, client, user, sid, issuedAt, expiresAt, authTimeAt, nonce } = occasion
  const claims = {
    ...ownClaims(occasion),
    sid,
    sub: user.sub,
    aud: client.clientId,
    iat: issuedAt,
    auth_time: authTimeAt,
    iss: issuer,
    ...(nonce === undefined ? {} : { nonce }),
    exp: expiresAt,
  }
  return { claims }
}

function ownClaims({ user, scopes, sid }: TokenOccasion): Record<string, unknown> {
  return {
    ua_hash: createHash('sha256').update(sid).digest('hex').slice(0, 32),
    isub: user['identity_id'],
    jti: randomUUID(),
    scopes,
    roles: user['roles'],
    groups: user['groups'],
  }
}

/** The shape of cidaas's own services, in which there is no `error` string (wire 2.4). */
function serviceError(status: number, message: string): ReturnType<Profile['notFound']> {
  return jsonAnswer({ success: false, status, error: { code: status, error: message } }, status)
}
