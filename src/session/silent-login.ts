// Whether a browser was asked silently already: once in a session, and not after a sign-out.
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import { requireSession, saveSession, shortenLife } from './express-session.ts'

/** Whether this browser has not been asked yet. */
export function mayAskSilently(request: HttpRequest): boolean {
  return requireSession(request).relyingParty?.silentAt === undefined
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
