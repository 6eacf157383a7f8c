// Options -> one Connect middleware: makes the parts, knows the route table, decides who serves a request.
import { RelyingPartyError } from './errors.ts'
import { requireFactoryCall } from './factory-call.ts'
import { type RelyingPartyRequest, setUser } from './guards/load-user.ts'
import type { RequestActions } from './guards/request-actions.ts'
import { createSetUpChecks } from './guards/set-up-checks.ts'
import { createSilentLogin } from './guards/silent-login.ts'
import type { HttpRequest, HttpResponse, Middleware, Next } from './http/messages.ts'
import { requestPath, requestQuery } from './http/request-url.ts'
import type { Options } from './options.ts'
import { parseOptions } from './options-parser.ts'
import type { Settings } from './options-settings.ts'
import { isAuthorizationResponse } from './protocol/authorization-response.ts'
import { requestUserinfo } from './protocol/userinfo.ts'
import { createRegistry, type Registry } from './providers/registry.ts'
import { createBackchannelLogout } from './routes/backchannel-logout.ts'
import { createCallback } from './routes/callback.ts'
import { createFormPost } from './routes/form-post.ts'
import { createFrontchannelLogout } from './routes/frontchannel-logout.ts'
import { createInitiateLogin } from './routes/initiate-login.ts'
import { createLogin } from './routes/login.ts'
import { createEndLogin, createLogout, type EndLogin } from './routes/logout.ts'
import { createHealing, isResumption } from './routes/resume-login.ts'
import { createResumePost, createResumingLogin } from './routes/resume-post.ts'
import { createStartLogin, type StartLogin } from './routes/start-login.ts'
import { createGetAccessToken, type GetAccessToken } from './session/access-token.ts'
import type { LogoutTarget } from './session/epochs.ts'
import { requireSession } from './session/express-session.ts'
import { createInterruptedPosts, type InterruptedPosts } from './session/interrupted-post.ts'
import { createLoginHints, type LoginHints } from './session/login-hint.ts'
import type { LoginRecord } from './session/login-record.ts'
import { createLoginRecords } from './session/login-records.ts'
import { createLogins, type Logins } from './session/logins.ts'
import { createOneRefresh } from './session/one-refresh.ts'
import { createOneTime, type OneTime } from './session/one-time.ts'
import { createRecordStore } from './session/record-store.ts'
import { createRefresh } from './session/refresh.ts'
import { createReplacedSessions, type ReplacedSessions } from './session/replaced-sessions.ts'
import { createShutdown, type Shutdown } from './session/shutdown.ts'
import { createTransactions, type Transactions } from './session/transactions.ts'

interface Route {
  readonly methods: readonly string[]
  /** Below the mount; `false` when the route is switched off. */
  readonly path: string | false
  readonly serve: (request: HttpRequest, response: HttpResponse) => Promise<void>
  /** Where the path is also a page of the app: which requests are ours. */
  readonly isOurs?: (request: HttpRequest) => boolean
  /** No browser asks for it: what is wrong with sessions is for the route to tell. */
  readonly isWithoutSession?: boolean
}

/** The middleware, and what can be done outside of requests. */
export interface RelyingParty extends Middleware {
  /**
   * Signs people out everywhere, for jobs and administration; inside a request `req.oidc.endLogins()` does the same. Ends
   * all logins of the target that began until now, in every process on the same store, on their next request.
   *
   * @param target - whose: a person (`iss`, `sub`) or a session at the provider (`iss`, `sid`)
   * @throws RelyingPartyError with `ERR_RP_STORE`; also before the first request, unless the option `store` is given
   * @example
   * ```ts
   * const signIn = relyingParty({ provider, clientId, clientSecret, baseUrl, secret, store: redisStore(redis) })
   * app.use(signIn)
   * queue.on('user-deleted', ({ iss, sub }) => signIn.endLogins({ iss, sub }))
   * ```
   */
  endLogins(target: LogoutTarget): Promise<void>
  /**
   * Finishes what must not be cut off when the process ends: refreshes that have begun, whose rotated refresh token exists
   * nowhere else until it is stored, and revocations. Then closes the connections to the providers and writes the log
   * lines that are still due. Call it on SIGTERM after the HTTP server has closed, and close the store after it.
   *
   * From the call on no refresh begins: an access token that is still valid is used, otherwise the request gets
   * `ERR_RP_REFRESH`. Everything else still works. Several calls share one end.
   *
   * @returns resolves when all of it is done, and never rejects. It takes as long as the provider needs to answer: at most
   * four times `httpTimeoutSeconds` and a second, and what the store takes
   * @example
   * ```ts
   * const server = app.listen(3000)
   * process.once('SIGTERM', () => server.close(() => signIn.close().then(() => redis.close())))
   * ```
   */
  close(): Promise<void>
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
export function relyingParty(options: Options): RelyingParty
export function relyingParty(...given: readonly unknown[]): RelyingParty {
  requireFactoryCall({ name: 'relyingParty', example: 'relyingParty({ ... })', takes: 1 }, given)
  const settings = parseOptions(given[0] as Options)
  const parts = createParts(settings)
  const { logins } = parts
  const routes = routeTable(settings, parts)
  const actions = requestActions(settings, parts)
  const checkSetUp = createSetUpChecks(settings, routes)
  const askSilently = createSilentLogin(settings, parts.registry.only, parts.startLogin)

  function relyingPartyMiddleware(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    const route = routes.find((candidate) => isFor(candidate, request))
    void serve().then((served) => served || next(), fail)

    /** Answers the request when it is one of ours; otherwise finds out who is signed in, or asks the provider once. */
    async function serve(): Promise<boolean> {
      if (route?.isWithoutSession !== true) {
        requireSession(request)
        checkSetUp(request, relyingPartyMiddleware)
      }
      const login = route === undefined ? await logins.load(request) : undefined
      setUser(request, response, actions, login)
      if (route === undefined) return login === undefined && (await askSilently(request, response))
      await route.serve(request, response)
      return true
    }

    function fail(error: unknown): void {
      settings.log.report(error, route === undefined ? 'relyingParty()' : route.path || '/')
      next(error)
    }
  }
  return Object.assign(relyingPartyMiddleware, {
    endLogins: (target: LogoutTarget) => logins.endLogins(undefined, target),
    close: parts.shutdown.close,
  })
}

/** What works together in one middleware. */
interface Parts {
  readonly registry: Registry
  readonly hints: LoginHints
  readonly transactions: Transactions
  readonly replacedSessions: ReplacedSessions
  readonly logins: Logins
  readonly posts: InterruptedPosts
  readonly usedLogoutTokens: OneTime
  readonly getAccessToken: GetAccessToken
  readonly startLogin: StartLogin
  readonly endLogin: EndLogin
  readonly shutdown: Shutdown
}

function createParts(settings: Settings): Parts {
  const registry = createRegistry(settings)
  const recordStore = createRecordStore(settings)
  const hints = createLoginHints(settings)
  const transactions = createTransactions(settings.clock, createOneTime(recordStore, 'state'), `${settings.basePath}/`)
  const replacedSessions = createReplacedSessions(settings.clock, recordStore)
  const records = createLoginRecords(settings, recordStore)
  const logins = createLogins(records, replacedSessions)
  const shutdown = createShutdown(settings, registry)
  const refresh = createRefresh({ settings, registry, records, recordStore, shutdown })
  const oneRefresh = createOneRefresh({ settings, records, recordStore, refresh, shutdown })
  return {
    registry,
    hints,
    transactions,
    replacedSessions,
    logins,
    posts: createInterruptedPosts(settings, recordStore, createOneTime(recordStore, 'interrupted-post')),
    usedLogoutTokens: createOneTime(recordStore, 'logout-token'),
    getAccessToken: createGetAccessToken(settings, oneRefresh),
    startLogin: createStartLogin({ settings, registry, hints, transactions, replacedSessions }),
    endLogin: createEndLogin(settings, { registry, logins, shutdown }),
    shutdown,
  }
}

/** In the order of a login. */
function routeTable(settings: Settings, parts: Parts): readonly Route[] {
  const { routes } = settings
  const { registry, transactions, hints, logins, startLogin, endLogin } = parts
  const callbacks = registry.all.flatMap((provider): Route[] => {
    const { callbackPath: path, responseMode } = provider.settings
    const { healLogin, resumeLogin } = createHealing(provider, { settings, ...parts })
    const callback = createCallback(provider, { transactions, hints, logins, healLogin })
    return [
      { methods: ['GET'], path, serve: resumeLogin, isOurs: isResumption },
      responseMode === 'query'
        ? { methods: ['GET'], path, serve: callback, isOurs: isCallback }
        : { methods: ['GET', 'POST'], path, serve: createFormPost(provider, settings, callback) },
    ]
  })
  const resumePost = createResumePost(settings, parts)
  return [
    { methods: ['GET'], path: routes.login, serve: createLogin(settings, startLogin) },
    {
      methods: ['GET', 'POST'],
      path: routes.initiateLogin,
      serve: createInitiateLogin(settings, registry, startLogin),
    },
    ...callbacks,
    { methods: ['GET'], path: routes.resumePost, serve: resumePost.ask },
    { methods: ['POST'], path: routes.resumePost, serve: resumePost.answer },
    { methods: ['GET', 'POST'], path: routes.logout, serve: createLogout(settings, endLogin) },
    {
      methods: ['POST'],
      path: routes.backchannelLogout,
      serve: createBackchannelLogout(settings, parts),
      isWithoutSession: true,
    },
    { methods: ['GET'], path: routes.frontchannelLogout, serve: createFrontchannelLogout(registry, logins) },
  ]
}

/** What `req.oidc` calls. */
function requestActions(settings: Settings, parts: Parts): RequestActions {
  const { routes, basePath, apiOrigins, clock, log } = settings
  const { registry, logins, getAccessToken, endLogin } = parts
  return {
    loginUrl: routes.login === false ? undefined : basePath + routes.login,
    basePath,
    apiOrigins,
    login: createResumingLogin(settings, parts),
    logout: endLogin,
    accessToken: getAccessToken,
    endLogins: logins.endLogins,
    providerId: (login) => registry.of(login)?.settings.id,
    userinfo: (login) => requestUserinfoOf(registry, login),
    judgedAt: (login) => {
      return { now: clock(), toleranceSeconds: registry.of(login)?.settings.clockToleranceSeconds ?? 0 }
    },
    report: log.report,
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
