// What most vendors have in common, for a profile to build upon.

import { createHash, type KeyObject } from 'node:crypto'
import { jsonAnswer } from '../../../src/testing/answer.ts'
import { textPage } from '../answers.ts'
import type {
  CallbackOccasion,
  LogoutRules,
  PageOccasion,
  Place,
  Profile,
  Switches,
  TokenOccasion,
} from '../profile.ts'
import { userClaims } from '../user-claims.ts'

const DAY_SECONDS = 86_400

/** A place of which a vendor uses only its own parts. */
export const nowhere: Place = {
  organization: '',
  tenant: undefined,
  environmentId: '',
  hasCustomDomain: false,
  authorizationServerId: undefined,
}

/** The person who signs in at every simulator. */
export const demoUser = {
  name: 'Demo User',
  given_name: 'Demo',
  family_name: 'User',
  preferred_username: 'demo',
  email: 'demo@example.com',
  email_verified: true,
  locale: 'en-US',
} as const

/** The rules that no vendor's documents contradict. */
export const ordinaryLogout: LogoutRules = {
  hint: 'optional',
  isClientIdAccepted: false,
  isAccessTokenHintAccepted: false,
  expiredHint: 'accepted',
  sessionFrom: 'cookie',
  registeredUris: 'postLogoutRedirectUris',
  onUnregisteredUri: 'error-page',
  onMissingSession: 'redirect',
  maxLength: 8192,
}

/** A code lives 300 seconds everywhere (W-src, S-O; assumed elsewhere). */
export const ordinarySwitches: Switches = {
  codeFormat: 'uuid4',
  codeLifetimeSeconds: 300,
  accessTokenLifetimeSeconds: 3600,
  idTokenLifetimeSeconds: 3600,
  refreshTokenLifetimeSeconds: 30 * DAY_SECONDS,
  refreshTokenIdleSeconds: 30 * DAY_SECONDS,
  isCodeBurntByFailure: false,
  isGrantRevokedByCodeReuse: false,
  isAccessTokenServedAgain: false,
  pkceErrorAt: 'redirect',
  hasSessionState: false,
  hasAuthenticatedIdPs: false,
  extraCallbackParameters: {},
  idTokenClaims: 'full',
  isFapi2: false,
  interactive: false,
  consent: 'given',
  logoutConsent: 'given',
  logout: ordinaryLogout,
  rateLimit: undefined,
}

/** The members in which most vendors do not differ, or in which nothing is known of them. */
export const ordinaryProfile = {
  basic: 'raw-or-decoded',
  clientAuthentication: 'any-secret-method',
  assertionAudience: 'token-endpoint-or-issuer',
  isDpopNonceAsked: false,
  isRefreshExpiryKept: false,
  graceReplay: 'keeps-successor',
  requiredParameters: [],
  allowedScopes: undefined,
  responseModes: ['query', 'fragment', 'form_post'],
  callbackHeaders: {},
  par: { prefix: 'urn:ietf:params:oauth:request_uri:', lifetimeSeconds: 60, order: 'uri-first' },
  hasCertificates: false,
  logoutToken: { lifetimeSeconds: 120, subjectClaim: 'sub', sid: 'on-demand' },
  tooManyRequests: { headers: 'retry-after', body: { error: 'too_many_requests' } },
  pkcePolicy: (client) => client.pkce,
  callbackParameters: codeAndState,
  errorBody: (error) => error,
  introspection: ordinaryIntrospection,
  page: ({ failure, error }: PageOccasion) => textPage(400, error.error, `${error.description} (${failure})`),
  notFound: () => jsonAnswer({ error: 'not_found' }, 404),
} as const satisfies Partial<Profile>

/** `code`, then `state`. */
export function codeAndState({ code, state }: CallbackOccasion): [string, string][] {
  const pairs: [string, string][] = [['code', code]]
  if (state !== undefined) pairs.push(['state', state])
  return pairs
}

/** A `kid` that is the hash of the key. */
export function keyHash(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
}

/** A `kid` in the shape of a UUID. */
export function keyUuid(publicKey: KeyObject): string {
  const digits = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5')
}

/** The claims of every ID Token; a nonce is echoed when one came. */
export function commonIdTokenClaims(occasion: TokenOccasion): Record<string, unknown> {
  const { issuer, user, client, issuedAt, expiresAt, authTimeAt, sid, nonce, accessTokenHash, scopes } = occasion
  return {
    iss: issuer,
    sub: user.sub,
    aud: client.clientId,
    iat: issuedAt,
    exp: expiresAt,
    auth_time: authTimeAt,
    sid,
    at_hash: accessTokenHash,
    ...(nonce === undefined ? {} : { nonce }),
    ...userClaims(user, scopes),
  }
}

function ordinaryIntrospection({ issuer, client, user, scopes, issuedAt, expiresAt }: TokenOccasion): object {
  return {
    active: true,
    scope: scopes.join(' '),
    client_id: client.clientId,
    token_type: 'Bearer',
    sub: user.sub,
    iss: issuer,
    aud: client.clientId,
    iat: issuedAt,
    exp: expiresAt,
  }
}
