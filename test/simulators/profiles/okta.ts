// Okta, org and custom authorization server (wire 4, facts 5).

import { randomUUID } from 'node:crypto'
import { jsonAnswer } from '../../../src/testing/answer.ts'
import { textPage } from '../answers.ts'
import { ordinaryClient, type PkcePolicy, type SimulatorClient } from '../clients.ts'
import { assumedAuthorizationErrors, assumedLogoutErrors, assumedTokenErrors } from '../failures.ts'
import type { IssuedTokens, Location, PageOccasion, Place, Profile, TokenContent, TokenOccasion } from '../profile.ts'
import {
  commonIdTokenClaims,
  demoUser,
  keyHash,
  nowhere,
  ordinaryLogout,
  ordinaryProfile,
  ordinarySwitches,
} from './common.ts'
import { oktaAuthorizationErrors, oktaTokenErrors } from './okta-errors.ts'
import { oktaMetadata } from './okta-metadata.ts'

const DAY_SECONDS = 86_400
const API_AUDIENCE = 'api://default'

/** The org authorization server; with `authorizationServerId` a custom one. */
export const okta: Profile = {
  ...ordinaryProfile,
  name: 'Okta',
  place: nowhere,
  sampleClient: {
    ...ordinaryClient,
    clientId: '0oabygpxgk9lXaMgF0h7',
    method: 'none',
    redirectUris: ['yourApp:/callback'],
    pkce: 's256-required',
    refresh: 'same',
    refreshGraceSeconds: 30,
    isFamilyRevokedByReuse: true,
    accessTokenFormat: 'jwt',
  },
  user: { sub: '00uid4BxXw6I6TV4m0g3', ...demoUser, groups: ['Everyone'] },
  switches: {
    ...ordinarySwitches,
    codeFormat: 'base64url20',
    refreshTokenLifetimeSeconds: 90 * DAY_SECONDS,
    refreshTokenIdleSeconds: 7 * DAY_SECONDS,
    idTokenClaims: 'thin',
    logout: { ...ordinaryLogout, hint: 'required', expiredHint: 'accepted-for-session-user' },
  },
  sessionCookie: 'sid',
  loginParameter: 'stateToken',
  assertionAudience: 'token-endpoint',
  isDpopNonceAsked: true,
  refreshTokenFor: 'scope',
  isRefreshExpiryKept: true,
  requiredParameters: ['state', 'scope'],
  allowedScopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'groups', 'device_sso'],
  callbackHeaders: { 'referrer-policy': 'no-referrer' },
  par: { prefix: 'urn:okta:', lifetimeSeconds: 3600, order: 'uri-first' },
  authorizationErrors: { ...assumedAuthorizationErrors, ...oktaAuthorizationErrors },
  tokenErrors: { ...assumedTokenErrors, ...oktaTokenErrors },
  logoutErrors: assumedLogoutErrors,
  tooManyRequests: {
    headers: 'x-rate-limit',
    body: { errorCode: 'E0000047', errorSummary: 'Too many requests.', errorLink: 'E0000047', errorCauses: [] },
  },
  locate,
  metadata: oktaMetadata,
  keyId: keyHash,
  pkcePolicy,
  tokenResponse,
  idToken,
  accessToken,
  introspection,
  page: ({ error }: PageOccasion) => textPage(400, '400', `${error.error}: ${error.description}`),
  notFound,
}

/** A custom authorization server, by default the one called `default`: its ID Tokens hold the whole profile. */
export const oktaCustom: Profile = {
  ...okta,
  name: 'Okta custom authorization server',
  place: { ...okta.place, authorizationServerId: 'default' },
  switches: { ...okta.switches, idTokenClaims: 'full' },
}

function locate(origin: string, { authorizationServerId }: Place): Location {
  const custom = authorizationServerId === undefined ? '' : `/oauth2/${authorizationServerId}`
  const base = custom === '' ? '/oauth2' : custom
  const discovery = [`${custom}/.well-known/openid-configuration`]
  if (custom !== '') discovery.push(`/.well-known/oauth-authorization-server${custom}`)
  return {
    issuer: `${origin}${custom}`,
    paths: {
      discovery,
      jwks: [`${base}/v1/keys`],
      authorization: [`${base}/v1/authorize`],
      par: [`${base}/v1/par`],
      login: ['/signin'],
      resume: ['/login/token/redirect'],
      token: [`${base}/v1/token`],
      userinfo: [`${base}/v1/userinfo`],
      introspection: [`${base}/v1/introspect`],
      revocation: [`${base}/v1/revoke`],
      logout: [`${base}/v1/logout`],
    },
  }
}

/** S256 is the only method, and public clients cannot do without (wire 4.1). */
function pkcePolicy({ method, pkce }: SimulatorClient): PkcePolicy {
  const isRequired = method === 'none' || pkce === 'required' || pkce === 's256-required'
  return isRequired ? 's256-required' : 'no-plain'
}

/** The members in the order of the guide. */
function tokenResponse(tokens: IssuedTokens): object {
  return {
    access_token: tokens.accessToken,
    expires_in: tokens.expiresInSeconds,
    id_token: tokens.idToken,
    refresh_token: tokens.refreshToken,
    scope: tokens.scopes.join(' '),
    token_type: tokens.tokenType,
  }
}

function idToken(occasion: TokenOccasion): TokenContent {
  const { sid, ...claims } = commonIdTokenClaims(occasion)
  return { claims: { ver: 1, ...claims, jti: `ID.${randomUUID()}`, amr: ['pwd'], idp: '00o1', sid } }
}

/** Of the org server nobody can verify one: its audience is Okta itself, and (assumed) its key is not published. */
function accessToken(occasion: TokenOccasion): TokenContent {
  const { issuer, origin, client, user, scopes, authTimeAt, issuedAt, expiresAt } = occasion
  const isOrg = issuer === origin
  const claims = {
    ver: 1,
    jti: `AT.${randomUUID()}`,
    iss: issuer,
    aud: isOrg ? issuer : API_AUDIENCE,
    sub: user['preferred_username'],
    iat: issuedAt,
    exp: expiresAt,
    cid: client.clientId,
    uid: user.sub,
    scp: scopes,
    auth_time: authTimeAt,
  }
  return { claims, isKeyPublished: !isOrg }
}

function introspection(occasion: TokenOccasion): object {
  const { claims } = accessToken(occasion)
  const { user, client, scopes } = occasion
  return {
    active: true,
    scope: scopes.join(' '),
    username: user['preferred_username'],
    ...Object.fromEntries(['exp', 'iat', 'sub', 'aud', 'iss', 'jti', 'uid'].map((name) => [name, claims[name]])),
    token_type: 'Bearer',
    client_id: client.clientId,
  }
}

/** Not in the shape of OAuth (wire 4). */
function notFound(path: string): ReturnType<Profile['notFound']> {
  const id = /^\/oauth2\/([^/]+)\//.exec(path)?.[1] ?? path
  const errorSummary = `Not found: Resource not found: ${id} (AuthorizationServer)`
  const errorId = `oae${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const body = { errorCode: 'E0000007', errorSummary, errorLink: 'E0000007', errorId, errorCauses: [] }
  return jsonAnswer(body, 404)
}
