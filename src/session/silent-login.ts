// Whether a browser was asked silently already: once in a session, and not after a sign-out.
import type { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
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

const warningPauseSeconds = 60
let warnedAt = Number.NEGATIVE_INFINITY

/** Nobody is shown why it failed, so whoever runs this has to hear of it, but not for each visitor. */
export function warnOfSilentLogin(error: RelyingPartyError): void {
  if (performance.now() - warnedAt < warningPauseSeconds * 1000) return
  warnedAt = performance.now()
  const message = `a silent login failed, so its visitor goes on signed out: ${error.message}`
  process.emitWarning(message, { type: 'ExpressRelyingPartyWarning', code: 'WARN_RP_SILENT_LOGIN' })
}
