// Who is signed in: the login record in the store is the truth, the session only points to it.
import type { HttpRequest } from '../http/messages.ts'
import { appData, regenerateSession, requireSession, saveSession } from './express-session.ts'
import { isPostOf } from './interrupted-post.ts'
import type { Login, LoginRecords, NewLogin } from './login-records.ts'
import type { ReplacedSessions } from './replaced-sessions.ts'

/** Begins, reads and ends the login of a browser; and all that can be done with logins by their id. */
export interface Logins extends LoginRecords {
  /**
   * Signs in: stores the record and gives the browser a new session that points to it. A login that was started before
   * the same person signed in by another tab changes nothing: a new session would throw the other tabs out.
   */
  establish(request: HttpRequest, login: NewLogin, startedAt: number): Promise<void>
  /** Who is signed in; undefined when nobody is. Rejects with `ERR_RP_STORE` rather than guess. */
  load(request: HttpRequest): Promise<Login | undefined>
  /** Signs out: deletes the record, so that a copied or restored session signs nobody in, and renews the session. */
  end(request: HttpRequest): Promise<void>
}

/** Makes the logins of one middleware. */
export function createLogins(records: LoginRecords, replacedSessions: Pick<ReplacedSessions, 'add'>): Logins {
  async function load(request: HttpRequest): Promise<Login | undefined> {
    const id = loginId(request)
    return id === undefined ? undefined : await records.find(request, id)
  }

  async function remove(request: HttpRequest): Promise<void> {
    const id = loginId(request)
    if (id !== undefined) await records.delete(request, id)
  }

  return {
    ...records,
    load,

    async establish(request, login, startedAt) {
      const session = requireSession(request)
      const { login: pointer, transactions, repeats, interruptedPost } = session.relyingParty ?? {}
      const earlierId = pointer === undefined ? undefined : String(pointer) // of another release it may be no text
      const earlier = await load(request)
      if (isCovered(login, startedAt, earlier)) return
      const isSamePerson = earlierId === undefined || isSame(earlier, login)
      const carried = isSamePerson ? appData(session) : {} // a cart moves along, somebody else's never does
      await remove(request)
      const [id] = await Promise.all([records.create(request, login), replacedSessions.add(request)])
      await regenerateSession(request) // session fixation (threat V8)
      const inFlight = isSamePerson ? { transactions } : {}
      const interrupted = isPostOf(login.claims, earlierId) ? { interruptedPost } : {}
      Object.assign(requireSession(request), carried, {
        relyingParty: { ...inFlight, ...interrupted, repeats, login: id },
      })
      await saveSession(request)
    },

    async end(request) {
      // A tab that still comes with the old session waits for the new one, rather than being signed in silently.
      const replaced = replacedSessions.add(request).catch(() => undefined)
      await Promise.all([remove(request), replaced])
      await regenerateSession(request) // threat V9
    },
  }
}

function loginId(request: HttpRequest): string | undefined {
  const id = requireSession(request).relyingParty?.login
  return typeof id === 'string' ? id : undefined
}

/** Whether the browser was signed in after this login began, by a login that is worth as much: a step-up or a newer password is worth more. */
function isCovered(login: NewLogin, startedAt: number, earlier: Login | undefined): boolean {
  if (login.stepUps !== undefined || !isSame(earlier, login)) return false
  if (Number(login.claims['auth_time'] ?? 0) > Number(earlier.record.claims['auth_time'] ?? 0)) return false
  return earlier.record.registration === login.registration && earlier.record.loginAt > startedAt
}

/** The identity is (iss, sub), never an e-mail address (OpenID Connect Core 1.0 section 5.7). */
function isSame(earlier: Login | undefined, { claims }: NewLogin): earlier is Login {
  const { iss, sub } = earlier?.record.claims ?? {}
  return sub !== undefined && iss === claims.iss && sub === claims.sub
}
