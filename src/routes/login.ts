// GET /login: starts a login with what its URL says.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isPageNavigation } from '../http/navigation.ts'
import { mountPath, requestQuery } from '../http/request-url.ts'
import type { Settings } from '../options-settings.ts'
import { readLoginParameters } from './login-parameters.ts'
import type { StartLogin } from './start-login.ts'

/** Makes the route. */
export function createLogin({ forwardLoginParameters }: Settings, startLogin: StartLogin) {
  return async function login(request: HttpRequest, response: HttpResponse): Promise<void> {
    requireNavigation(request)
    const query = requestQuery(request)
    const mount = mountPath(request, request.url ?? '/')
    await startLogin(request, response, {
      returnTo: once(query, 'return_to'),
      provider: once(query, 'provider') || undefined,
      authorizationParameters: readLoginParameters(query, forwardLoginParameters),
      mount,
    })
  }
}

/** A parameter that comes twice counts as absent. */
function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

/** A fetch() cannot follow to the provider, and a prefetch must not fill the session with logins nobody asked for. */
export function requireNavigation(request: HttpRequest): void {
  if (isPageNavigation(request)) return
  const message = 'The login URL was asked for by a script, a frame or a prefetch. Navigate to it instead.'
  throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}
