// POST /backchannel-logout: a provider says whose logins have ended (OpenID Connect Back-Channel Logout 1.0 section 2.5).
import { RelyingPartyError } from '../errors.ts'
import { readFormBody } from '../http/form-body.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { noStore, setHeaders } from '../http/redirect.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../options-settings.ts'
import { findProvider, type LogoutToken, logoutTokenError, validateLogoutToken } from '../protocol/logout-token.ts'
import type { Provider } from '../providers/provider.ts'
import type { Registry } from '../providers/registry.ts'
import type { Logins } from '../session/logins.ts'
import type { OneTime } from '../session/one-time.ts'

/** What the route works with. */
export interface BackchannelLogoutParts {
  readonly registry: Registry
  readonly logins: Pick<Logins, 'endLogins'>
  readonly usedLogoutTokens: OneTime
}

/** Makes the route. No browser and no session takes part: the token alone is what the provider says. */
export function createBackchannelLogout(
  { log, routes }: Pick<Settings, 'log' | 'routes'>,
  { registry, logins, usedLogoutTokens: oneTime }: BackchannelLogoutParts,
) {
  return async function backchannelLogout(request: HttpRequest, response: HttpResponse): Promise<void> {
    try {
      const token = await readLogoutToken(request)
      const provider = requireKnown(await findProvider(registry.all, token))
      const logout = await validateLogoutToken(provider, token)
      await endOnce(request, provider, logout)
      answer(request, response, undefined)
    } catch (error) {
      // Section 2.8 knows two answers, 200 and 400, and by the second one the provider knows that somebody is signed in.
      answer(request, response, refusalOf(error, log, String(routes.backchannelLogout)))
    }
  }

  /**
   * Whoever saw a token on its way cannot send it again (threat V29). It counts as used when it has worked, so that a
   * provider whose token failed here can send it again; two at the same moment end the same logins.
   */
  async function endOnce(request: HttpRequest, provider: Provider, logout: LogoutToken): Promise<void> {
    const { jti, expiresAt, ...target } = logout
    const use = JSON.stringify([provider.settings.registration, jti])
    if (await oneTime.isTaken(request, use)) throw logoutTokenError('its jti was used before', provider)
    await logins.endLogins(request, target)
    await oneTime.take(request, use, expiresAt)
  }
}

/** Which of two would count must not depend on who reads (threat V24); other parameters are none of our business. */
async function readLogoutToken(request: HttpRequest): Promise<string> {
  const body = await readFormBody(request)
  if ('fault' in body) throw logoutTokenError(body.fault)
  const [token, ...more] = body.form.getAll('logout_token')
  if (token === undefined) throw logoutTokenError('there is no logout_token')
  if (more.length > 0) throw logoutTokenError('there is more than one logout_token')
  return token
}

function requireKnown(provider: Provider | undefined): Provider {
  if (provider !== undefined) return provider
  throw logoutTokenError('its iss and aud are not those of a provider and a client that are known here')
}

/** The members of section 2.8, in static words: nothing of the token, and nothing of what failed here. */
interface Refusal {
  readonly error: string
  readonly error_description: string
}

function refusalOf(error: unknown, log: Log, route: string): Refusal {
  if (error instanceof RelyingPartyError && error.code === 'ERR_RP_LOGOUT_TOKEN') {
    log.report(error, route)
    return { error: error.error ?? '', error_description: error.errorDescription ?? '' }
  }
  // Of a foreign error only the name is known to be safe.
  const reason = error instanceof RelyingPartyError ? error.message : String((error as Error | undefined)?.name)
  const message = `The logout of a provider could not be carried out, so its users stay signed in: ${reason}`
  log.warn('WARN_RP_BACKCHANNEL_LOGOUT', message)
  return { error: 'temporarily_unavailable', error_description: 'the logout could not be carried out' }
}

function answer(request: HttpRequest, response: HttpResponse, refusal: Refusal | undefined): void {
  const body = refusal === undefined ? '' : JSON.stringify(refusal)
  response.statusCode = refusal === undefined ? 200 : 400
  setHeaders(response, { ...noStore, 'Content-Length': String(Buffer.byteLength(body)) })
  if (refusal !== undefined) response.setHeader('Content-Type', 'application/json')
  // What is left of a body that was refused before its end is not waited for (threat V30).
  if (!request.complete) response.setHeader('Connection', 'close')
  response.end(body)
}
