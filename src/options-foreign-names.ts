// What to write here for the names and shapes that users know from other packages.
import type { Advice } from './strict-options.ts'

/** By the name as users write it, with its group; the names of one of several `providers` are those of `provider`. */
type Table = Readonly<Record<string, string>>

const issuer = "write `provider: { issuer: 'https://...' }`"
const callback =
  "write `baseUrl: 'https://...'` and `routes: { callback: '/callback' }`: together they are the redirect URI"
const endpoints =
  'leave it out, because the endpoints are read from the metadata of the issuer; for a provider without metadata write ' +
  '`provider: { issuer, metadata: { authorization_endpoint, token_endpoint, userinfo_endpoint } }`'
const expressSession = 'this belongs in the options of express-session: `app.use(session({ ... }))`'
const signedAssertions = 'write `clientAuthentication: { privateKeyJwt: key, alg, kid }`'
const requestObjects = 'this version sends no signed request objects (JAR)'

/** Options of express-openid-connect, passport-openidconnect and openid-client. */
const options: Table = {
  issuer,
  issuerBaseURL: issuer,
  issuerUrl: issuer,
  discoveryUrl: issuer,
  'provider.issuerBaseURL': 'write `provider.issuer`',
  appBaseUrl: 'write `baseUrl`',
  callbackURL: callback,
  redirectUri: callback,
  redirect_uri: callback,
  redirect_uris: callback,
  authorizationURL: endpoints,
  tokenURL: endpoints,
  userInfoURL: endpoints,
  skipUserProfile: 'write `userinfo`: with `true` the UserInfo endpoint is asked at login',
  authRequired:
    'put `requireAuth()` before the routes that need a login, or `app.use(requireAuth())` after relyingParty() for all routes',
  errorOnRequiredAuth:
    "`requireAuth()` redirects page navigations and answers 401 to the rest; `requireAuth({ onUnauthenticated: 'unauthorized' })` always answers 401",
  attemptSilentLogin: 'write `silentLogin: true`',
  idpLogout: 'leave it out: a logout ends the session at the provider too, where the provider supports that',
  auth0Logout: 'leave it out and write `provider: auth0({ domain })`, from express-relying-party/providers',
  logoutParams:
    'this version sends no further parameters to the logout endpoint; `req.oidc.logout({ logoutHint })` sends a hint',
  backchannelLogout: "leave it out: `routes.backchannelLogout` is on by default, at '/backchannel-logout'",
  authorizationParams:
    'write `authorizationParameters`; `scope` and `response_mode` are the options `scope` and `responseMode`',
  tokenEndpointParams: 'this version sends no further parameters to the token endpoint',
  afterCallback:
    'this version has no hook after the callback: do the work in a handler behind `requireAuth()`, where `req.user` has the claims',
  getLoginState:
    'the middleware makes `state` itself: call `req.oidc.login({ returnTo })`, and keep other data in `req.session`',
  identityClaimFilter: '`req.user.claims` has all claims: choose in your handler which ones to send to the browser',
  clientAuthMethod: 'write `clientAuthentication`',
  token_endpoint_auth_method: 'write `clientAuthentication`',
  clientAssertionSigningKey: signedAssertions,
  clientAssertionSigningAlg: signedAssertions,
  requestObjectSigningKey: requestObjects,
  requestObjectSigningAlg: requestObjects,
  requestObjectSigningKeyId: requestObjects,
  pushedAuthorizationRequests: 'this version sends no pushed authorization requests (PAR)',
  useMtls: 'this version does not authenticate by TLS certificates (mutual TLS)',
  idTokenSigningAlg: 'write `idTokenSignedResponseAlg`',
  clockTolerance: 'write `clockToleranceSeconds`',
  httpTimeout: 'write `httpTimeoutSeconds`, in seconds and not in milliseconds',
  httpUserAgent: 'write a `fetch` that sets the header',
  customFetch: 'write `fetch`',
  discoveryCacheMaxAge: 'leave it out: the middleware caches the metadata of the provider',
  enableTelemetry: 'leave it out: nothing is sent to anyone but the provider',
  transactionCookie:
    'leave it out: logins in progress are kept in the session of express-session, and have no cookie of their own',
  legacySameSiteCookie: 'leave it out: the only cookie is that of express-session',
  'session.rolling': 'leave it out: every request counts for `session.idleSeconds`',
  'session.rollingDuration': 'write `session.idleSeconds`',
  'session.absoluteDuration': 'write `session.absoluteSeconds`',
  'session.name': expressSession,
  'session.cookie': expressSession,
  'session.genid': expressSession,
  'session.secret': expressSession,
  'session.store': expressSession,
  'session.signSessionStoreCookie': 'leave it out: express-session always signs its cookie',
  'session.requireSignedSessionStoreCookie': 'leave it out: express-session always signs its cookie',
  'routes.postLogoutRedirect': 'write `routes.postLogout`',
}

const postLogout = 'the browser comes to `routes.postLogout` of relyingParty() after a logout'
const perLogin = (name: string, value: string): string => `write \`authorizationParameters: { ${name}: ${value} }\``

const loginOptions: Table = {
  state: 'the middleware makes `state` itself: keep data of the app in `req.session`, or in the query of `returnTo`',
  nonce: 'the middleware makes `nonce` itself',
  scope: 'the option `scope` of relyingParty() is asked for at every login',
  silent: 'the option `silentLogin` of relyingParty() asks the provider silently',
  prompt: perLogin('prompt', "'login'"),
  loginHint: perLogin('login_hint', 'name'),
  login_hint: perLogin('login_hint', 'name'),
  maxAge: 'put `requireAuth({ maxAgeSeconds })` before the route',
  max_age: 'put `requireAuth({ maxAgeSeconds })` before the route',
  acrValues: 'put `requireAuth({ acrValues })` before the route',
  redirectUri: 'write `returnTo`, a local path',
  redirect_uri: 'write `returnTo`, a local path',
  successRedirect: 'write `returnTo`, a local path',
}

const logoutOptions: Table = {
  returnTo: postLogout,
  postLogout,
  postLogoutRedirectUri: postLogout,
  post_logout_redirect_uri: postLogout,
  logoutParams: 'the only parameter that can be given is `logoutHint`',
  id_token_hint: 'the middleware sends `id_token_hint` itself',
}

const tokenOptions: Table = {
  audience: 'write `resource`, the API that the token is for (RFC 8707)',
  force: 'write `forceRefresh`',
  refresh: 'write `forceRefresh`',
}

const fetchOptions: Table = {
  json: 'write `body: JSON.stringify(value)` and the header `content-type`',
  data: 'write `body`',
  form: 'write `body: new URLSearchParams(fields)`',
  params: 'put them into the query of the URL',
  query: 'put it into the query of the URL',
  searchParams: 'put them into the query of the URL',
  timeout: 'write `signal: AbortSignal.timeout(milliseconds)`',
  agent: 'write `dispatcher`',
}

/** For {@link relyingParty}. */
export const relyingPartyAdvice: Advice = {
  forName(path) {
    const [group, ...rest] = generalPath(path)
    return (
      find(options, [group, ...rest].join('.')) ?? (group === 'provider' ? find(options, rest.join('.')) : undefined)
    )
  },
  forValue: (path, value) => find(shapes, generalPath(path).join('.'))?.(value),
}

/** For `req.oidc.login()`. */
export const loginAdvice: Advice = { forName: ([name = '']) => find(loginOptions, name) }

/** For `req.oidc.logout()`. */
export const logoutAdvice: Advice = { forName: ([name = '']) => find(logoutOptions, name) }

/** For `req.oidc.getAccessToken()`. */
export const accessTokenAdvice: Advice = { forName: ([name = '']) => find(tokenOptions, name) }

/** For `req.oidc.fetch()`. */
export const fetchAdvice: Advice = { forName: ([name = '']) => find(fetchOptions, name) }

function find<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** The options of one of several providers are those of `provider`. */
function generalPath(path: readonly string[]): readonly string[] {
  return path[0] === 'providers' && path.length > 1 ? ['provider', ...path.slice(2)] : path
}

/** Values of known options in a shape that users know from elsewhere. */
const shapes: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  provider(value) {
    if (typeof value === 'string' || value instanceof URL) return "write `{ issuer: 'https://...' }`"
    if (Array.isArray(value)) return severalProviders
    return typeof value === 'function' ? 'call the preset, as in `provider: okta({ domain })`' : undefined
  },
  providers: (value) => (Array.isArray(value) ? severalProviders : undefined),
  session: (value) =>
    typeof value === 'function' ? 'the middleware of express-session goes to `app.use()`' : undefined,
  store: storeAdvice,
}

function storeAdvice(value: unknown): string | undefined {
  if (typeof value === 'function') return 'call it, as in `store: memoryStore()`'
  if (hasMethod(value, 'then')) return 'this is a promise: await it first'
  if (hasMethod(value, 'sendCommand') || hasMethod(value, 'call')) {
    return 'this is a Redis client: write `store: redisStore(client)`'
  }
  if (hasMethod(value, 'query')) return 'this is a PostgreSQL pool: write `store: postgresStore(pool)`'
  return hasMethod(value, 'destroy') ? sessionStore : undefined
}

const severalProviders = 'write `providers: { one: okta({ ... }), other: { issuer } }`, with an id for each'
const sessionStore =
  'this is a store of express-session: pass it to `session({ store })` and leave `store` out here, because the middleware ' +
  'uses that store by default; or write `store: redisStore(client)`, `postgresStore(pool)` or `memoryStore()`'

function hasMethod(value: unknown, name: string): boolean {
  return typeof Object(value)[name] === 'function'
}
