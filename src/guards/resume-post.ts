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
