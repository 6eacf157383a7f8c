// Logins in flight, one per state, in the session of the browser that started them (RFC 9700 section 4.7.1).
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import { appData, requireSession, type Session, saveSession, type Transaction } from './express-session.ts'
import type { OneTime } from './one-time.ts'

/** Puts logins in flight into sessions and takes each out once. */
export interface Transactions {
  /** Keeps a login in flight and saves the session. */
  put(request: HttpRequest, state: string, transaction: Omit<Transaction, 'createdAt'>): Promise<void>
  /** Takes a login in flight out for good, before anything is done with it; throws `ERR_RP_TRANSACTION_MISSING`. */
  take(request: HttpRequest, state: string): Promise<Transaction>
}

/** Longer than any slow MFA or password reset, shorter than a forgotten tab. */
const lifeSeconds = 3600
/** More tabs than a browser restores at once; the oldest goes first. Bounds what one session can hold (threat V14). */
const mostPerSession = 16
/** Makes the transactions of one middleware. */
export function createTransactions(clock: () => number, usedStates: OneTime): Transactions {
  return {
    async put(request, state, transaction) {
      const session = requireSession(request)
      const ours = { ...session.relyingParty }
      const kept = Object.entries(inFlight(session)).filter(([, { createdAt }]) => isAlive(createdAt, clock()))
      const newest = kept.slice(-(mostPerSession - 1))
      ours.transactions = { ...Object.fromEntries(newest), [state]: { ...transaction, createdAt: Math.floor(clock()) } }
      shortenLife(session)
      session.relyingParty = ours
      await saveSession(request)
    },

    async take(request, state) {
      const session = requireSession(request)
      const { [state]: transaction, ...rest } = inFlight(session)
      if (transaction === undefined) throw missing()
      // The session alone cannot keep two requests of one moment apart, least of all in two processes.
      if (!(await usedStates.take(request, state, transaction.createdAt + lifeSeconds))) throw missing()
      session.relyingParty = { ...session.relyingParty, transactions: rest }
      await saveSession(request)
      if (!isAlive(transaction.createdAt, clock())) throw missing()
      return transaction
    },
  }
}

/** Without a prototype: a `state` of `__proto__` or `constructor` finds nothing. */
function inFlight(session: Session): Record<string, Transaction> {
  return Object.assign(Object.create(null), session.relyingParty?.transactions)
}

function isAlive(createdAt: number, now: number): boolean {
  return now - createdAt < lifeSeconds
}

/** A session with nothing but logins in flight, or a form to be sent after one, is mostly a bot's: it need not fill the store for days. */
export function shortenLife(session: Session): void {
  const { maxAge } = session.cookie
  const isLonger = typeof maxAge !== 'number' || maxAge > lifeSeconds * 1000
  const isFresh = session.relyingParty === undefined && Object.keys(appData(session)).length === 0
  if (isFresh && isLonger) session.cookie.maxAge = lifeSeconds * 1000
}

function missing(): RelyingPartyError {
  const message =
    'No login in flight fits this callback: it was finished already, is older than an hour, or the session cookie ' +
    'did not come along (cookie.secure without TLS or without `trust proxy`, sameSite strict, another host, or a ' +
    'session store that is not shared). Nothing was redeemed; start the login again.'
  return new RelyingPartyError('ERR_RP_TRANSACTION_MISSING', { message })
}
