// What a request can do about its login: the methods of req.oidc, as the app sees them.
import type { AuthorizationParameters } from '../options-client.ts'
import type { LogoutTarget } from '../session/epochs.ts'

/** What a login is started with. */
export interface LoginOptions {
  /** The local path to come back to; by default the URL of this request, when it is a GET. */
  readonly returnTo?: string | undefined
  /** The id of the provider to sign in at, when there are several; without it the person is asked. */
  readonly provider?: string | undefined
  /**
   * More parameters of the authentication request, such as `prompt` or `login_hint`, for this login alone: they win over
   * the option `authorizationParameters`; the ones that the middleware sets itself always win. With several providers name
   * the `provider` too: the page to choose on carries only `forwardLoginParameters`.
   */
  readonly authorizationParameters?: AuthorizationParameters | undefined
  /**
   * Keeps the form that this request posts, as `requireAuth({ resumePost: true })` does. In the place of `returnTo` the
   * person comes to a page of ours that asks whether to send it again. @defaultValue `false`
   */
  readonly resumePost?: boolean | undefined
}

/** How a login is ended. */
export interface LogoutOptions {
  /**
   * Tells the provider who signs out, such as a login name.
   *
   * @defaultValue the claim `login_hint`, where the provider gave one
   */
  readonly logoutHint?: string | undefined
}

/** Which access token is wanted; by default the one of the login. */
export interface AccessTokenRequest {
  /** The API it is for, as the provider knows it (RFC 8707). */
  readonly resource?: string | undefined
  /** Less than was granted, separated by spaces (RFC 6749 section 6). */
  readonly scope?: string | undefined
  /** Refreshes also when the token at hand still seems good. @defaultValue `false` */
  readonly forceRefresh?: boolean | undefined
}

/**
 * What a request can do about its login, as `req.oidc`. A promise that rejects is logged, so a promise that the app
 * forgets to await neither ends the process nor fails in silence.
 */
export interface RequestOidc {
  /** Whether somebody is signed in. */
  readonly isAuthenticated: boolean
  /** The local URL that starts a login; undefined when `routes.login` is `false`. */
  readonly loginUrl: string | undefined
  /**
   * Starts a login and answers the request with the redirect to the provider.
   *
   * @throws RelyingPartyError with `ERR_RP_DISCOVERY`, `ERR_RP_METADATA`, `ERR_RP_STORE`; with `ERR_RP_OPTIONS` for unknown
   * options and wrong types, and for parameters that the page to choose a provider on would lose; with `resumePost` also `ERR_RP_LOGIN_REQUIRED`,
   * when the request is no form that can be kept, and then nothing was answered
   * @example
   * ```ts
   * app.get('/join', (request, response, next) => {
   *   request.oidc.login({ returnTo: '/welcome', authorizationParameters: { prompt: 'create' } }).catch(next)
   * })
   * ```
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest | section 3.1.2.1}
   */
  login(options?: LoginOptions): Promise<void>
  /**
   * Ends the login here, revokes its refresh token, and answers the request with the redirect that ends it at the
   * provider. The browser ends up at `routes.postLogout`. Protect the route that calls it against foreign pages, as the
   * built-in logout route is.
   *
   * @throws RelyingPartyError with `ERR_RP_STORE`; with `ERR_RP_OPTIONS` for unknown options and wrong types
   * @see OpenID Connect RP-Initiated Logout 1.0, {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout | section 2}
   */
  logout(options?: LogoutOptions): Promise<void>
  /**
   * An access token that is good now: the one at hand, or a refreshed one from `refresh.beforeExpirySeconds` before its
   * end. However many requests of a login ask, in however many processes on one store, the provider is asked once; then
   * `req.user` has the new one too.
   *
   * @returns the token; for a login without a known end (no `expires_in`) the one at hand
   * @throws RelyingPartyError with `ERR_RP_LOGIN_REQUIRED` when nobody is signed in, when the provider has ended the login,
   * or when the token has ended and there is no refresh token; with `ERR_RP_NO_REFRESH_TOKEN` when it lives and there is
   * nothing to refresh it with; with `ERR_RP_REFRESH`, `ERR_RP_DISCOVERY` or `ERR_RP_KEYS`
   * when the provider could not be asked and the token at hand has ended; with `ERR_RP_STORE`; with `ERR_RP_OPTIONS` for
   * unknown options and wrong types
   * @example
   * ```ts
   * app.get('/orders', requireAuth(), async (request, response) => {
   *   const accessToken = await request.oidc.getAccessToken()
   *   const orders = await fetch('https://api.example.com/orders', { headers: { authorization: `Bearer ${accessToken}` } })
   *   response.json(await orders.json())
   * })
   * ```
   * @see RFC 6749, {@link https://www.rfc-editor.org/rfc/rfc6749.html#section-6 | section 6}; RFC 9700 section 4.14
   */
  getAccessToken(options?: AccessTokenRequest): Promise<string>
  /**
   * Calls an API with the person's access token: refreshed before when it is about to end, and once more when the API
   * answers 401. A body that is a stream is sent as it comes, so that call is not repeated.
   *
   * @param url - of one of `apiOrigins`
   * @param init - as of the global `fetch`; an `authorization` header of your own is replaced, and unknown members are refused
   * @returns the answer of the API, whatever its status, but for one
   * @throws RelyingPartyError with `ERR_RP_API_ORIGIN` for any other origin, with `ERR_RP_OPTIONS` for an unknown member of `init`, and as `getAccessToken()` does; with
   * `ERR_RP_STEP_UP_REQUIRED` for a 401 with the challenge `insufficient_user_authentication`: hand it to `next`, and
   * `errorPage()` sends a page navigation to the provider once, and answers others with the same challenge
   * @example
   * ```ts
   * app.get('/orders', requireAuth(), async (request, response) => {
   *   const orders = await request.oidc.fetch('https://api.example.com/orders')
   *   response.status(orders.status).json(await orders.json())
   * })
   * ```
   * @see RFC 6750, {@link https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1 | section 2.1}; RFC 9470
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /**
   * Asks the provider for the person's claims now.
   *
   * @returns claims whose `sub` is that of the login
   * @throws RelyingPartyError with `ERR_RP_USERINFO`, `ERR_RP_PROVIDER_UNAVAILABLE`, and as `getAccessToken()` does
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo | section 5.3}
   */
  userinfo(): Promise<Record<string, unknown>>
  /**
   * Signs out everywhere: ends all logins that began until now, in every process, on their next request. The provider is
   * not told.
   *
   * @param target - whose: a person (`iss`, `sub`) or a session at the provider (`iss`, `sid`); by default the person of
   * this request
   * @throws RelyingPartyError with `ERR_RP_STORE`; `ERR_RP_OPTIONS` for a target that names nobody or has other members, or an issuer that is not
   * configured; without a target `ERR_RP_LOGIN_REQUIRED` when nobody is signed in
   * @example
   * ```ts
   * app.post('/sign-out-everywhere', requireAuth(), async (request, response) => {
   *   await request.oidc.endLogins()
   *   response.redirect('/')
   * })
   * ```
   */
  endLogins(target?: LogoutTarget): Promise<void>
}
