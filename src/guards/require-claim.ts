// requireClaim() and requireScope(): a signed-in user who is not allowed gets 403, and is never sent to login for it.
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import type { HttpRequest, Middleware } from '../http/messages.ts'
import type { Claims } from '../protocol/claims.ts'
import { authenticationOf } from './authentication.ts'
import {
  type ClaimPredicate,
  type ClaimValue,
  parseClaimPath,
  parseExpectation,
  parseScopes,
} from './claim-expectation.ts'
import { parseGuardOptions, type RequireAuthOptions } from './guard-options.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { createGuard } from './require-auth.ts'
import type { RelyingPartyUser } from './user.ts'

/**
 * Creates a guard for users whose claims say so. Signed-out users are treated as by `requireAuth()`; a signed-in user
 * without the claim gets `ERR_RP_CLAIM_REQUIRED` (403), never another login, which would end up here again.
 *
 * Claims are those of the ID token, as of the last refresh, and of UserInfo at login. Compare roles and groups; an
 * address is no identity.
 *
 * A function that throws or rejects lets no one pass: `ERR_RP_CLAIM_PREDICATE` (500) goes to `next`, with the error as its
 * `cause`.
 *
 * @param name - of the claim; a list of names reaches into an object, as Keycloak's `['realm_access', 'roles']`
 * @param expected - the value: a string that is not empty, a finite number or a boolean; a list of them, of which one is
 * enough; or a function that decides. An expectation that is missing, such as an environment variable that is not set, is
 * an error and never a guard that lets everyone pass
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.use('/admin', requireClaim('groups', 'admins'))
 * app.use('/reports', requireClaim('groups', ['admins', 'auditors']))
 * app.use('/adults', requireClaim('age', (age) => typeof age === 'number' && age >= 18))
 * app.use('/tenants/:tenant', requireClaim('tenants', (tenants, _claims, request: express.Request) => {
 *   return Array.isArray(tenants) && tenants.includes(request.params['tenant'])
 * }))
 * ```
 * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#Claims | section 5}
 */
export function requireClaim<Request extends HttpRequest = HttpRequest>(
  name: string | readonly string[],
  expected: ClaimValue | readonly ClaimValue[] | ClaimPredicate<Request>,
  options?: RequireAuthOptions,
): Middleware
export function requireClaim(...given: readonly unknown[]): Middleware {
  requireFactoryCall({ name: 'requireClaim', example: "requireClaim('groups', 'admins')", takes: 3 }, given)
  const [name, expected, options] = given
  const path = parseClaimPath(name)
  const expectation = parseExpectation(expected)
  const refusal = (request: RelyingPartyRequest): RelyingPartyError =>
    forbidden(`the claim ${path.join('.')} is not what requireClaim() asks for`, request)

  return createGuard('requireClaim', parseGuardOptions('requireClaim', options), (request) => {
    const value = claimAt(userOf(request).claims, path)
    if (typeof expectation === 'function') return judge(expectation, value, request, refusal)
    return [value].flat().some((each) => expectation.includes(each)) ? undefined : refusal(request)
  })
}

/** Whatever a predicate of the app does, only `true` lets pass. */
async function judge(
  predicate: ClaimPredicate,
  value: unknown,
  request: RelyingPartyRequest,
  refusal: (request: RelyingPartyRequest) => RelyingPartyError,
): Promise<RelyingPartyError | undefined> {
  const { claims } = userOf(request)
  try {
    const isAllowed: unknown = claims !== undefined && (await predicate(value, claims, request))
    return isAllowed === true ? undefined : refusal(request)
  } catch (cause) {
    const message =
      'The function that was given to requireClaim() threw an error or rejected, so the request was refused. See its cause.'
    const error = new RelyingPartyError('ERR_RP_CLAIM_PREDICATE', { message, cause })
    if (request.oidc !== undefined) authenticationOf(request.oidc)?.report(error, 'requireClaim()')
    return error
  }
}

/**
 * Creates a guard for users whose access token has all these scopes: `requireScope('orders:read', 'orders:write')`. Signed
 * out and without a scope it does as {@link requireClaim}.
 *
 * @param scopes - one scope each, without white space
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.get('/orders', requireScope('orders:read'), (request, response) => {
 *   response.json({ scope: request.user?.scope })
 * })
 * ```
 * @see RFC 6749, {@link https://www.rfc-editor.org/rfc/rfc6749.html#section-3.3 | section 3.3}
 */
export function requireScope(...scopes: readonly string[]): Middleware {
  requireFactoryCall({ name: 'requireScope', example: "requireScope('orders:read')" }, scopes)
  const required = parseScopes(scopes)
  return createGuard('requireScope', parseGuardOptions('requireScope', {}), (request) => {
    const granted = userOf(request).scope?.split(' ') ?? []
    const missing = required.filter((scope) => !granted.includes(scope))
    return missing.length === 0 ? undefined : forbidden(`the scope ${missing.join(' ')} was not granted`, request)
  })
}

/** The app may have put a user of its own into `req.user`: then there are no claims, and no one passes. */
function userOf({ user }: RelyingPartyRequest): Partial<RelyingPartyUser> {
  return user ?? {}
}

/** Own members only: a claim by the name `constructor` is one that somebody sent. */
function claimAt(claims: Claims | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    claims,
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function forbidden(reason: string, request: RelyingPartyRequest): RelyingPartyError {
  const message = `A signed-in user may not do this: ${reason}. Check the roles, groups or scope at the provider.`
  return new RelyingPartyError('ERR_RP_CLAIM_REQUIRED', { message, provider: userOf(request).claims?.iss })
}
