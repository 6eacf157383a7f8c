// How often in a row a page sent somebody who had just signed in to log in again.
import type { HttpRequest } from '../http/messages.ts'
import { pageId } from '../http/return-to.ts'
import { requireSession } from './express-session.ts'

/** A row that takes longer is no circle. */
const momentSeconds = 60

/**
 * Notes one more, for the start of the login to save with it; how often in a row that was for this page. A login that
 * cannot be read any more counts as well: nobody gets anywhere by it.
 */
export function noteRepeat(request: HttpRequest, path: string, now: number): number {
  const returnTo = pageId(path)
  const session = requireSession(request)
  const { login, repeats } = session.relyingParty ?? {}
  if (login === undefined) return 0
  const row =
    repeats?.returnTo === returnTo && now - repeats.since < momentSeconds
      ? repeats
      : { count: 0, since: Math.floor(now) }
  session.relyingParty = { ...session.relyingParty, repeats: { returnTo, count: row.count + 1, since: row.since } }
  return row.count + 1
}
