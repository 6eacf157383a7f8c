// Requests with the real express-session behind them, over its MemoryStore, without a network.
import { createHmac } from 'node:crypto'
import { ServerResponse } from 'node:http'
import session from 'express-session'
import type { HttpRequest } from '../../../src/http/messages.ts'
import type { Session } from '../../../src/session/express-session.ts'
import { requestOf } from '../exchange.ts'

const secret = 'session-secret'

/** A request after express-session; the app's own data are members of the session. */
export type SessionRequest = HttpRequest & { session: Session & Record<string, unknown>; sessionID: string }

/** Opens requests; each reads the session from the store anew, as parallel requests do. */
export interface SessionFixture {
  readonly store: session.MemoryStore
  /** A request with the cookie of that session; without an id the first request of a browser. */
  open(sessionId?: string): Promise<SessionRequest>
  /** The sessions as they are stored, login records among them. */
  stored(): Record<string, Record<string, unknown>>
}

/** Makes a store and the express-session in front of it. */
export function createSessionFixture(cookie: session.CookieOptions = {}): SessionFixture {
  const store = new session.MemoryStore()
  const middleware = session({ secret, store, cookie, resave: false, saveUninitialized: false })

  function open(sessionId?: string): Promise<SessionRequest> {
    const headers = sessionId === undefined ? {} : { cookie: `connect.sid=s%3A${encodeURIComponent(sign(sessionId))}` }
    const request = requestOf({ headers })
    const run = middleware as unknown as (...given: unknown[]) => void
    return new Promise((resolve, reject) => {
      const next = (error?: unknown) => (error === undefined ? resolve(request as SessionRequest) : reject(error))
      run(request, new ServerResponse(request), next)
    })
  }

  function stored(): Record<string, Record<string, unknown>> {
    const { sessions } = store as unknown as { sessions: Record<string, string> }
    return Object.fromEntries(Object.entries(sessions).map(([id, text]) => [id, JSON.parse(text)]))
  }

  return { store, open, stored }
}

/** As cookie-signature does. */
function sign(value: string): string {
  return `${value}.${createHmac('sha256', secret).update(value).digest('base64').replace(/=+$/, '')}`
}
