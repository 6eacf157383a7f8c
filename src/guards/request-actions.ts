// What the methods of req.oidc do it with.
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import type { Log } from '../log.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { GetAccessToken } from '../session/access-token.ts'
import type { LogoutTarget } from '../session/epochs.ts'
import type { LoginFacts, LoginRecord } from '../session/login-record.ts'
import type { Login } from '../session/login-records.ts'
import type { JudgedAt } from '../session/step-up.ts'
import type { LogoutOptions } from './request-oidc.ts'

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
  /** Reports an error to the log; `route` is the route or the guard that it comes from. */
  readonly report: Log['report']
}
