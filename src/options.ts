// The public options, documented once, and the complete, frozen settings made from them.
import type { Dispatcher } from 'undici'
import type { HttpRequest } from './http/messages.ts'
import type { Store } from './stores/store.ts'

/** Where the provider is. Presets return one of these. */
export interface ProviderOptions {
  /**
   * The Issuer Identifier, as the provider announces it: its metadata is read from
   * `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4).
   */
  readonly issuer: string
  /**
   * Allows an issuer, and its endpoints, to be plain `http:` off loopback. Tokens and secrets then cross the network
   * readable by anyone on it. On loopback (`localhost`, `127.0.0.0/8`, `[::1]`) http is allowed without it.
   *
   * @defaultValue `false`
   */
  readonly allowInsecureRequests?: boolean | undefined
  /**
   * Seconds that must pass between two fetches of the provider's keys that an unknown `kid` caused.
   *
   * @defaultValue `30`
   */
  readonly keyRefetchCooldownSeconds?: number | undefined
}

/** How the client authenticates at the token endpoint (OpenID Connect Core 1.0 section 9). */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post' | 'none'

/** Parameters added to the authentication request; the ones we set ourselves always win. */
export type AuthorizationParameters = Readonly<Record<string, string>>

/** The URLs that the middleware serves, below the place where it is mounted. */
export interface RouteOptions {
  /** Starts a login; takes `?return_to=`. `false` switches it off. @defaultValue `'/login'` */
  readonly login?: string | false | undefined
  /**
   * Where the provider sends the browser back to. `baseUrl` followed by this is the `redirect_uri`, byte for byte;
   * `''` makes it `baseUrl` itself, for a client that was registered without a path. @defaultValue `'/callback'`
   */
  readonly callback?: string | undefined
  /** Ends a login, by POST, or by GET from a page of the same site. `false` switches it off. @defaultValue `'/logout'` */
  readonly logout?: string | false | undefined
  /** Where the browser ends up after logout; `baseUrl` followed by this is the `post_logout_redirect_uri`. @defaultValue `'/'` */
  readonly postLogout?: string | undefined
}

/** How long a login lives. */
export interface SessionOptions {
  /**
   * Seconds after which a login ends however busy it is, enforced on the server from the stored login instant.
   *
   * @defaultValue `604800` (7 days)
   */
  readonly absoluteSeconds?: number | undefined
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
export interface Options {
  /** The OpenID Provider. Required. */
  readonly provider: ProviderOptions
  /** The client identifier (RFC 6749 section 2.2). Required. */
  readonly clientId: string
  /** The client secret. Without one the client is a public client. */
  readonly clientSecret?: string | undefined
  /**
   * How the client authenticates at the token endpoint; never another way after a refusal.
   *
   * @defaultValue `'client_secret_basic'` with a `clientSecret`, `'none'` without
   */
  readonly clientAuthentication?: ClientAuthentication | undefined
  /**
   * The public URL of the place where the middleware is mounted: `https://app.example.com`, or with the path of
   * `app.use('/path', ...)` or of a proxy, `https://example.com/path`. It is never learned from a request, so a forged
   * Host header changes nothing. A slash at its end does not count. Required.
   */
  readonly baseUrl: string
  /**
   * Seals what we store (AES-256-GCM). At least 16 characters; use 32 random bytes. An array rotates: the first
   * seals, all open. Without it a development process makes a random one and says so once; with
   * `NODE_ENV=production` construction refuses.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * The scope asked for; must contain `openid` (OpenID Connect Core 1.0 section 3.1.2.1).
   *
   * @defaultValue `'openid'`
   */
  readonly scope?: string | undefined
  /** More parameters of the authentication request, such as `prompt`, `max_age` or `audience`; or a function of the request. */
  readonly authorizationParameters?:
    | AuthorizationParameters
    | ((request: HttpRequest) => AuthorizationParameters)
    | undefined
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
  /** Seconds by which the provider's clock may differ from ours. @defaultValue `30` */
  readonly clockToleranceSeconds?: number | undefined
  /** Seconds that one request to the provider may take, its answer included. @defaultValue `10` */
  readonly httpTimeoutSeconds?: number | undefined
  /** Sends the requests to the provider instead of our own HTTP pool. Not together with `dispatcher`. */
  readonly fetch?: ProviderFetch | undefined
  /**
   * An undici dispatcher for the requests to the provider, such as a `ProxyAgent`, or an `Agent` with a private CA.
   * Not together with `fetch`.
   */
  readonly dispatcher?: Pick<Dispatcher, 'request'> | undefined
  /** The URLs that the middleware serves. */
  readonly routes?: RouteOptions | undefined
  /** How long a login lives. */
  readonly session?: SessionOptions | undefined
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

/** Everything the rest of the code reads: complete, so that no default is decided anywhere else. */
export interface Settings {
  readonly provider: {
    readonly issuer: string
    readonly allowInsecureRequests: boolean
    readonly keyRefetchCooldownSeconds: number
  }
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly clientAuthentication: ClientAuthentication
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly origin: string
  /** The path of `baseUrl`, '' when it has none. */
  readonly basePath: string
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  readonly secrets: readonly string[]
  readonly scope: string
  readonly authorizationParameters: (request: HttpRequest) => AuthorizationParameters
  readonly userinfo: boolean
  readonly idTokenSignedResponseAlg: IdTokenSignedResponseAlg
  readonly clockToleranceSeconds: number
  readonly httpTimeoutSeconds: number
  readonly fetch: ProviderFetch | undefined
  readonly dispatcher: Pick<Dispatcher, 'request'> | undefined
  readonly routes: {
    readonly login: string | false
    readonly callback: string
    readonly logout: string | false
    readonly postLogout: string
  }
  readonly session: { readonly absoluteSeconds: number }
  readonly store: Store | undefined
  readonly clock: () => number
}
