// How often in a row a page sent somebody who had just signed in to log in again.
import type { HttpRequest } from '../http/messages.ts'
import { requireSession } from './express-session.ts'

/** Two of them further apart are no circle. */
const momentSeconds = 60

/**
 * Notes one more, for the start of the login to save with it; how often in a row that was for this page. A login that
 * cannot be read any more counts as well: nobody gets anywhere by it.
 */
export function noteRepeat(request: HttpRequest, returnTo: string, now: number): number {
  const session = requireSession(request)
  const { login, repeats } = session.relyingParty ?? {}
  if (login === undefined) return 0
  const isInRow = repeats?.returnTo === returnTo && now - repeats.at < momentSeconds
  const count = isInRow ? repeats.count + 1 : 1
  session.relyingParty = { ...session.relyingParty, repeats: { returnTo, count, at: Math.floor(now) } }
  return count
}
