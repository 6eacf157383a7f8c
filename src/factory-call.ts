// Refuses calls of a factory that the framework made: the app passed the factory itself where its result belongs.
import { RelyingPartyError } from './errors.ts'

/** A function that the app calls while it starts. */
export interface Factory {
  readonly name: string
  /** A call as users write it: `requireClaim('groups', 'admins')`. */
  readonly example: string
  /** How many arguments it takes at most; any number when it is absent. */
  readonly takes?: number
}

/**
 * Throws `ERR_RP_OPTIONS` when one of the arguments is a request or a response, because `app.get('/', requireAuth, handler)`
 * would call the factory for each request and never go on; and when there are more arguments than it takes, because the
 * others would be ignored.
 */
export function requireFactoryCall({ name, example, takes }: Factory, given: readonly unknown[]): void {
  if (given.some((value) => isRequest(value) || isResponse(value))) {
    const message = `${name} was passed to the app without being called, and ran for a request. Write ${example}.`
    throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
  }
  if (takes === undefined || given.slice(takes).every((value) => value === undefined)) return
  const most = takes === 0 ? 'no arguments' : `at most ${takes} ${takes === 1 ? 'argument' : 'arguments'}`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message: `${name}() takes ${most}: write ${example}.` })
}

/** By its members, because the requests of HTTP/2 and of serverless adapters are of other classes. */
function isRequest(value: unknown): boolean {
  const { method, url, headers } = Object(value) as Readonly<Record<string, unknown>>
  return typeof method === 'string' && typeof url === 'string' && typeof headers === 'object'
}

function isResponse(value: unknown): boolean {
  const { setHeader, end } = Object(value) as Readonly<Record<string, unknown>>
  return typeof setHeader === 'function' && typeof end === 'function'
}
