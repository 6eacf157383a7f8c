// The app's express-session as we use it: what we keep in it, and saving and renewing it.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
import { type ExpressSessionStore, readSession } from '../stores/express-session-store.ts'
import type { StepUp } from './step-up.ts'

/** One login in flight, as stored, under 300 bytes with a short return path. Instants are NumericDate. */
export interface Transaction extends AuthorizationRequest {
  readonly returnTo: string
  /** The path that was asked for was too long to keep: `returnTo` is the start page instead. */
  readonly isPathCut?: true
  /** The page of a path that made room for newer ones, by its `pageId()`. */
  readonly cutPage?: string
  /** What the login was asked to be; undefined for one that anybody's authentication is enough for. */
  readonly stepUps?: readonly StepUp[] | undefined
  readonly createdAt: number
  /** It asked whether the person is signed in at the provider, and nothing else (`prompt=none`). */
  readonly isSilent?: true
}

/** Longer than any slow MFA or password reset, shorter than a forgotten tab. */
export const loginLifeSeconds = 3600

/** All that we put into the app's session: logins in flight, the id of the login record, and that of a form to send again. */
export interface RelyingPartySession {
  transactions?: Readonly<Record<string, Transaction>> | undefined
  /** When the last of them was taken to be finished: NumericDate. */
  takenAt?: number
  /** How often in a row who is signed in was sent to log in again for the same page, and since when: NumericDate. */
  repeats?: { readonly returnTo: string; readonly count: number; readonly since: number } | undefined
  /** When this browser was last asked silently, or signed out: NumericDate. */
  silentAt?: number
  /** When a silent login came back with a code: its tokens may be on their way. NumericDate. */
  silentCodeAt?: number | undefined
  login?: string
  interruptedPost?: string
}

/** The cookie of a session, as the app has set it up. */
export interface SessionCookie {
  maxAge?: number | null | undefined
  originalMaxAge?: number | null | undefined
  readonly secure?: boolean | undefined
  readonly httpOnly?: boolean | undefined
  readonly sameSite?: boolean | string | undefined
  readonly path?: string | undefined
}

/** What express-session makes of `req.session` (its README, "req.session"). */
export interface Session {
  readonly id: string
  readonly cookie: SessionCookie
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

/** What the browser's cookie led to: this session, none that the store knows, or there was no cookie of a session. */
export type CookieOutcome = 'found' | 'unknown' | 'absent'

/** express-session makes a new session in the place of one that it does not find, and does not tell. */
export function cookieOutcome(request: HttpRequest): CookieOutcome {
  const cookies = request.headers.cookie
  if (cookies === undefined) return 'absent'
  const beginning = `s:${requireSession(request).id}.` // how express-session signs an id (cookie-signature)
  if (cookies.includes(encodeURIComponent(beginning)) || cookies.includes(beginning)) return 'found'
  return sessionIdsOfCookies(request).length > 0 ? 'unknown' : 'absent'
}

/** What stands in cookies that look like those of express-session; nothing of it is proved. */
export function sessionIdsOfCookies({ headers }: HttpRequest): string[] {
  const found = [...(headers.cookie ?? '').matchAll(/=s(?:%3A|:)([^.;\s]{1,256})\./gi)].slice(0, mostCookies)
  return found.map(([, id = '']) => id)
}

/** An app has one or two of them (threat V15). */
const mostCookies = 4

/**
 * Keeps an answer from setting a cookie or saving the session: for a request that the browser was not allowed to send its
 * cookie with, where the empty session that express-session made would take the place of the real one. express-session
 * passes over a session whose id is not on the request; the object stays for whatever reads it.
 */
export function leaveSession(request: HttpRequest & { sessionID?: string | undefined }): void {
  request.sessionID = undefined
}

/** The same for a session that was made for this request alone: another tab may just have got the one that lasts. */
export function leaveNewSession(request: HttpRequest): void {
  if (cookieOutcome(request) !== 'found') leaveSession(request)
}

/**
 * What the store holds for this session now: requests of the same browser may have changed it since this one began.
 * Undefined when one of them has replaced it by another session.
 */
export async function storedSession(request: HttpRequest): Promise<RelyingPartySession | undefined> {
  const { id, relyingParty = {} } = requireSession(request)
  const { sessionStore: store } = request as SessionRequest
  if (store === undefined || cookieOutcome(request) !== 'found') return relyingParty
  const stored = await readSession(store, id).catch((cause: unknown) => {
    throw storeError('read', cause)
  })
  return isSession(stored) ? (stored.relyingParty ?? {}) : undefined
}

function isSession(stored: unknown): stored is Pick<Session, 'relyingParty'> {
  return typeof stored === 'object' && stored !== null
}

/** A session with nothing but logins in flight is mostly a bot's: it need not fill the store for days. */
export function shortenLife(session: Session): void {
  const { maxAge } = session.cookie
  const isLonger = typeof maxAge !== 'number' || maxAge > loginLifeSeconds * 1000
  const isFresh = session.relyingParty === undefined && Object.keys(appData(session)).length === 0
  if (isFresh && isLonger) session.cookie.maxAge = loginLifeSeconds * 1000
}

/** The app's own data: everything in the session but the cookie and what is ours. */
export function appData(session: Session): Record<string, unknown> {
  return Object.fromEntries(Object.entries(session).filter(([name]) => name !== 'cookie' && name !== 'relyingParty'))
}

function settle(verb: string, act: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()))
  }).catch((cause: unknown) => {
    throw storeError(verb, cause)
  })
}

function storeError(verb: string, cause: unknown): RelyingPartyError {
  const message = `The session could not be ${verb}: its store failed. See the cause; nothing was changed.`
  return new RelyingPartyError('ERR_RP_STORE', { message, cause })
}
