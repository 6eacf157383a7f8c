// What makes one vendor different from another: data, and small functions where data is not enough.

import type { KeyObject } from 'node:crypto'
import type { Answer } from '../../src/testing/answer.ts'
import type { PkcePolicy, SimulatorClient } from './clients.ts'
import type { AuthorizationFailure, LogoutFailure, OAuthError, TokenFailure } from './failures.ts'
import type { CodeFormat } from './identifiers.ts'

/** An endpoint of a simulator; the login page, its continuation and the error page count as well. */
export type EndpointName =
  | 'discovery'
  | 'webfinger'
  | 'jwks'
  | 'authorization'
  | 'par'
  | 'login'
  | 'resume'
  | 'errorPage'
  | 'token'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'logout'
  | 'idpSignoff'
  | 'checkSession'

/** The parts of the vendor's URLs that a customer fills in; each profile reads its own. */
export interface Place {
  /** Asgardeo. */
  readonly organization: string
  /** WSO2 Identity Server; `undefined` is the root tenant. */
  readonly tenant: string | undefined
  /** PingOne. */
  readonly environmentId: string
  /** PingOne: without the environment in path and issuer. */
  readonly hasCustomDomain: boolean
  /** Okta; `undefined` is the org authorization server. */
  readonly authorizationServerId: string | undefined
}

/** Where everything is; an endpoint may have several paths, the first is the one that metadata names. */
export interface Location {
  readonly issuer: string
  readonly paths: Readonly<Partial<Record<EndpointName, readonly string[]>>>
}

/** The URL of each endpoint; of one that the vendor does not have, the empty string. */
export type EndpointUrls = Readonly<Record<EndpointName, string>>

/** The End-User. */
export interface SimulatorUser {
  readonly sub: string
  readonly [claim: string]: unknown
}

/** The rules of the logout endpoint. */
export interface LogoutRules {
  /** `for-redirect`: without a hint the user stays at the provider. */
  readonly hint: 'required' | 'for-redirect' | 'optional'
  readonly isClientIdAccepted: boolean
  readonly isAccessTokenHintAccepted: boolean
  readonly expiredHint: 'accepted' | 'accepted-for-session-user'
  readonly sessionFrom: 'cookie' | 'hint-or-cookie'
  readonly registeredUris: 'redirectUris' | 'postLogoutRedirectUris'
  /** `own-page`: the user is signed out and stays at the provider. */
  readonly onUnregisteredUri: 'error-page' | 'own-page'
  readonly onMissingSession: 'redirect' | 'error-page'
  /** The URI and the state together must be shorter. */
  readonly maxLength: number
}

/** What a test can switch, at the start or while the simulator runs. */
export interface Switches {
  codeFormat: CodeFormat
  codeLifetimeSeconds: number
  accessTokenLifetimeSeconds: number
  idTokenLifetimeSeconds: number
  refreshTokenLifetimeSeconds: number
  /** Without use a refresh token ends after this time. */
  refreshTokenIdleSeconds: number
  /** Whether a failed token request makes the code useless. */
  isCodeBurntByFailure: boolean
  /** Whether a second use of a code ends the tokens of the first. */
  isGrantRevokedByCodeReuse: boolean
  /** Whether a token that has not expired is given out again, with what is left of its time. */
  isAccessTokenServedAgain: boolean
  /** Where an Authentication Request with bad PKCE parameters ends. */
  pkceErrorAt: 'redirect' | 'page'
  /** Whether the callback gets `session_state`. */
  hasSessionState: boolean
  /** Whether the callback gets `AuthenticatedIdPs` (WSO2). */
  hasAuthenticatedIdPs: boolean
  /** Added at the end of every callback. */
  extraCallbackParameters: Readonly<Record<string, string>>
  /** `thin`: the profile is only in the UserInfo response. */
  idTokenClaims: 'thin' | 'full'
  /** FAPI 2.0 profile of the tenant (WSO2): `iss` in the callback, base issuer. */
  isFapi2: boolean
  /** Whether the user sees a login form; otherwise the user is signed in at once. */
  interactive: boolean
  /** What the user decides where no form asks. */
  consent: 'given' | 'denied'
  /** What the user decides about the logout. */
  logoutConsent: 'given' | 'denied'
  logout: LogoutRules
  /** At most so many requests to the login and token endpoints in a window; then 429. */
  rateLimit: { readonly limit: number; readonly windowSeconds: number } | undefined
}

/** What the callback parameters are made from. */
export interface CallbackOccasion {
  readonly clientId: string
  readonly redirectUri: string
  readonly code: string
  readonly state: string | undefined
  readonly isOpenId: boolean
  /** The value of the provider's session cookie. */
  readonly browserState: string
  readonly issuer: string
  readonly switches: Readonly<Switches>
}

/** What the claims of a token are made from. */
export interface TokenOccasion {
  readonly issuer: string
  readonly origin: string
  readonly client: SimulatorClient
  readonly user: SimulatorUser
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  readonly sid: string
  readonly authTimeAt: number
  readonly issuedAt: number
  readonly expiresAt: number
  /** Hashes for the ID Token; `undefined` where they do not apply. */
  readonly accessTokenHash: string | undefined
  readonly codeHash: string | undefined
}

/** A JWT before it is signed; `isKeyPublished: false` signs by a key that is not in the JWK Set. */
export interface TokenContent {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly isKeyPublished?: boolean
}

/** What the members of a token response are made from. */
export interface IssuedTokens {
  readonly accessToken: string
  readonly tokenType: string
  readonly expiresInSeconds: number
  readonly idTokenExpiresInSeconds: number
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  readonly scopes: readonly string[]
  readonly user: SimulatorUser
}

/** What a page of the provider says. */
export interface PageOccasion {
  readonly failure: AuthorizationFailure | LogoutFailure
  readonly error: OAuthError
  readonly origin: string
  /** The path of the error page, where the vendor has one. */
  readonly errorPagePath: string
}

/** One vendor. */
export interface Profile {
  readonly name: string
  readonly place: Place
  readonly sampleClient: SimulatorClient
  readonly user: SimulatorUser
  readonly switches: Readonly<Switches>
  readonly sessionCookie: string
  /** The parameter of the login page that names the interrupted Authentication Request. */
  readonly loginParameter: string
  /** What Basic credentials are compared with: the bytes as they came, or also their form-decoded text. */
  readonly basic: 'raw' | 'raw-or-decoded'
  /** Whether only the configured method is good, or every method with a right secret. */
  readonly clientAuthentication: 'configured-method' | 'any-secret-method'
  /** Credentials of an administrator, good for introspection. */
  readonly administrator?: { readonly name: string; readonly password: string }
  /** Whether a client assertion's `aud` must be the URL of the token endpoint, or may also be the issuer. */
  readonly assertionAudience: 'token-endpoint' | 'token-endpoint-or-issuer'
  /** Whether a DPoP proof must hold a nonce of the server. */
  readonly isDpopNonceAsked: boolean
  readonly refreshTokenFor: 'client' | 'scope' | 'client-or-scope'
  /** Whether a rotated refresh token ends when the first one would have. */
  readonly isRefreshExpiryKept: boolean
  /** What a graced replay of a refresh token does to the token that had replaced it. */
  readonly graceReplay: 'revokes-successor' | 'keeps-successor'
  readonly requiredParameters: readonly ('state' | 'scope')[]
  /** The scopes that may be asked for; `undefined`: any. */
  readonly allowedScopes: readonly string[] | undefined
  readonly responseModes: readonly string[]
  /** On every redirect to the redirect URI. */
  readonly callbackHeaders: Readonly<Record<string, string>>
  readonly par: {
    readonly prefix: string
    readonly lifetimeSeconds: number
    readonly order: 'lifetime-first' | 'uri-first'
  }
  readonly authorizationErrors: Readonly<Record<AuthorizationFailure, OAuthError>>
  readonly tokenErrors: Readonly<Record<TokenFailure, OAuthError>>
  readonly logoutErrors: Readonly<Record<LogoutFailure, OAuthError>>
  /** The header of a refused client, if any. */
  readonly clientChallenge?: string
  readonly hasCertificates: boolean
  readonly logoutToken: {
    readonly lifetimeSeconds: number
    readonly subjectClaim: string
    readonly sid: 'always' | 'on-demand'
  }
  readonly tooManyRequests: { readonly headers: 'x-rate-limit' | 'retry-after'; readonly body: object }
  locate(origin: string, place: Place, isFapi2: boolean): Location
  /** The metadata without `issuer`. */
  metadata(urls: EndpointUrls, place: Place, origin: string): Record<string, unknown>
  keyId(publicKey: KeyObject): string
  pkcePolicy(client: SimulatorClient): PkcePolicy
  callbackParameters(occasion: CallbackOccasion): [name: string, value: string][]
  tokenResponse(tokens: IssuedTokens): object
  errorBody(error: { readonly error: string; readonly error_description: string }): object
  idToken(occasion: TokenOccasion): TokenContent
  accessToken(occasion: TokenOccasion): TokenContent
  introspection(occasion: TokenOccasion): object
  page(occasion: PageOccasion): Answer
  notFound(path: string): Answer
}
