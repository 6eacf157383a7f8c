// The engine that WSO2 Identity Server and Asgardeo share (wire 1, facts 1 and 2).

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { redirectAnswer } from '../../../src/testing/answer.ts'
import { appendQuery, textPage } from '../answers.ts'
import type {
  CallbackOccasion,
  IssuedTokens,
  Location,
  PageOccasion,
  Profile,
  TokenContent,
  TokenOccasion,
} from '../profile.ts'
import { userClaims } from '../user-claims.ts'
import { commonIdTokenClaims, keyHash, nowhere, ordinaryLogout, ordinaryProfile, ordinarySwitches } from './common.ts'
import { wso2AuthorizationErrors, wso2LogoutErrors, wso2TokenErrors } from './wso2-errors.ts'
import { wso2Metadata } from './wso2-metadata.ts'

const DAY_SECONDS = 86_400
const queryModes = ['query', 'fragment', 'form_post']

/** All of a profile but its name, its place and its sample application. */
export const wso2Engine = {
  ...ordinaryProfile,
  place: nowhere,
  switches: {
    ...ordinarySwitches,
    codeFormat: 'uuid3',
    refreshTokenLifetimeSeconds: DAY_SECONDS,
    isCodeBurntByFailure: true,
    isGrantRevokedByCodeReuse: true,
    hasSessionState: true,
    logout: { ...ordinaryLogout, isClientIdAccepted: true, registeredUris: 'redirectUris' },
  },
  sessionCookie: 'opbs',
  loginParameter: 'sessionDataKey',
  basic: 'raw',
  assertionAudience: 'token-endpoint',
  refreshTokenFor: 'client',
  graceReplay: 'revokes-successor',
  responseModes: [...queryModes, ...queryModes.map((mode) => `${mode}.jwt`), 'jwt'],
  par: { prefix: 'urn:ietf:params:oauth:par:request_uri:', lifetimeSeconds: 60, order: 'lifetime-first' },
  authorizationErrors: wso2AuthorizationErrors,
  tokenErrors: wso2TokenErrors,
  logoutErrors: wso2LogoutErrors,
  clientChallenge: 'Basic realm=is.com',
  hasCertificates: true,
  // The subject is the name that the user typed (wire 1.8).
  logoutToken: { lifetimeSeconds: 120, subjectClaim: 'preferred_username', sid: 'always' },
  metadata: (urls, place, origin) => wso2Metadata(urls, place, origin),
  keyId: (publicKey) => `${keyHash(publicKey)}_RS256`,
  callbackParameters,
  tokenResponse,
  errorBody: ({ error, error_description }) => ({ error_description, error }),
  idToken,
  accessToken,
  introspection,
  page,
  notFound: () => textPage(404, 'Error 404', 'The page was not found.'),
} as const satisfies Partial<Profile>

/** Paths below the tenant; the issuer is the token endpoint, under FAPI 2 (path of discovery assumed) the base. */
export function locateBelow(origin: string, base: string, isFapi2: boolean): Location {
  const wellKnown = '.well-known/openid-configuration'
  const discovery = [`${base}/oauth2/token/${wellKnown}`, `${base}/oauth2/oidcdiscovery/${wellKnown}`]
  if (isFapi2) discovery.unshift(`${base}/${wellKnown}`)
  return {
    issuer: isFapi2 ? `${origin}${base}` : `${origin}${base}/oauth2/token`,
    paths: {
      discovery,
      webfinger: ['/.well-known/webfinger'],
      jwks: [`${base}/oauth2/jwks`],
      authorization: [`${base}/oauth2/authorize`],
      par: [`${base}/oauth2/par`],
      login: [`${base}/authenticationendpoint/login.do`],
      resume: [`${base}/commonauth`],
      errorPage: [`${base}/authenticationendpoint/oauth2_error.do`],
      token: [`${base}/oauth2/token`],
      userinfo: [`${base}/oauth2/userinfo`],
      introspection: [`${base}/oauth2/introspect`],
      revocation: [`${base}/oauth2/revoke`],
      logout: [`${base}/oidc/logout`],
      checkSession: [`${base}/oidc/checksession`],
    },
  }
}

/** The order of the vendor's response provider (wire 1.3). */
function callbackParameters(occasion: CallbackOccasion): [string, string][] {
  const { code, state, isOpenId, issuer, switches } = occasion
  const pairs: [string, string][] = [['code', code]]
  if (switches.hasAuthenticatedIdPs) pairs.push(['AuthenticatedIdPs', authenticatedIdPs()])
  if (isOpenId && switches.hasSessionState) pairs.push(['session_state', sessionState(occasion)])
  if (state !== undefined) pairs.push(['state', state])
  if (switches.isFapi2) pairs.push(['iss', issuer])
  return pairs
}

/** hex(sha256(client, origin, browser state, salt)), a dot, the salt (wire 1.3). */
function sessionState({ clientId, redirectUri, browserState }: CallbackOccasion): string {
  const salt = randomBytes(16).toString('base64url')
  const origin = URL.canParse(redirectUri) ? new URL(redirectUri).origin : redirectUri
  const text = [clientId, origin, browserState, salt].join(' ')
  return `${createHash('sha256').update(text).digest('hex')}.${salt}`
}

function authenticatedIdPs(): string {
  const part = (members: object): string => Buffer.from(JSON.stringify(members)).toString('base64url')
  return `${part({ typ: 'JWT', alg: 'none' })}.${part({ idps: [{ idp: 'LOCAL', authenticator: 'BasicAuthenticator' }] })}.`
}

/** No scope member without a scope, no ID token without openid (wire 1.5). */
function tokenResponse(tokens: IssuedTokens): object {
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    scope: tokens.scopes.length === 0 ? undefined : tokens.scopes.join(' '),
    id_token: tokens.idToken,
    token_type: tokens.tokenType,
    expires_in: tokens.expiresInSeconds,
  }
}

function idToken(occasion: TokenOccasion): TokenContent {
  const { client, issuedAt, sid, codeHash } = occasion
  const claims = {
    isk: createHash('sha256').update(sid).digest('hex'),
    ...commonIdTokenClaims(occasion),
    amr: ['BasicAuthenticator'],
    ...(codeHash === undefined ? {} : { c_hash: codeHash }),
    nbf: issuedAt,
    azp: client.clientId,
    jti: randomUUID(),
    acr: 'urn:mace:incommon:iap:silver',
  }
  return { claims }
}

function accessToken(occasion: TokenOccasion): TokenContent {
  const { issuer, client, user, scopes, issuedAt, expiresAt } = occasion
  const claims = {
    sub: user.sub,
    aut: 'APPLICATION_USER',
    iss: issuer,
    client_id: client.clientId,
    aud: client.clientId,
    nbf: issuedAt,
    azp: client.clientId,
    scope: scopes.join(' '),
    exp: expiresAt,
    iat: issuedAt,
    jti: randomUUID(),
    ...userClaims(
      user,
      scopes.filter((scope) => scope === 'groups' || scope === 'roles'),
    ),
  }
  return { header: { typ: 'at+jwt' }, claims }
}

function introspection({ client, user, scopes, issuedAt, expiresAt }: TokenOccasion): object {
  return {
    aut: 'APPLICATION_USER',
    nbf: issuedAt,
    scope: scopes.join(' '),
    active: true,
    token_type: 'Bearer',
    exp: expiresAt,
    iat: issuedAt,
    client_id: client.clientId,
    username: user['preferred_username'],
  }
}

/** Never to the redirect URI, but to a page of the provider (wire 1.2). */
function page({ error, origin, errorPagePath }: PageOccasion): ReturnType<Profile['page']> {
  const query = new URLSearchParams({ oauthErrorCode: error.error, oauthErrorMsg: error.description })
  return redirectAnswer(appendQuery(`${origin}${errorPagePath}`, query))
}
