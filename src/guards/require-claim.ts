// requireClaim() and requireScope(): who is signed in but not allowed gets 403, and is never sent to login for it.
import { RelyingPartyError } from '../errors.ts'
import type { Middleware } from '../http/messages.ts'
import type { Claims } from '../protocol/claims.ts'
import { createGuard, type RequireAuthOptions } from './require-auth.ts'

/** What a claim is compared with; of a claim that is a list, one member has to be equal. */
export type ClaimValue = string | number | boolean

/** Decides by the value of the claim, undefined when there is none. */
export type ClaimPredicate = (value: unknown, claims: Claims) => boolean

/**
 * Makes a guard for people whose claims say so. Who is signed out is treated as by `requireAuth()`; who is signed in
 * without the claim gets `ERR_RP_CLAIM_REQUIRED` (403), never another login, which would end up here again.
 *
 * Claims are those of the ID token, as of the last refresh, and of UserInfo at login. Compare roles and groups; an
 * address is no identity.
 *
 * @param name - of the claim; a list of names reaches into an object, as Keycloak's `['realm_access', 'roles']`
 * @param expected - the value, or a function that decides
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.use('/admin', requireClaim('groups', 'admins'))
 * app.use('/adults', requireClaim('age', (age) => typeof age === 'number' && age >= 18))
 * ```
 * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#Claims | section 5}
 */
export function requireClaim(
  name: string | readonly string[],
  expected: ClaimValue | ClaimPredicate,
  options: RequireAuthOptions = {},
): Middleware {
  const path = [name].flat()
  requireTexts('requireClaim', path)
  const isEnough = typeof expected === 'function' ? expected : (value: unknown) => [value].flat().includes(expected)
  return createGuard('requireClaim', options, ({ user }, next) => {
    if (user !== undefined && isEnough(claimAt(user.claims, path), user.claims)) next()
    else next(forbidden(`the claim ${path.join('.')} is not what requireClaim() asks for`, user?.claims.iss))
  })
}

/**
 * Makes a guard for people whose access token has all these scopes: `requireScope('orders:read', 'orders:write')`. Signed
 * out and without a scope it does as {@link requireClaim}.
 *
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
  requireTexts('requireScope', scopes)
  return createGuard('requireScope', {}, ({ user }, next) => {
    const granted = user?.scope.split(' ') ?? []
    const missing = scopes.filter((scope) => !granted.includes(scope))
    if (missing.length === 0) next()
    else next(forbidden(`the scope ${missing.join(' ')} was not granted`, user?.claims.iss))
  })
}

/** Own members only: a claim by the name `constructor` is one that somebody sent. */
function claimAt(claims: Claims, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    claims,
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function requireTexts(guard: string, names: readonly unknown[]): void {
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) return
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message: `${guard}() needs a name, and no empty one` })
}

function forbidden(reason: string, provider: string | undefined): RelyingPartyError {
  const message = `Somebody is signed in and may not do this: ${reason}. Check the roles, groups or scope at the provider.`
  return new RelyingPartyError('ERR_RP_CLAIM_REQUIRED', { message, provider })
}
