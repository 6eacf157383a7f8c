// Whether a browser was asked silently already: once in a session, and not after a sign-out.
import { setTimeout as delay } from 'node:timers/promises'
import { describeCauses, type RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../options-settings.ts'
import { type RelyingPartySession, requireSession, saveSession, shortenLife, storedSession } from './express-session.ts'
import { inFlight } from './transactions.ts'

/**
 * Whether this browser has not been asked yet, and nobody has been signed in: a login that ended does not come back by
 * itself. With `isBusy` also if it was asked by tabs that are signing in at this moment: after a sign-out there are none.
 */
export function mayAskSilently(request: HttpRequest, { isBusy = false }: { readonly isBusy?: boolean } = {}): boolean {
  const { silentAt, login } = requireSession(request).relyingParty ?? {}
  return login === undefined && (silentAt === undefined || isBusy)
}

/** A page waits no longer for the answer that another tab of the browser gets. */
const longestWaitSeconds = 3
const pollSeconds = 0.1

/** Whether another tab of this browser is being asked at this moment. */
export function isBeingAsked(request: HttpRequest, now: number): boolean {
  return isOpen(requireSession(request).relyingParty, now)
}

/** Waits until no other tab is being asked. True if that has changed the session: this request shows an old one. */
export async function waitForAnswer(request: HttpRequest, clock: () => number): Promise<boolean> {
  for (let waited = 0; waited < longestWaitSeconds; waited += pollSeconds) {
    await delay(pollSeconds * 1000, undefined, { ref: false })
    const stored = await storedSession(request)
    if (stored === undefined || !isOpen(stored, clock())) return true
  }
  return false
}

function isOpen(session: RelyingPartySession | null | undefined, now: number): boolean {
  const { login, silentCodeAt } = session ?? {}
  const silent = Object.values(inFlight(session)).filter(({ isSilent }) => isSilent === true)
  const instants = [silentCodeAt, ...silent.map(({ createdAt }) => createdAt)]
  return (
    login === undefined && instants.some((instant = Number.NEGATIVE_INFINITY) => now - instant < longestWaitSeconds)
  )
}

/** Prevents silent login from signing the user back in right after logout. */
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
