// What a guard does with a form that met an ended login: keeps it over the login, or answers as it would without.
import { RelyingPartyError } from '../errors.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import type { RelyingPartyRequest } from './load-user.ts'

/** The answer of a guard with `resumePost: true`: `otherwise` is for whatever cannot be kept. */
export function resumePostOr(otherwise: Middleware): Middleware {
  return function resumePost(request: RelyingPartyRequest, response: HttpResponse, next: Next): void {
    const refuse = (error: unknown) => (isNotKept(error) ? otherwise(request, response, next) : next(error))
    if (request.method === 'POST') request.oidc?.login({ resumePost: true }).catch(refuse)
    else otherwise(request, response, next)
  }
}

/** A store that is down, or a body that is gone, must not look like a form that we do not take. */
function isNotKept(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_LOGIN_REQUIRED'
}

/** From JavaScript it may be anything; and who answers in another way has nothing to resume. */
export function requireResumable(
  guard: string,
  resumePost: unknown,
  onUnauthenticated: unknown,
  demand?: unknown,
): asserts resumePost is boolean | undefined {
  if (resumePost !== undefined && typeof resumePost !== 'boolean') {
    throw new RelyingPartyError('ERR_RP_OPTIONS', { message: `${guard}(): resumePost must be true or false` })
  }
  if (resumePost === true && demand !== undefined) {
    // The form would be taken for sending, and then refused for good.
    const message = `${guard}(): resumePost does not go with acrValues or maxAgeSeconds: guard the page of the form by those`
    throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
  }
  if (resumePost !== true || onUnauthenticated === undefined || onUnauthenticated === 'redirect') return
  const message = `${guard}(): resumePost needs the redirect to login: leave onUnauthenticated out, or make it 'redirect'`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
