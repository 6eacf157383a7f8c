// Puts who is signed in on the request: req.user and req.oidc, by one read of the store.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { mountPath, originalUrl } from '../http/request-url.ts'
import type { LoginRecord } from '../session/login-record.ts'

/** The signed-in person as `req.user`: the validated tokens of this login. Refresh tokens stay on the server. */
export interface RelyingPartyUser {
  /**
   * Subject Identifier: with `claims.iss` the identity (OpenID Connect Core 1.0 section 2).
   * Undefined only at a plain OAuth 2.0 provider without `userClaims`.
   */
  readonly sub: string | undefined
  /** Claims of the validated ID token, and of UserInfo with the option `userinfo`. */
  readonly claims: Readonly<LoginRecord['claims']>
  /** Where this person signed in: the id of the provider, `'default'` when there is only one. */
  readonly provider: string | undefined
  /** The ID token as the provider signed it; undefined at a plain OAuth 2.0 provider. */
  readonly idToken: string | undefined
  /** For calls to APIs in the person's name. */
  readonly accessToken?: string | undefined
  /** How the access token is sent (RFC 6750). */
  readonly tokenType?: 'Bearer' | undefined
  /** What was granted, separated by spaces. */
  readonly scope: string
  /** When the access token ends: NumericDate (seconds); undefined when the provider did not say. */
  readonly expiresAt?: number | undefined
}

/** What a request can do about its login, as `req.oidc`. */
export interface RequestOidc {
  /** Whether somebody is signed in. */
  readonly isAuthenticated: boolean
  /** The local URL that starts a login; undefined when `routes.login` is `false`. */
  readonly loginUrl: string | undefined
  /**
   * Starts a login and answers the request with the redirect to the provider.
   *
   * @param options - `provider`: the id of the one to sign in at, when there are several; without it the person is asked.
   * `returnTo`: the local path to come back to; by default the URL of this request, when it is a GET.
   * @throws RelyingPartyError with `ERR_RP_DISCOVERY`, `ERR_RP_STORE`
   * @example
   * ```ts
   * app.get('/join', (request, response, next) => {
   *   request.oidc.login({ returnTo: '/welcome' }).catch(next)
   * })
   * ```
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest | section 3.1.2.1}
   */
  login(options?: { readonly returnTo?: string | undefined; readonly provider?: string | undefined }): Promise<void>
  /**
   * Ends the login here and answers the request with the redirect that ends it at the provider. Protect the route that
   * calls it against foreign pages, as the built-in logout route is.
   *
   * @throws RelyingPartyError with `ERR_RP_STORE`
   * @see OpenID Connect RP-Initiated Logout 1.0, {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout | section 2}
   */
  logout(): Promise<void>
  /**
   * Asks the provider for the person's claims now.
   *
   * @returns claims whose `sub` is that of the login
   * @throws RelyingPartyError with `ERR_RP_LOGIN_REQUIRED`, `ERR_RP_USERINFO`, `ERR_RP_DISCOVERY`
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo | section 5.3}
   */
  userinfo(): Promise<Record<string, unknown>>
}

/** A request after the middleware. */
export type RelyingPartyRequest = HttpRequest & { user?: RelyingPartyUser | undefined; oidc?: RequestOidc | undefined }

/** What a login is started with: `mount` is where the middleware is mounted, '' at the root. */
export interface LoginRequest {
  readonly returnTo: string | undefined
  readonly provider: string | undefined
  readonly mount: string
}

/** What the request's methods call; the middleware binds them. */
export interface RequestActions {
  readonly loginUrl: string | undefined
  /** The path of `baseUrl`, '' when it has none. */
  readonly basePath: string
  login(request: HttpRequest, response: HttpResponse, options: LoginRequest): Promise<void>
  logout(request: HttpRequest, response: HttpResponse): Promise<void>
  providerId(login: LoginRecord): string | undefined
  userinfo(login: LoginRecord): Promise<Record<string, unknown>>
}

/** Sets `req.user` and `req.oidc`; without a login `req.user` is undefined. */
export function setUser(
  request: RelyingPartyRequest,
  response: HttpResponse,
  actions: RequestActions,
  login: LoginRecord | undefined,
): void {
  const { url = '/' } = request // routers behind the middleware shorten it
  request.user = login === undefined ? undefined : userOf(login, actions.providerId(login))
  request.oidc = {
    isAuthenticated: login !== undefined,
    loginUrl: actions.loginUrl,
    login: (options) => {
      const mount = mountPath(request, url)
      // The browser's path: the mount is part of `baseUrl`, and a proxy may have cut off what stands before it.
      const here = actions.basePath + originalUrl(request).slice(mount.length)
      const current = request.method === 'GET' || request.method === 'HEAD' ? here : '' // a post has no way back
      return actions.login(request, response, {
        returnTo: options?.returnTo ?? current,
        provider: options?.provider,
        mount,
      })
    },
    logout: () => actions.logout(request, response),
    userinfo: async () => {
      if (login === undefined) throw nobody()
      return await actions.userinfo(login)
    },
  }
}

function userOf(login: LoginRecord, provider: string | undefined): RelyingPartyUser {
  const { claims, idToken, accessToken, tokenType, scope, expiresAt } = login
  return { sub: claims.sub, provider, claims, idToken, accessToken, tokenType, scope, expiresAt }
}

function nobody(): RelyingPartyError {
  const message = 'userinfo() was called and nobody is signed in. Put requireAuth() before it.'
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}
