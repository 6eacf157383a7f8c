// The public options of one provider: how we are registered there, what we ask it for, and how it is reached.
import type { KeyObject } from 'node:crypto'
import type { HttpRequest } from './http/messages.ts'

/**
 * A private key: a private JWK (with `alg`, and with the `kid` under which the provider knows it), a PEM (PKCS #8), or a
 * `KeyObject` of `node:crypto`.
 */
export type PrivateKey = PrivateJwk | string | KeyObject

/** A JSON Web Key with its private members (RFC 7517, RFC 7518 section 6, RFC 8037). Secret. */
export interface PrivateJwk {
  readonly kty?: string | undefined
  readonly alg?: string | undefined
  readonly kid?: string | undefined
  readonly use?: string | undefined
  readonly key_ops?: readonly string[] | undefined
  readonly ext?: boolean | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
  readonly d?: string | undefined
  readonly p?: string | undefined
  readonly q?: string | undefined
  readonly dp?: string | undefined
  readonly dq?: string | undefined
  readonly qi?: string | undefined
  readonly x5c?: readonly string[] | undefined
  readonly x5t?: string | undefined
  readonly x5u?: string | undefined
  readonly 'x5t#S256'?: string | undefined
}

/** Authentication by a signed assertion, `private_key_jwt` (OpenID Connect Core 1.0 section 9, RFC 7523). */
export interface PrivateKeyJwt {
  /** The key that the provider has the public half of. */
  readonly privateKeyJwt: PrivateKey
  /** @defaultValue the `alg` of a JWK, else what fits the key: `RS256`, `ES256`, `ES384`, `ES512` or `EdDSA` */
  readonly alg?: AssertionAlg | undefined
  /** @defaultValue the `kid` of a JWK */
  readonly kid?: string | undefined
}

/** Algorithms that sign client assertions. */
export type AssertionAlg = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'

/** How the client authenticates at the token endpoint (OpenID Connect Core 1.0 section 9). */
export type ClientAuthentication =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'none'
  | PrivateKeyJwt

/** How the answer to an authentication request comes back. */
export type ResponseMode = 'query' | 'form_post'

/** How we are registered at a provider, and what we ask it for. With several providers each may have its own. */
export interface ClientOptions {
  /** The client identifier (RFC 6749 section 2.2). Required. */
  readonly clientId?: string | undefined
  /**
   * The client secret. Without one the client is a public client. Where it is the key of a MAC (`'client_secret_jwt'`, an
   * `idTokenSignedResponseAlg` of the HS family), fewer than 16 octets are refused, and fewer than the hash has are logged
   * once as `WARN_RP_CLIENT_SECRET` (RFC 7518 section 3.2).
   */
  readonly clientSecret?: string | undefined
  /**
   * How the client authenticates at the token endpoint; never another way after a refusal.
   *
   * @defaultValue with a `clientSecret` `'client_secret_basic'`, or `'client_secret_post'` where the provider's metadata
   * offers that and not the other; without one `'none'`
   */
  readonly clientAuthentication?: ClientAuthentication | undefined
  /**
   * The scope asked for. Without `openid` in it the login is plain OAuth 2.0: no ID token is expected, so nothing binds
   * the answer to this login but `state` and PKCE, and who signed in is known only with `userClaims`.
   * `''` sends no scope at all.
   *
   * @defaultValue `'openid'` (OpenID Connect Core 1.0 section 3.1.2.1)
   */
  readonly scope?: string | undefined
  /** More parameters of the authentication request, such as `prompt`, `max_age` or `audience`; or a function of the request. */
  readonly authorizationParameters?:
    | AuthorizationParameters
    | ((request: HttpRequest) => AuthorizationParameters)
    | undefined
  /**
   * How the provider sends the browser back: `'query'` by a redirect, with the code in the URL; `'form_post'` by a form
   * that posts itself to the callback. Cookies of `SameSite=Lax` and `Strict` work with both. With `'form_post'` the
   * callback needs a path of its own, and a code that comes in the URL all the same is refused.
   *
   * @defaultValue `'query'`
   * @see OAuth 2.0 Form Post Response Mode, {@link https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode | section 2}
   */
  readonly responseMode?: ResponseMode | undefined
  /**
   * Asks the UserInfo endpoint at login, where the provider has one, and merges its claims into `req.user.claims`; the
   * ID token's own win.
   *
   * @defaultValue `false`
   */
  readonly userinfo?: boolean | undefined
  /**
   * The one algorithm in which ID tokens are accepted. An `HS*` one is verified with the client secret.
   *
   * @defaultValue `'RS256'` (OpenID Connect Registration 1.0 section 2)
   */
  readonly idTokenSignedResponseAlg?: IdTokenSignedResponseAlg | undefined
}

/** How a provider without `end_session_endpoint` is told that a person signs out. */
export interface EndSessionFallback {
  /** The URL that the browser is sent to. */
  readonly url: string
  /** The parameter that takes the place of `post_logout_redirect_uri`. */
  readonly redirectParameter: string
}

/**
 * A provider, and where it differs from the others how. Presets return one of these; members given beside a preset win:
 * `{ ...okta({ domain }), scope: 'openid email' }`. The members of {@link ClientOptions} default to those of
 * `Options`.
 */
export interface ProviderOptions extends ClientOptions {
  /**
   * The Issuer Identifier, as the provider announces it: its metadata is read from
   * `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4).
   */
  readonly issuer: string
  /** What people call the provider, for the page on which they choose one. @defaultValue its id */
  readonly name?: string | undefined
  /**
   * The provider's metadata, for one that publishes none. Nothing is discovered then.
   *
   * @see RFC 8414, {@link https://www.rfc-editor.org/rfc/rfc8414.html#section-2 | section 2}
   */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * Allows an issuer, and its endpoints, to be plain `http:` off loopback. Tokens and secrets then cross the network
   * readable by anyone on it. On loopback (`localhost`, `127.0.0.0/8`, `[::1]`) http is allowed without it.
   *
   * @defaultValue `false`
   */
  readonly allowInsecureRequests?: boolean | undefined
  /** The certificate (PEM, or the path of a PEM file) that this provider's own one is signed with, trusted for it alone. */
  readonly ca?: string | undefined
  /**
   * Seconds that must pass between two fetches of the provider's keys that an unknown `kid` caused.
   *
   * @defaultValue `30`
   */
  readonly keyRefetchCooldownSeconds?: number | undefined
  /**
   * The `aud` of client assertions (RFC 7523 section 3): the Issuer Identifier, or the URL of the token endpoint for a
   * provider that accepts nothing else. @defaultValue `'issuer'`
   */
  readonly clientAssertionAudience?: 'issuer' | 'token_endpoint' | undefined
  /** The tenants whose people may sign in, for an issuer that stands for many (`{tenantid}` in the metadata's `issuer`). */
  readonly tenants?: readonly string[] | undefined
  /** The provider answers a logout request without `id_token_hint` by an error: then it is not sent. @defaultValue `false` */
  readonly requiresIdTokenHint?: boolean | undefined
  /**
   * Ends the login when the signature of a refreshed ID token fits none of the provider's keys, or when such a token has
   * expired. Without it, such a token is set aside if it came over TLS: the new access token and refresh token are used, and
   * the first ID token and its claims stay. Any other error of a refreshed ID token always ends the login.
   *
   * @defaultValue `false`
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse | section 12.2}
   */
  readonly strictRefreshedIdTokens?: boolean | undefined
  /** Used where the metadata has no `end_session_endpoint`. */
  readonly endSessionFallback?: EndSessionFallback | undefined
  /**
   * Makes claims of what the `userinfo_endpoint` of a plain OAuth 2.0 provider answers; `sub` must be a text that the
   * provider never gives to anybody else. Only without `openid` in the scope.
   */
  readonly userClaims?: ((answer: Readonly<Record<string, unknown>>) => UserClaims) | undefined
}

/** What is known of a person: `sub` identifies them at this provider. */
export interface UserClaims {
  readonly sub: string
  readonly [claim: string]: unknown
}

/**
 * Parameters of the authentication request that are ours: neither options nor requests set them (threat V25). With
 * `request` or `request_uri` a provider would read all others from there (RFC 9101 section 4).
 */
export const reservedParameters: readonly string[] = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'registration',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]

/** Parameters added to the authentication request; the ones we set ourselves always win. */
export type AuthorizationParameters = Readonly<Record<string, string>>

/** A `fetch` of the user's own: called with a URL and what we need of `RequestInit`; answers with a `Response`. */
export type ProviderFetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | null
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<Response>

/** What is used of an undici dispatcher: its `request()`. */
export interface ProviderDispatcher {
  /** Sends one request; `signal` ends it. */
  request(options: {
    readonly origin: string
    readonly path: string
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | null
    readonly signal: AbortSignal
  }): Promise<{
    readonly statusCode: number
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: AsyncIterable<Uint8Array>
  }>
}

/** Signature algorithms of ID tokens (RFC 7518 section 3.1, RFC 8037); `none` is not among them. */
export type IdTokenSignedResponseAlg =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'HS256'
  | 'HS384'
  | 'HS512'
