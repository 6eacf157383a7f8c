// requireAccessToken(): lets requests pass that bring a good Bearer token, for APIs; needs no session (RFC 6750).
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import { type BearerRefusal, readBearer, sendChallenge } from '../http/bearer.ts'
import type { HttpRequest, HttpResponse, Middleware, Next } from '../http/messages.ts'
import { type AccessTokenOptions, type AccessTokenSettings, parseAccessTokenOptions } from '../options-access-token.ts'
import { type AccessToken, validateAccessToken } from '../protocol/access-token.ts'
import { createIntrospection } from '../protocol/introspection.ts'
import { createProvider } from '../providers/provider.ts'

type ResourceRequest = HttpRequest & { accessToken?: AccessToken | undefined }

const code = 'ERR_RP_ACCESS_TOKEN'

/**
 * Makes a guard for the routes of an API: a request passes with an access token in its Authorization header that the
 * provider issued for `audience`, that has not expired and that has the `scope`; `req.accessToken` says what is in it.
 * It needs neither `relyingParty()` nor a session, and reads nothing before the first request.
 *
 * Others get `application/problem+json` and a `WWW-Authenticate` challenge: 401 without a token or with one that is not
 * valid here, 403 `insufficient_scope`, 400 when the header cannot be read. When the provider cannot be asked,
 * `ERR_RP_DISCOVERY` or `ERR_RP_KEYS` (503) goes to `next`.
 *
 * The provider's metadata, its keys and what is known of tokens belong to one guard: make it once, and use it for all
 * routes of that scope.
 *
 * @param options - see {@link AccessTokenOptions}; checked here, at once
 * @returns middleware for Express 5, Express 4 and Connect
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * const readsOrders = requireAccessToken({
 *   provider: { issuer: 'https://dev-1.okta.com/oauth2/default' },
 *   audience: 'api://default',
 *   scope: 'orders:read',
 * })
 * app.get('/api/orders', readsOrders, (request, response) => {
 *   response.json({ ordersOf: request.accessToken?.sub })
 * })
 * ```
 * @see RFC 6750 (Bearer Token Usage), RFC 9068 (JWT Profile for Access Tokens), RFC 7662 (Token Introspection)
 */
export function requireAccessToken(options: AccessTokenOptions): Middleware
export function requireAccessToken(...given: readonly unknown[]): Middleware {
  requireFactoryCall({ name: 'requireAccessToken', example: 'requireAccessToken({ ... })', takes: 1 }, given)
  const settings = parseAccessTokenOptions(given[0] as AccessTokenOptions)
  const validate = createValidation(settings)

  return function requireBearerToken(request: ResourceRequest, response: HttpResponse, next: Next): void {
    const refuse = (refusal: BearerRefusal) =>
      sendChallenge(request, response, refusal, { code, realm: settings.realm })
    const admit = (accessToken: AccessToken) => {
      const fault = scopeFault(accessToken, settings)
      if (fault !== undefined) return refuse(fault)
      request.accessToken = accessToken
      next()
    }
    // A token at fault is answered here; that nobody could be asked about it is the app's to show.
    const fail = (error: unknown) => (isFault(error) ? refuse(faultOf(error)) : next(error))
    const credentials = readBearer(request)
    if ('token' in credentials) validate(credentials.token).then(admit, fail)
    else refuse(credentials)
  }
}

function createValidation(settings: AccessTokenSettings): (token: string) => Promise<AccessToken> {
  const provider = createProvider(settings.provider)
  if (settings.introspects) return createIntrospection(provider, settings)
  return (token) => validateAccessToken(provider, settings, token)
}

function scopeFault({ scope: granted }: AccessToken, { scope }: AccessTokenSettings): BearerRefusal | undefined {
  if (scope.every((name) => granted.includes(name))) return undefined
  return { error: 'insufficient_scope', description: 'its scope is not enough', scope: scope.join(' ') }
}

function isFault(error: unknown): error is RelyingPartyError {
  return error instanceof RelyingPartyError && error.code === code
}

function faultOf({ errorDescription }: RelyingPartyError): BearerRefusal {
  return { error: 'invalid_token', description: errorDescription }
}
