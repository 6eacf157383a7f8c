// The default store: the app's own express-session store, under keys that no session id can have.
import type { Store } from './store.ts'

/** What every express-session store has (express-session's README, "Session Store Implementation"). */
export interface ExpressSessionStore {
  get(id: string, callback: (error: unknown, session?: unknown) => void): void
  set(id: string, session: unknown, callback: (error?: unknown) => void): void
  destroy(id: string, callback: (error?: unknown) => void): void
}

const known = new WeakMap<ExpressSessionStore, Store>()

/** Keeps records as sessions of a shape of their own, so that any express-session store serves without set-up. */
export function expressSessionStore(sessions: ExpressSessionStore): Store {
  const store = known.get(sessions) ?? adapt(sessions)
  known.set(sessions, store)
  return store
}

/** A session, or a record of ours, as it is stored now; rejects with what the store says. */
export function readSession(sessions: ExpressSessionStore, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    sessions.get(id, (error, session) => (isFailure(error) ? reject(error) : resolve(session)))
  })
}

function adapt(sessions: ExpressSessionStore): Store {
  return {
    get: (key) => readSession(sessions, key).then(recordOf),
    set: (key, value, { expiresAt }) =>
      new Promise((resolve, reject) => {
        sessions.set(key, asSession(value, expiresAt), (error) => (error ? reject(error) : resolve()))
      }),
    delete: (key) =>
      new Promise((resolve, reject) => {
        sessions.destroy(key, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

/** Stores read the lifetime from `cookie`: connect-redis and connect-pg-simple `expires`, others `maxAge`. */
function asSession(value: string, expiresAt: number): object {
  const expires = new Date(expiresAt * 1000)
  const maxAge = Math.max(0, expires.getTime() - Date.now())
  return { cookie: { expires, maxAge, originalMaxAge: maxAge }, relyingPartyRecord: value }
}

/** File stores say ENOENT for a session that is not there; express-session itself takes it for "none". */
function isFailure(error: unknown): boolean {
  if (error === undefined || error === null) return false
  return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
}

function recordOf(session: unknown): string | undefined {
  if (typeof session !== 'object' || session === null || !('relyingPartyRecord' in session)) return undefined
  return typeof session.relyingPartyRecord === 'string' ? session.relyingPartyRecord : undefined
}
