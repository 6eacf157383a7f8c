// What requireClaim() and requireScope() are given, checked when the guard is made: a slip must not let anyone pass.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Claims } from '../protocol/claims.ts'

/** What a claim is compared with, strictly: `'3'` is not `3`. Of a claim that is a list, one member has to be equal. */
export type ClaimValue = string | number | boolean

/**
 * Decides by the value of the claim, which is undefined when there is none. The request passes on exactly `true`, or a
 * promise of it. `claims` are all claims of the login, as in `req.user`.
 */
export type ClaimPredicate<Request extends HttpRequest = HttpRequest> = (
  value: unknown,
  claims: Claims,
  request: Request,
) => boolean | Promise<boolean>

/** Returns the names that lead to the claim; throws `ERR_RP_OPTIONS`. */
export function parseClaimPath(name: unknown): readonly string[] {
  const path = listOf(name)
  if (path.length > 0 && path.every(isText)) return path
  throw wrongCall(
    'requireClaim',
    "the name of the claim must be a string, such as 'groups', or a list of strings that reaches into an object, such as " +
      "['realm_access', 'roles']; none of them empty",
  )
}

/** Returns the values of which one is enough, or the function that decides; throws `ERR_RP_OPTIONS`. */
export function parseExpectation(expected: unknown): readonly unknown[] | ClaimPredicate {
  if (typeof expected === 'function') return expected as ClaimPredicate
  const values = listOf(expected)
  if (values.length > 0 && values.every(isClaimValue)) return values
  const fault = Array.isArray(expected)
    ? `the list of expected values ${values.length === 0 ? 'is empty' : `has a member that ${mistakeOf(values)}`}`
    : `the expected value ${mistakeOf(values)}`
  const allowed = 'a string that is not empty, a finite number, a boolean, a list of these, or a function that decides'
  throw wrongCall('requireClaim', `${fault}. Give ${allowed}`)
}

/** Returns the scopes, of which all are required; throws `ERR_RP_OPTIONS`. */
export function parseScopes(given: readonly unknown[]): readonly string[] {
  const scopes = listOf(given)
  if (scopes.length > 0 && scopes.every(isScope)) return scopes
  const example = "write requireScope('orders:read', 'orders:write')"
  throw wrongCall('requireScope', `${scopeMistakeOf(scopes)}. Give each scope as an argument of its own: ${example}`)
}

/** A copy, in which the holes of a list are undefined. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? Array.from<unknown>(value) : [value]
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isClaimValue(value: unknown): value is ClaimValue {
  return isText(value) || Number.isFinite(value) || typeof value === 'boolean'
}

/** RFC 6749 section 3.3: scope-token. */
function isScope(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)
}

/** The usual slips, each with its fix; the value itself is not repeated. */
const mistakes: readonly (readonly [is: (value: unknown) => boolean, mistake: string])[] = [
  [(value) => value === undefined, 'is undefined: the argument is missing, or an environment variable is not set'],
  [(value) => value === '', 'is an empty string: an environment variable may be empty'],
  [(value) => typeof value === 'number', 'is a number that is not finite'],
  [(value) => value instanceof RegExp, 'is a regular expression: write a function that calls its test()'],
  [(value) => Array.isArray(value), 'is a list itself: write one flat list'],
  [(value) => typeof Object(value).then === 'function', 'is a promise: await it before you make the guard'],
  [() => true, 'has a type that no claim is compared with'],
]

function mistakeOf(values: readonly unknown[]): string {
  const wrong = values.find((value) => !isClaimValue(value))
  return mistakes.find(([is]) => is(wrong))?.[1] ?? ''
}

function scopeMistakeOf(scopes: readonly unknown[]): string {
  const wrong = scopes.find((scope) => !isScope(scope))
  if (scopes.length === 0) return 'it needs at least one scope'
  if (wrong === undefined) return 'a scope is undefined: an environment variable may not be set'
  if (Array.isArray(wrong)) return 'a scope is a list'
  return typeof wrong === 'string' && /\s/.test(wrong)
    ? 'a scope has white space in it'
    : 'a scope must be a string of the characters that RFC 6749 section 3.3 allows'
}

function wrongCall(guard: string, fault: string): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_OPTIONS', { message: `${guard}(): ${fault}.` })
}
