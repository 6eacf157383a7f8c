// Puts who is signed in on the request: req.user and req.oidc, by one read of the store.
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { mountPath, originalUrl } from '../http/request-url.ts'
import type { GoodToken } from '../session/access-token.ts'
import type { LogoutTarget } from '../session/epochs.ts'
import { isMeant, type Login } from '../session/login-records.ts'
import { fetchApi } from './api-fetch.ts'
import { type Authentication, authentication, createAuthentication, type GuardedOidc } from './authentication.ts'
import { keepPrivate } from './private-response.ts'
import type { LoginRequest, RequestActions } from './request-actions.ts'
import type { AccessTokenRequest, LoginOptions, LogoutOptions, RequestOidc } from './request-oidc.ts'
import {
  parseAccessTokenRequest,
  parseLoginOptions,
  parseLogoutOptions,
  requireRequestInit,
} from './request-options.ts'
import { createUser, type RelyingPartyUser } from './user.ts'

/** A request after the middleware. */
export type RelyingPartyRequest = HttpRequest & { user?: RelyingPartyUser | undefined; oidc?: RequestOidc | undefined }

/** Sets `req.user` and `req.oidc`; without a login `req.user` is undefined, with one the response is private. */
export function setUser(
  request: RelyingPartyRequest,
  response: HttpResponse,
  actions: RequestActions,
  login: Login | undefined,
): void {
  if (login !== undefined) keepPrivate(response)
  const current = new RequestLogin(request, response, actions)
  current.use(login)
  request.oidc = current.oidc as RequestOidc // use() has said whether it is authenticated
}

/** `req.oidc`: its functions need no `this`, so that an app may take them out of it, and may copy all of it. */
function createOidc(current: RequestLogin): Omit<RequestOidc, 'isAuthenticated'> & GuardedOidc {
  const { loginUrl, report } = current.actions
  /** A rejection that the app forgets to await would end the process: it is logged, and still rejects for a caller that awaits. */
  const reported = <Value>(method: string, promise: Promise<Value>): Promise<Value> => {
    promise.catch((error: unknown) => report(error, `req.oidc.${method}()`))
    return promise
  }
  return {
    loginUrl,
    login: (options) => reported('login', current.startLogin(options)),
    logout: (options) => reported('logout', current.logout(options)),
    getAccessToken: (wanted) => reported('getAccessToken', current.getAccessToken(wanted)),
    fetch: (url, init) => reported('fetch', current.fetch(url, init)),
    userinfo: (...given: readonly unknown[]) => reported('userinfo', current.userinfo(given)),
    endLogins: (target) => reported('endLogins', current.endLogins(target)),
    [authentication]: () => current.authentication(),
  }
}

/** The login of one request: it changes when its token is refreshed, and is gone when the provider ends it. */
class RequestLogin {
  login: Login | undefined
  /** Also after it has ended. */
  lastLogin: Login | undefined
  readonly request: RelyingPartyRequest
  readonly response: HttpResponse
  readonly actions: RequestActions
  /** As it came: routers behind the middleware shorten it. */
  readonly url: string
  readonly oidc: Omit<RequestOidc, 'isAuthenticated'>

  constructor(request: RelyingPartyRequest, response: HttpResponse, actions: RequestActions) {
    this.request = request
    this.response = response
    this.actions = actions
    this.url = request.url ?? '/'
    this.oidc = createOidc(this)
  }

  /** Shows the app who is signed in; it can read that and not write it. */
  use(login: Login | undefined): void {
    this.login = login
    this.lastLogin = login ?? this.lastLogin
    this.request.user = login && createUser(login, this.actions.providerId(login.facts))
    const isAuthenticated = { value: login !== undefined, enumerable: true, configurable: true }
    Object.defineProperty(this.oidc, 'isAuthenticated', isAuthenticated)
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

  async getAccessToken(wanted?: AccessTokenRequest): Promise<string> {
    return (await this.getToken(parseAccessTokenRequest(wanted))).accessToken
  }

  authentication(): Authentication {
    const { actions } = this
    return createAuthentication({
      login: () => this.login?.facts,
      judgedAt: actions.judgedAt,
      startUrl: `${actions.basePath}/`,
      report: actions.report,
      ask: (demand, login) => this.startLogin({ provider: login && actions.providerId(login) }, { demand, login }),
    })
  }

  async logout(options?: LogoutOptions): Promise<void> {
    const { logoutHint } = parseLogoutOptions(options)
    await this.actions.logout(this.request, this.response, { logoutHint, login: this.lastLogin })
    this.use(undefined)
  }

  async fetch(url: string | URL, init?: RequestInit): Promise<Response> {
    requireRequestInit(init)
    const getAccessToken = (wanted: AccessTokenRequest) => this.getToken(wanted)
    return await fetchApi({ origins: this.actions.apiOrigins, getAccessToken }, url, init)
  }

  async userinfo(given: readonly unknown[]): Promise<Record<string, unknown>> {
    requireFactoryCall({ name: 'req.oidc.userinfo', example: 'req.oidc.userinfo()', takes: 0 }, given)
    await this.getToken({})
    return await this.actions.userinfo(this.requireLogin().record)
  }

  async endLogins(target?: LogoutTarget): Promise<void> {
    // A target that was looked up and not found, null, must not end the logins of the user who asks.
    const ended = target === undefined ? personOf(this.requireLogin()) : target
    await this.actions.endLogins(this.request, ended)
    if (this.login !== undefined && isMeant(this.login, ended)) this.use(undefined)
  }

  async startLogin(options?: LoginOptions, stepUp?: LoginRequest['stepUp']): Promise<void> {
    const { request, response, actions } = this
    const mount = mountPath(request, this.url)
    const here = browserPath(request, actions.basePath, mount)
    const current = request.method === 'GET' || request.method === 'HEAD' ? here : '' // a post has no way back
    const { returnTo = current, provider, authorizationParameters, resumePost } = parseLoginOptions(options)
    await actions.login(request, response, {
      returnTo,
      provider,
      authorizationParameters,
      stepUp,
      mount,
      ...(stepUp === undefined ? { isByPage: true } : {}),
      ...(resumePost === true ? { post: here } : {}),
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

function personOf({ facts: { claims } }: Login): LogoutTarget {
  if (claims.sub !== undefined) return { iss: claims.iss, sub: claims.sub }
  const message = 'endLogins() needs a sub, and this login of plain OAuth 2.0 has none: give the provider userClaims.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function nobody(): RelyingPartyError {
  const message = 'Nobody is signed in. Put requireAuth() before what needs a login.'
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}
