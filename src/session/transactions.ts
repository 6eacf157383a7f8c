// Logins in flight, one per state, in the session of the browser that started them (RFC 9700 section 4.7.1).
import type { HttpRequest } from '../http/messages.ts'
import { createTurns } from '../stores/turns.ts'
import {
  appData,
  type RelyingPartySession,
  requireSession,
  type Session,
  saveSession,
  storedSession,
  type Transaction,
} from './express-session.ts'
import type { OneTime } from './one-time.ts'

/** Puts logins in flight into sessions and takes each out once. */
export interface Transactions {
  /** Keeps a login in flight and saves the session. */
  put(request: HttpRequest, state: string, transaction: Omit<Transaction, 'createdAt'>): Promise<void>
  /** Takes a login in flight out for good, before anything is done with it; undefined when there is none to finish. */
  take(request: HttpRequest, state: string): Promise<Transaction | undefined>
  /** Whether somebody took it: then this answer of the provider has come before. */
  isUsed(request: HttpRequest, state: string): Promise<boolean>
  /** How many logins that lead to the same place this session has in flight, of those begun in that time. */
  count(request: HttpRequest, returnTo: string, withinSeconds: number): number
  /** Whether other tabs of the browser are signing in at this moment. */
  isBusy(request: HttpRequest): boolean
}

/** Longer than any slow MFA or password reset, shorter than a forgotten tab. */
export const lifeSeconds = 3600
/** As long as the tabs of one person take to begin and finish their logins. */
const momentSeconds = 60
/** More tabs than a browser restores at once; the oldest goes first. Bounds what one session can hold (threat V14). */
const mostPerSession = 16

/** Makes the transactions of one middleware. */
export function createTransactions(clock: () => number, usedStates: OneTime): Transactions {
  const inTurn = createTurns()

  /** Tabs begin and finish logins at the same moment: none may write over what another has just written. */
  function change(request: HttpRequest, act: (current: InFlight) => RelyingPartySession): Promise<void> {
    const session = requireSession(request)
    return inTurn(session.id, async () => {
      const stored = await storedSession(request)
      const { takenAt = stored?.takenAt, ...changed } = act(inFlight(stored))
      session.relyingParty = { ...session.relyingParty, ...(takenAt !== undefined && { takenAt }), ...changed }
      await saveSession(request)
    })
  }

  function young(request: HttpRequest, seconds: number): Transaction[] {
    const started = Object.values(inFlight(requireSession(request).relyingParty))
    return started.filter(({ createdAt }) => clock() - createdAt < seconds)
  }

  return {
    async put(request, state, transaction) {
      const createdAt = Math.round(clock() * 1000) / 1000 // ten tabs begin in the same second
      shortenLife(requireSession(request))
      await change(request, (current) => {
        const kept = Object.entries(current).filter(([, { createdAt: at }]) => isAlive(at, clock()))
        const newest = Object.fromEntries(kept.slice(1 - mostPerSession))
        return { transactions: { ...newest, [state]: { ...transaction, createdAt } } }
      })
    },

    async take(request, state) {
      const transaction = inFlight(requireSession(request).relyingParty)[state]
      if (transaction === undefined) return undefined
      const isInTime = isAlive(transaction.createdAt, clock()) // else it is not used, and its state does not count as used
      // The session alone cannot keep two requests of one moment apart, least of all in two processes.
      if (isInTime && !(await usedStates.take(request, state, transaction.createdAt + lifeSeconds))) return undefined
      const taken = isInTime ? { takenAt: Math.floor(clock()) } : {}
      await change(request, ({ [state]: _taken, ...transactions }) => ({ transactions, ...taken }))
      return isInTime ? transaction : undefined
    },

    isUsed: (request, state) => usedStates.isTaken(request, state),

    count(request, returnTo, withinSeconds) {
      const leadsThere = young(request, withinSeconds).filter((each) => each.returnTo === returnTo)
      return leadsThere.length
    },

    isBusy(request) {
      const { takenAt = Number.NEGATIVE_INFINITY } = requireSession(request).relyingParty ?? {}
      return clock() - takenAt < momentSeconds || young(request, momentSeconds).length > 0
    },
  }
}

type InFlight = Readonly<Record<string, Transaction>>

/** Without a prototype: a `state` of `__proto__` or `constructor` finds nothing. */
function inFlight(session: RelyingPartySession | undefined): InFlight {
  return Object.assign(Object.create(null), session?.transactions)
}

function isAlive(createdAt: number, now: number): boolean {
  return now - createdAt < lifeSeconds
}

/** A session with nothing but logins in flight is mostly a bot's: it need not fill the store for days. */
function shortenLife(session: Session): void {
  const { maxAge } = session.cookie
  const isLonger = typeof maxAge !== 'number' || maxAge > lifeSeconds * 1000
  const isFresh = session.relyingParty === undefined && Object.keys(appData(session)).length === 0
  if (isFresh && isLonger) session.cookie.maxAge = lifeSeconds * 1000
}
