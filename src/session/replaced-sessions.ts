// Sessions that a sign-in has just replaced: who still comes with the old cookie has the new one on its way.
import { hash } from 'node:crypto'
import type { HttpRequest } from '../http/messages.ts'
import { cookieOutcome, requireSession, sessionIdsOfCookies } from './express-session.ts'
import type { RecordStore } from './record-store.ts'

/** Remembers them for the moment in which other tabs may still come with the old cookie. */
export interface ReplacedSessions {
  /** To be called before the session is renewed. */
  add(request: HttpRequest): Promise<void>
  /** Whether the browser's cookie is of such a session: then a cookie set now could take the place of the new one. */
  includes(request: HttpRequest): Promise<boolean>
}

/** Longer than an answer of ours takes to arrive. */
const lifeSeconds = 3

/** Makes the memory of one middleware. It holds hashes, and leads from an old session to no new one (session fixation). */
export function createReplacedSessions(clock: () => number, recordStore: RecordStore): ReplacedSessions {
  return {
    async add(request) {
      if (cookieOutcome(request) !== 'found') return // nobody else can come with it
      await recordStore(request).set(keyOf(requireSession(request).id), '1', { expiresAt: clock() + lifeSeconds })
    },

    async includes(request) {
      if (cookieOutcome(request) !== 'unknown') return false
      const found = await recordStore(request).getMany(sessionIdsOfCookies(request).map(keyOf))
      return found.some((mark) => mark !== undefined)
    },
  }
}

function keyOf(sessionId: string): string {
  return `relying-party:replaced:${hash('sha256', sessionId, 'base64url')}`
}
