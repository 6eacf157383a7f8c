// Whether a browser was asked silently already: once in a session, and not after a sign-out.
import { describeCauses, type RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../options-settings.ts'
import { requireSession, saveSession, shortenLife } from './express-session.ts'

/** Whether this browser has not been asked yet, and nobody has been signed in: a login that ended does not come back by itself. */
export function mayAskSilently(request: HttpRequest): boolean {
  const { silentAt, login } = requireSession(request).relyingParty ?? {}
  return silentAt === undefined && login === undefined
}

/** Who has just signed out is not signed in again by the next click. */
export async function forbidSilentLogin(
  request: HttpRequest,
  { silentLogin, clock }: Pick<Settings, 'silentLogin' | 'clock'>,
): Promise<void> {
  if (silentLogin === undefined) return
  const session = requireSession(request)
  shortenLife(session)
  session.relyingParty = { ...session.relyingParty, silentAt: Math.floor(clock()) }
  await saveSession(request)
}

/** Its visitor is shown no error, so the operator has to be told. */
export function warnOfSilentLogin(log: Log, error: RelyingPartyError): void {
  const message = `A silent login failed, so its visitor stays signed out: ${error.message}`
  log.warn('WARN_RP_SILENT_LOGIN', message, { provider: error.provider, causes: describeCauses(error.cause) })
}
