// The fault that openid-client found in a signed token, before we verified it ourselves, as a TokenFault.
import { causesOf } from './causes.ts'
import { algNameOf } from './signature-algorithms.ts'
import { TokenFault } from './token-fault.ts'

/** The fault of the token in an answer; undefined when the failure has another reason. */
export function tokenFaultOf(failure: unknown): TokenFault | undefined {
  const error = causesOf(failure).findLast(isAboutToken)
  if (error === undefined) return undefined
  const { message } = error
  if (message.includes('JWE')) return new TokenFault('encrypted', 'it is encrypted')
  const name = /"(\w+)"/.exec(message)?.[1]
  if (name === undefined) return new TokenFault('malformed', 'it is no JWT')
  if (name === 'alg') return algFault(error)
  if (name === 'crit') return new TokenFault('critical_header', 'its header has crit')
  return claimFault(name, message)
}

/**
 * By the words of oauth4webapi, because its codes do not tell whether the token is at fault. They name no value. The
 * messages of `JSON.parse` do.
 */
function isAboutToken(error: Error): boolean {
  return !(error instanceof SyntaxError) && /\b(JWT|JWE|ID Token)\b/.test(error.message)
}

/** Without an agreed algorithm (UserInfo) the token's own is not looked at. */
function algFault({ cause }: Error): TokenFault {
  const alg = algNameOf(Object(Object(cause).header).alg)
  return new TokenFault('alg_not_allowed', 'its alg is not allowed', { alg })
}

const instants = ['exp', 'iat', 'nbf', 'auth_time']

function claimFault(claim: string, message: string): TokenFault {
  if (message.endsWith('missing')) return new TokenFault('missing_claim', `it has no ${claim}`, { claim })
  if (message.includes('past current timestamp')) return new TokenFault('expired', 'it has expired', { claim })
  if (!/ type$| must be a /.test(message)) return new TokenFault('unfit_claim', `its ${claim} does not fit`, { claim })
  const right = instants.includes(claim) ? 'is not a number' : 'is of a wrong type'
  return new TokenFault('mistyped_claim', `its ${claim} ${right}`, { claim })
}
