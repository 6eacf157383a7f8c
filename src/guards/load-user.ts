// Puts who is signed in on the request: req.user and req.oidc, by one read of the store.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { mountPath, originalUrl } from '../http/request-url.ts'
import type { AuthorizationParameters } from '../options.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { GetAccessToken, GoodToken } from '../session/access-token.ts'
import type { LogoutTarget } from '../session/epochs.ts'
import type { LoginFacts, LoginRecord } from '../session/login-record.ts'
import { isMeant, type Login } from '../session/login-records.ts'
import type { JudgedAt } from '../session/step-up.ts'
import { fetchApi } from './api-fetch.ts'
import { type Authentication, authentication, createAuthentication } from './authentication.ts'
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
  readonly claims: Readonly<LoginFacts['claims']>
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
  readonly stepUp?: { readonly demand: RequestedDemand; readonly login: LoginFacts | undefined } | undefined
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
  providerId(login: LoginFacts): string | undefined
  readonly accessToken: GetAccessToken
  userinfo(login: LoginRecord): Promise<Record<string, unknown>>
  endLogins(request: HttpRequest, target: LogoutTarget): Promise<void>
  judgedAt(login: LoginFacts): JudgedAt
}

/** Sets `req.user` and `req.oidc`; without a login `req.user` is undefined, with one the response is private. */
export function setUser(
  request: RelyingPartyRequest,
  response: HttpResponse,
  actions: RequestActions,
  login: Login | undefined,
): void {
  if (login !== undefined) keepPrivate(response)
  request.oidc = createOidc(new Visit(request, response, actions, login))
}

/** `req.oidc`: its functions need no `this`, so that an app may take them out of it. */
function createOidc(visit: Visit): RequestOidc & { readonly [authentication]: Authentication } {
  return {
    get isAuthenticated() {
      return visit.login !== undefined
    },
    loginUrl: visit.actions.loginUrl,
    login: (options) => visit.startLogin(options),
    logout: (options) => visit.logout(options),
    getAccessToken: async (wanted = {}) => (await visit.getToken(wanted)).accessToken,
    fetch: (url, init) => visit.fetch(url, init),
    userinfo: () => visit.userinfo(),
    endLogins: (target) => visit.endLogins(target),
    get [authentication]() {
      return visit.authentication()
    },
  }
}

/** One request and its login, which changes when its token is refreshed, and is gone when the provider ends it. */
class Visit {
  login: Login | undefined
  /** Also after it has ended. */
  lastLogin: Login | undefined
  readonly request: RelyingPartyRequest
  readonly response: HttpResponse
  readonly actions: RequestActions
  /** As it came: routers behind the middleware shorten it. */
  readonly url: string

  constructor(request: RelyingPartyRequest, response: HttpResponse, actions: RequestActions, login: Login | undefined) {
    this.request = request
    this.response = response
    this.actions = actions
    this.url = request.url ?? '/'
    this.use(login)
  }

  use(login: Login | undefined): void {
    this.login = login
    this.lastLogin = login ?? this.lastLogin
    this.request.user = login && userOf(login, this.actions.providerId(login.facts))
  }

  requireLogin(): Login {
    if (this.login === undefined) throw nobody()
    return this.login
  }

  async getToken(wanted: AccessTokenRequest): Promise<GoodToken> {
    const begunWith = this.requireLogin()
    try {
      const token = await this.actions.accessToken(this.request, begunWith, wanted)
      if (token.login !== begunWith) this.use(token.login)
      return token
    } catch (error) {
      if (isEnded(begunWith, error)) this.use(undefined)
      throw error
    }
  }

  authentication(): Authentication {
    const { actions } = this
    return createAuthentication({
      login: () => this.login?.facts,
      judgedAt: actions.judgedAt,
      startUrl: `${actions.basePath}/`,
      ask: (demand, login) => this.startLogin({ provider: login && actions.providerId(login) }, { demand, login }),
    })
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    await this.actions.logout(this.request, this.response, { ...options, login: this.lastLogin })
    this.use(undefined)
  }

  async fetch(url: string | URL, init?: RequestInit): Promise<Response> {
    const getAccessToken = (wanted: AccessTokenRequest) => this.getToken(wanted)
    return await fetchApi({ origins: this.actions.apiOrigins, getAccessToken }, url, init)
  }

  async userinfo(): Promise<Record<string, unknown>> {
    await this.getToken({})
    return await this.actions.userinfo(this.requireLogin().record)
  }

  async endLogins(target?: LogoutTarget): Promise<void> {
    const ended = target ?? personOf(this.requireLogin())
    await this.actions.endLogins(this.request, ended)
    if (this.login !== undefined && isMeant(this.login, ended)) this.use(undefined)
  }

  async startLogin(options?: LoginOptions, stepUp?: LoginRequest['stepUp']): Promise<void> {
    const { request, response, actions } = this
    const mount = mountPath(request, this.url)
    const here = browserPath(request, actions.basePath, mount)
    const current = request.method === 'GET' || request.method === 'HEAD' ? here : '' // a post has no way back
    await actions.login(request, response, {
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

/** Without a refresh token only the access token has ended: the person is still signed in. */
function isEnded({ record }: Login, error: unknown): boolean {
  const isRequired = error instanceof RelyingPartyError && error.code === 'ERR_RP_LOGIN_REQUIRED'
  return isRequired && record.refreshToken !== undefined
}

/** The browser's path: the mount is part of `baseUrl`, and a proxy may have cut off what stands before it. */
export function browserPath(request: HttpRequest, basePath: string, mount: string): string {
  return basePath + originalUrl(request).slice(mount.length)
}

/** Most requests read no token, so they do not pay for one. */
function userOf(login: Login, provider: string | undefined): RelyingPartyUser {
  const { claims, tokenType, scope, expiresAt } = login.facts
  return {
    sub: claims.sub,
    provider,
    claims,
    get idToken() {
      return login.record.idToken
    },
    get accessToken() {
      return login.record.accessToken
    },
    tokenType,
    scope,
    expiresAt,
  }
}

function personOf({ facts: { claims } }: Login): LogoutTarget {
  if (claims.sub !== undefined) return { iss: claims.iss, sub: claims.sub }
  const message = 'endLogins() needs a sub, and this login of plain OAuth 2.0 has none: give the provider userClaims.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function nobody(): RelyingPartyError {
  const message = 'Nobody is signed in. Put requireAuth() before what needs a login.'
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}
