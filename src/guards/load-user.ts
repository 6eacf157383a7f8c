// Puts who is signed in on the request: req.user and req.oidc, by one read of the store.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { mountPath, originalUrl } from '../http/request-url.ts'
import type { AuthorizationParameters } from '../options.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { GetAccessToken, GoodToken } from '../session/access-token.ts'
import type { LogoutTarget } from '../session/epochs.ts'
import type { LoginRecord } from '../session/login-record.ts'
import { isMeant, type Login } from '../session/login-records.ts'
import type { JudgedAt } from '../session/step-up.ts'
import { type ApiFetch, fetchApi } from './api-fetch.ts'
import { setAuthentication } from './authentication.ts'
import { keepPrivate } from './private-response.ts'
import type { AccessTokenRequest, LoginOptions, LogoutOptions, RequestOidc } from './request-oidc.ts'

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
  /** For calls to APIs in the person's name; `req.oidc.getAccessToken()` makes sure that it is still good. */
  readonly accessToken?: string | undefined
  /** How the access token is sent (RFC 6750). */
  readonly tokenType?: 'Bearer' | undefined
  /** What was granted, separated by spaces. */
  readonly scope: string
  /** When the access token ends: NumericDate (seconds); undefined when the provider did not say. */
  readonly expiresAt?: number | undefined
}

/** A request after the middleware. */
export type RelyingPartyRequest = HttpRequest & { user?: RelyingPartyUser | undefined; oidc?: RequestOidc | undefined }

/** What a login is started with: `mount` is where the middleware is mounted, '' at the root. */
export interface LoginRequest {
  readonly returnTo: string | undefined
  readonly provider: string | undefined
  readonly authorizationParameters?: AuthorizationParameters | undefined
  readonly stepUp?: { readonly demand: RequestedDemand; readonly login: LoginRecord | undefined } | undefined
  readonly mount: string
  /** The local URL that this request posts a form to, when that is to be sent after the login. */
  readonly post?: string | undefined
  /** A page of the app sends there, and not for a step-up. */
  readonly isByPage?: boolean
}

/** What the request's methods call; the middleware binds them. */
export interface RequestActions {
  readonly loginUrl: string | undefined
  /** The path of `baseUrl`, '' when it has none. */
  readonly basePath: string
  readonly apiOrigins: readonly string[]
  login(request: HttpRequest, response: HttpResponse, options: LoginRequest): Promise<void>
  logout(
    request: HttpRequest,
    response: HttpResponse,
    options: LogoutOptions & { readonly login: Login | undefined },
  ): Promise<void>
  providerId(login: LoginRecord): string | undefined
  readonly accessToken: GetAccessToken
  userinfo(login: LoginRecord): Promise<Record<string, unknown>>
  endLogins(request: HttpRequest, target: LogoutTarget): Promise<void>
  judgedAt(login: LoginRecord): JudgedAt
}

/** Sets `req.user` and `req.oidc`; without a login `req.user` is undefined, with one the response is private. */
export function setUser(
  request: RelyingPartyRequest,
  response: HttpResponse,
  actions: RequestActions,
  login: Login | undefined,
): void {
  const signedIn = trackLogin(request, actions, login)
  if (login !== undefined) keepPrivate(response)
  const startLogin = createRequestLogin(request, response, actions)
  const api: ApiFetch = { origins: actions.apiOrigins, getAccessToken: signedIn.getToken }
  request.oidc = {
    get isAuthenticated() {
      return signedIn.current !== undefined
    },
    loginUrl: actions.loginUrl,
    login: (options) => startLogin(options),
    logout: async (options = {}) => {
      await actions.logout(request, response, { ...options, login: signedIn.last })
      signedIn.use(undefined)
    },
    getAccessToken: async (wanted = {}) => (await signedIn.getToken(wanted)).accessToken,
    fetch: (url, init) => fetchApi(api, url, init),
    userinfo: async () => {
      await signedIn.getToken({})
      return await actions.userinfo(signedIn.require().record)
    },
    endLogins: async (target) => {
      const ended = target ?? personOf(signedIn.require())
      await actions.endLogins(request, ended)
      if (signedIn.current !== undefined && isMeant(signedIn.current, ended)) signedIn.use(undefined)
    },
  }
  setAuthentication(request.oidc, {
    login: () => signedIn.current?.record,
    judgedAt: actions.judgedAt,
    startUrl: `${actions.basePath}/`,
    ask: (demand, record) => startLogin({ provider: record && actions.providerId(record) }, { demand, login: record }),
  })
}

/** The login of one request: it changes when its token is refreshed, and is gone when the provider ends it. */
function trackLogin(request: RelyingPartyRequest, actions: RequestActions, login: Login | undefined) {
  const signedIn = {
    current: login,
    /** Also after it has ended. */
    last: login,
    require: (): Login => {
      if (signedIn.current === undefined) throw nobody()
      return signedIn.current
    },
    use: (current: Login | undefined): void => {
      signedIn.current = current
      signedIn.last = current ?? signedIn.last
      request.user = current && userOf(current.record, actions.providerId(current.record))
    },
    getToken: async (wanted: AccessTokenRequest): Promise<GoodToken> => {
      const begunWith = signedIn.require()
      try {
        const token = await actions.accessToken(request, begunWith, wanted)
        if (token.login !== begunWith) signedIn.use(token.login)
        return token
      } catch (error) {
        if (isEnded(begunWith, error)) signedIn.use(undefined)
        throw error
      }
    },
  }
  signedIn.use(login)
  return signedIn
}

/** Without a refresh token only the access token has ended: the person is still signed in. */
function isEnded({ record }: Login, error: unknown): boolean {
  const isRequired = error instanceof RelyingPartyError && error.code === 'ERR_RP_LOGIN_REQUIRED'
  return isRequired && record.refreshToken !== undefined
}

function createRequestLogin(
  request: RelyingPartyRequest,
  response: HttpResponse,
  actions: RequestActions,
): (options?: LoginOptions, stepUp?: LoginRequest['stepUp']) => Promise<void> {
  const { url = '/' } = request // routers behind the middleware shorten it
  return (options, stepUp) => {
    const mount = mountPath(request, url)
    const here = browserPath(request, actions.basePath, mount)
    const current = request.method === 'GET' || request.method === 'HEAD' ? here : '' // a post has no way back
    return actions.login(request, response, {
      returnTo: options?.returnTo ?? current,
      provider: options?.provider,
      authorizationParameters: options?.authorizationParameters,
      stepUp,
      mount,
      ...(stepUp === undefined ? { isByPage: true } : {}),
      ...(options?.resumePost === true ? { post: here } : {}),
    })
  }
}

/** The browser's path: the mount is part of `baseUrl`, and a proxy may have cut off what stands before it. */
export function browserPath(request: HttpRequest, basePath: string, mount: string): string {
  return basePath + originalUrl(request).slice(mount.length)
}

function userOf(login: LoginRecord, provider: string | undefined): RelyingPartyUser {
  const { claims, idToken, accessToken, tokenType, scope, expiresAt } = login
  return { sub: claims.sub, provider, claims, idToken, accessToken, tokenType, scope, expiresAt }
}

function personOf({ record: { claims } }: Login): LogoutTarget {
  if (claims.sub !== undefined) return { iss: claims.iss, sub: claims.sub }
  const message = 'endLogins() needs a sub, and this login of plain OAuth 2.0 has none: give the provider userClaims.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function nobody(): RelyingPartyError {
  const message = 'Nobody is signed in. Put requireAuth() before what needs a login.'
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}
