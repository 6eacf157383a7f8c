// The public options, documented once.
import type { KeyObject } from 'node:crypto'
import type { RelyingPartyError } from './errors.ts'
import type { HttpRequest } from './http/messages.ts'
import type { Store } from './stores/store.ts'

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
  /** The client secret. Without one the client is a public client. */
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

/** Parameters of the login route that say something to us. */
export const loginRouteParameters: readonly string[] = ['return_to', 'provider']

/** Parameters added to the authentication request; the ones we set ourselves always win. */
export type AuthorizationParameters = Readonly<Record<string, string>>

/** The URLs that the middleware serves, below the place where it is mounted. */
export interface RouteOptions {
  /** Starts a login; takes `?return_to=`. `false` switches it off. @defaultValue `'/login'` */
  readonly login?: string | false | undefined
  /**
   * Where a page of the provider, or of somebody else, has a login started: `baseUrl` followed by this is the
   * `initiate_login_uri`. It takes `iss`, `login_hint` and `target_link_uri`, by GET or POST. Off, because any page can
   * then choose the `login_hint`, and so at some providers where and as whom the person signs in.
   *
   * @defaultValue `false` (OpenID Connect Core 1.0 section 4)
   */
  readonly initiateLogin?: string | false | undefined
  /**
   * Where the provider sends the browser back to. `baseUrl` followed by this is the `redirect_uri`, byte for byte;
   * `''` makes it `baseUrl` itself, for a client that was registered without a path. @defaultValue `'/callback'`
   */
  readonly callback?: string | undefined
  /**
   * Where a person is asked, after a login, whether to send the form again that `requireAuth({ resumePost: true })` kept.
   *
   * @defaultValue `'/resume-post'`
   */
  readonly resumePost?: string | undefined
  /** Ends a login, by POST, or by GET from a page of the same site. `false` switches it off. @defaultValue `'/logout'` */
  readonly logout?: string | false | undefined
  /** Where the browser ends up after logout; `baseUrl` followed by this is the `post_logout_redirect_uri`. @defaultValue `'/'` */
  readonly postLogout?: string | undefined
  /**
   * Where providers post Logout Tokens to: `baseUrl` followed by this is the `backchannel_logout_uri`. `false` switches
   * it off. @defaultValue `'/backchannel-logout'` (OpenID Connect Back-Channel Logout 1.0 section 2.2)
   */
  readonly backchannelLogout?: string | false | undefined
  /**
   * What providers load in a frame to sign out: `baseUrl` followed by this is the `frontchannel_logout_uri`. `false`
   * switches it off. @defaultValue `'/frontchannel-logout'` (OpenID Connect Front-Channel Logout 1.0 section 2)
   */
  readonly frontchannelLogout?: string | false | undefined
}

/** How long a login lives, judged on the server by stored instants. */
export interface SessionOptions {
  /**
   * Seconds without a request after which a login ends. The last request is noted at most once in a twentieth of it, so
   * a login may end that much earlier.
   *
   * @defaultValue `86400` (1 day)
   */
  readonly idleSeconds?: number | undefined
  /**
   * Seconds after which a login ends however busy it is. A `session_expiry` claim of the provider ends it earlier.
   *
   * @defaultValue `604800` (7 days)
   */
  readonly absoluteSeconds?: number | undefined
}

/** What becomes of a login whose refresh token the provider does not accept any more. */
export type RefreshFailurePolicy = 'end' | 'keep'

/** How access tokens are refreshed (RFC 6749 section 6). */
export interface RefreshOptions {
  /**
   * Seconds before its end at which an access token counts as used up.
   *
   * @defaultValue `60`
   */
  readonly beforeExpirySeconds?: number | undefined
  /**
   * What `invalid_grant` does: `'end'` ends the login, `'keep'` keeps the person signed in without a fresh access token.
   * Or a function that decides. A provider that is down, slow or busy never ends a login.
   *
   * @defaultValue `'end'`
   */
  readonly onFailure?:
    | RefreshFailurePolicy
    | ((error: RelyingPartyError, request: HttpRequest) => RefreshFailurePolicy | Promise<RefreshFailurePolicy>)
    | undefined
}

/** How often a session may begin a login that leads to the same page, without one of them being finished. */
export interface LoginRateOptions {
  /**
   * How many, at most 16; one more shows a page in the place of the redirect.
   *
   * @defaultValue `10`
   */
  readonly starts?: number | undefined
  /**
   * In how many seconds.
   *
   * @defaultValue `60`
   */
  readonly withinSeconds?: number | undefined
}

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

/**
 * Options of {@link relyingParty}. Checked when the middleware is made: a missing, misspelt or contradicting option
 * throws a `RelyingPartyError` with the code `ERR_RP_OPTIONS` that names it. `undefined` means absent.
 *
 * @example
 * ```ts
 * const options: Options = {
 *   provider: { issuer: 'https://id.example.com' },
 *   clientId: 'orders',
 *   clientSecret: process.env['CLIENT_SECRET'],
 *   baseUrl: 'https://app.example.com',
 *   secret: process.env['SESSION_SECRET'],
 * }
 * ```
 */
export interface Options extends ClientOptions {
  /** The one provider. This or `providers` is required. */
  readonly provider?: ProviderOptions | undefined
  /**
   * Several providers by id (`[A-Za-z0-9_-]`): `/login?provider=id` starts at one, `/login` asks which, and each has a
   * callback of its own, `routes.callback` followed by `/id`, so that no answer of one is taken for another's.
   */
  readonly providers?: Readonly<Record<string, ProviderOptions>> | undefined
  /**
   * The public URL of the place where the middleware is mounted: `https://app.example.com`, or with the path of
   * `app.use('/path', ...)` or of a proxy, `https://example.com/path`. It is never learned from a request, so a forged
   * Host header changes nothing. A slash at its end does not count. Required.
   *
   * For an app with several hosts a list: the host of a request chooses the entry that its login and logout come back to,
   * and one that is not listed is refused with `ERR_RP_HOST_UNKNOWN`. `X-Forwarded-Host` counts only as Express's
   * `trust proxy` says, never on Connect. The entries have the same path and differ by host.
   */
  readonly baseUrl: string | readonly string[]
  /**
   * Seals what we store (AES-256-GCM). At least 16 characters; use 32 random bytes. An array rotates: the first
   * seals, all open. Without it a development process makes a random one and says so once; with
   * `NODE_ENV=production` construction refuses.
   */
  readonly secret?: string | readonly string[] | undefined
  /** Seconds by which the provider's clock may differ from ours. @defaultValue `30` */
  readonly clockToleranceSeconds?: number | undefined
  /** Seconds that one request to the provider may take, its answer included. @defaultValue `10` */
  readonly httpTimeoutSeconds?: number | undefined
  /** Sends the requests to the providers instead of our own HTTP pool. Not together with `dispatcher` or `ca`. */
  readonly fetch?: ProviderFetch | undefined
  /**
   * An undici dispatcher for the requests to the providers, such as a `ProxyAgent`, or an `Agent` with a private CA.
   * Not together with `fetch` or `ca`. undici is for you to install: our own pool is node's.
   */
  readonly dispatcher?: ProviderDispatcher | undefined
  /** The URLs that the middleware serves. */
  readonly routes?: RouteOptions | undefined
  /**
   * Parameters that whoever links to the login URL may set in the authentication request: `['login_hint', 'ui_locales']`
   * makes `/login?login_hint=ann%40example.com` hand the hint on. Others in its query are ignored.
   *
   * @defaultValue none
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest | section 3.1.2.1}
   */
  readonly forwardLoginParameters?: readonly string[] | undefined
  /** How long a login lives. */
  readonly session?: SessionOptions | undefined
  /**
   * Signs in whoever is signed in at the provider already, on the first page of a visit, without showing them anything
   * (`prompt=none`); everybody else goes on signed out. Once in a session, only for page navigations of browsers, and not
   * after a sign-out. A function decides by the request. Needs the one `provider`, and `openid` in its scope.
   *
   * @defaultValue `false`
   */
  readonly silentLogin?: boolean | ((request: HttpRequest) => boolean) | undefined
  /** When logins that go round in circles are stopped. */
  readonly loginRate?: LoginRateOptions | undefined
  /** How access tokens are refreshed. */
  readonly refresh?: RefreshOptions | undefined
  /**
   * The origins that `req.oidc.fetch()` may send the person's access token to, such as `https://api.example.com`.
   *
   * @defaultValue none
   */
  readonly apiOrigins?: readonly string[] | undefined
  /** Where login records live. @defaultValue the app's own express-session store */
  readonly store?: Store | undefined
  /** The time as NumericDate (seconds), for tests. @defaultValue the system clock */
  readonly clock?: (() => number) | undefined
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
