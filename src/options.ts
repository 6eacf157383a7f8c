// The public options, documented once.
import type { RelyingPartyError } from './errors.ts'
import type { HttpRequest } from './http/messages.ts'
import type { EntryLogger, Logger } from './log-lines.ts'
import type { ClientOptions, ProviderDispatcher, ProviderFetch, ProviderOptions } from './options-client.ts'
import type { Store } from './stores/store.ts'

/** Parameters of the login route that say something to us. */
export const loginRouteParameters: readonly string[] = ['return_to', 'provider']

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
   * Host header changes nothing. A slash at its end does not count. Without TLS off loopback it is logged once as
   * `WARN_RP_BASE_URL_INSECURE`. Required.
   *
   * For an app with several hosts a list: the host of a request chooses the entry that its login and logout come back to,
   * and one that is not listed is refused with `ERR_RP_HOST_UNKNOWN`. `X-Forwarded-Host` counts only as Express's
   * `trust proxy` says, never on Connect. The entries have the same path and differ by host.
   */
  readonly baseUrl: string | readonly string[]
  /**
   * Seals what we store (AES-256-GCM). At least 16 characters; use 32 random bytes. A pattern (`changemechangeme`) is
   * refused. An array rotates: the first seals, all open. Without it a development process makes a random one and says so
   * once; with `NODE_ENV=production` construction refuses.
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
   * after a sign-out. A function decides by the request, and may be async. Needs the one `provider`, and `openid` in its scope.
   *
   * @defaultValue `false`
   */
  readonly silentLogin?: boolean | ((request: HttpRequest) => boolean | Promise<boolean>) | undefined
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
  /**
   * Where failures are logged: one structured line for each answer of 500 and above, and for each callback, refresh,
   * logout token and set-up that fails. The app's own logger in the shape of pino or winston, `console`, or `false` for
   * none. No line holds a token, code, secret, cookie or session id.
   *
   * @defaultValue the console, which prints to stderr
   * @example
   * ```ts
   * import { pino } from 'pino'
   *
   * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret, log: pino() }))
   * ```
   */
  readonly log?: false | Logger | EntryLogger | undefined
  /** The time as NumericDate (seconds), for tests. @defaultValue the system clock */
  readonly clock?: (() => number) | undefined
}
