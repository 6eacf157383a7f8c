// The parameters of the login URL that go on into the authentication request: those that the app has listed, and no other.
import { RelyingPartyError } from '../errors.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import { checksOf } from '../protocol/authorization-request.ts'

const longest = 1024

/** The listed parameters of the query; throws `ERR_RP_LOGIN_PARAMETER` for what must not go on (threats V24 and V25). */
export function readLoginParameters(query: URLSearchParams, names: readonly string[]): AuthorizationParameters {
  const read = names.map((name) => [name, readOne(query, name)] as const)
  // One without a value counts as left out (RFC 6749 section 3.1).
  const parameters = Object.fromEntries(read.filter(([, value]) => value !== ''))
  checksOf(parameters, refused)
  return parameters
}

/** Which of two would count must not depend on who reads. */
function readOne(query: URLSearchParams, name: string): string {
  const [value = '', ...more] = query.getAll(name)
  if (more.length > 0) throw refused(`${name} comes more than once`)
  if (value.length > longest) throw refused(`${name} has more than ${longest} characters`)
  if (/\p{Cc}/u.test(value)) throw refused(`${name} has control characters`)
  return value
}

function refused(reason: string): RelyingPartyError {
  const message = `The login URL was refused: ${reason}. Nothing was started; mend the link to it.`
  return new RelyingPartyError('ERR_RP_LOGIN_PARAMETER', { message })
}
