// The app's express-session as we use it: what we keep in it, and saving and renewing it.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
import type { ExpressSessionStore } from '../stores/express-session-store.ts'

/** One login in flight, as stored, under 300 bytes with a short return path. Instants are NumericDate. */
export interface Transaction extends AuthorizationRequest {
  readonly returnTo: string
  readonly createdAt: number
}

/** All that we put into the app's session: logins in flight, the id of the login record, and that of a form to send again. */
export interface RelyingPartySession {
  transactions?: Record<string, Transaction>
  login?: string
  interruptedPost?: string
}

/** What express-session makes of `req.session` (its README, "req.session"). */
export interface Session {
  readonly id: string
  readonly cookie: { maxAge?: number | null | undefined; originalMaxAge?: number | null | undefined }
  relyingParty?: RelyingPartySession
  save(callback: (error?: unknown) => void): unknown
  regenerate(callback: (error?: unknown) => void): unknown
}

type SessionRequest = HttpRequest & {
  session?: Session | null | undefined
  sessionStore?: ExpressSessionStore | undefined
}

/** The session of the request; throws `ERR_RP_NO_SESSION` when there is none, rather than taking it for signed out. */
export function requireSession(request: HttpRequest): Session {
  const { session } = request as SessionRequest
  if (session !== undefined && session !== null) return session
  const message =
    'There is no req.session. Put app.use(session({ ... })) of express-session before relyingParty(); if it is there, ' +
    'its store is not connected or its cookie.path does not cover this URL.'
  throw new RelyingPartyError('ERR_RP_NO_SESSION', { message })
}

/** The store behind the session; express-session puts it on the request. */
export function sessionStore(request: HttpRequest): ExpressSessionStore {
  const { sessionStore: store } = request as SessionRequest
  if (store !== undefined) return store
  const message = 'There is no req.sessionStore: req.session is not of express-session. Give the option `store`.'
  throw new RelyingPartyError('ERR_RP_NO_SESSION', { message })
}

/** Writes the session now: the browser may follow a redirect before express-session has saved by itself. */
export function saveSession(request: HttpRequest): Promise<void> {
  const session = requireSession(request)
  return settle('saved', (done) => session.save(done))
}

/** Gives the browser a new session id and an empty session, so that an id known before a login or logout is worthless. */
export function regenerateSession(request: HttpRequest): Promise<void> {
  const session = requireSession(request)
  return settle('renewed', (done) => session.regenerate(done))
}

/** The app's own data: everything in the session but the cookie and what is ours. */
export function appData(session: Session): Record<string, unknown> {
  const { cookie: _cookie, relyingParty: _ours, ...data } = session as Session & Record<string, unknown>
  return data
}

function settle(verb: string, act: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()))
  }).catch((cause: unknown) => {
    const message = `The session could not be ${verb}: its store failed. See the cause; nothing was changed.`
    throw new RelyingPartyError('ERR_RP_STORE', { message, cause })
  })
}
