// Options -> one Connect middleware: makes the parts, knows the route table, decides who serves a request.
import { RelyingPartyError } from './errors.ts'
import { type RelyingPartyRequest, type RequestActions, setUser } from './guards/load-user.ts'
import type { HttpRequest, HttpResponse, Middleware } from './http/messages.ts'
import { requestPath, requestQuery } from './http/request-url.ts'
import type { Options } from './options.ts'
import { parseOptions } from './options-parser.ts'
import { isAuthorizationResponse } from './protocol/authorization-response.ts'
import { requestUserinfo } from './protocol/userinfo.ts'
import { createRegistry, type Registry } from './providers/registry.ts'
import { createCallback } from './routes/callback.ts'
import { createLogin, createStartLogin } from './routes/login.ts'
import { createEndLogin, createLogout } from './routes/logout.ts'
import { requireSession } from './session/express-session.ts'
import { createLoginRecords, type LoginRecord } from './session/login-record.ts'
import { createTransactions } from './session/transactions.ts'

interface Route {
  readonly methods: readonly string[]
  /** Below the mount; `false` when the route is switched off. */
  readonly path: string | false
  readonly serve: (request: HttpRequest, response: HttpResponse) => Promise<void>
  /** Where the path is also a page of the app: which requests are ours. */
  readonly isOurs?: (request: HttpRequest) => boolean
}

/**
 * Makes the middleware that turns an app into an OpenID Connect relying party: it serves login, callback and logout,
 * and puts `req.user` and `req.oidc` on every other request. Mount it after `express-session`.
 *
 * Errors of a request go to `next(error)` once, as `RelyingPartyError`; see {@link errorPage}.
 *
 * @param options - see {@link Options}; checked here, at once
 * @returns middleware for Express 5, Express 4 and Connect
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax', secure: true } }))
 * app.use(relyingParty({ provider: { issuer: 'https://id.example.com' }, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth | section 3.1}; RFC 7636
 */
export function relyingParty(options: Options): Middleware {
  const settings = parseOptions(options)
  const registry = createRegistry(settings)
  const transactions = createTransactions(settings.clock)
  const logins = createLoginRecords(settings)

  const startLogin = createStartLogin(settings, registry, transactions)
  const endLogin = createEndLogin(settings, registry, logins)
  const routes: readonly Route[] = [
    { methods: ['GET'], path: settings.routes.login, serve: createLogin(startLogin) },
    ...registry.all.map((provider) => ({
      methods: ['GET'],
      path: provider.settings.callbackPath,
      serve: createCallback(provider, transactions, logins),
      isOurs: isCallback,
    })),
    { methods: ['GET', 'POST'], path: settings.routes.logout, serve: createLogout(settings, endLogin) },
  ]
  const actions: RequestActions = {
    loginUrl: settings.routes.login === false ? undefined : settings.basePath + settings.routes.login,
    basePath: settings.basePath,
    login: startLogin,
    logout: endLogin,
    providerId: (login) => registry.of(login)?.settings.id,
    userinfo: (login) => requestUserinfoOf(registry, login),
  }

  return function relyingPartyMiddleware(request: RelyingPartyRequest, response, next) {
    void serve().then((served) => served || next(), next)

    /** Answers the request when it is one of ours; otherwise finds out who is signed in. */
    async function serve(): Promise<boolean> {
      requireSession(request)
      const route = routes.find((candidate) => isFor(candidate, request))
      setUser(request, response, actions, route === undefined ? await logins.load(request) : undefined)
      await route?.serve(request, response)
      return route !== undefined
    }
  }
}

async function requestUserinfoOf(registry: Registry, login: LoginRecord) {
  const { accessToken, claims } = login
  const provider = registry.of(login)
  if (provider === undefined || claims.sub === undefined) {
    const message = 'userinfo() is for a login by OpenID Connect at a provider that is still configured.'
    throw new RelyingPartyError('ERR_RP_USERINFO', { message })
  }
  return await requestUserinfo(provider, accessToken, claims.sub)
}

function isFor({ methods, path, isOurs = () => true }: Route, request: HttpRequest): boolean {
  return (
    path !== false &&
    methods.includes(request.method ?? '') &&
    requestPath(request) === (path || '/') &&
    isOurs(request)
  )
}

/** The callback may share its path with the app's start page; then only an answer of the provider is ours. */
function isCallback(request: HttpRequest): boolean {
  return requestPath(request) !== '/' || isAuthorizationResponse(requestQuery(request))
}
