// Logins in flight, one per state, in the session of the browser that started them (RFC 9700 section 4.7.1).
import type { HttpRequest } from '../http/messages.ts'
import { pageId } from '../http/return-to.ts'
import { createTurns } from '../stores/turns.ts'
import {
  loginLifeSeconds,
  type RelyingPartySession,
  requireSession,
  saveSession,
  shortenLife,
  storedSession,
  type Transaction,
} from './express-session.ts'
import type { OneTime } from './one-time.ts'
import { isOfVersion } from './stored-json.ts'

/** Puts logins in flight into sessions and takes each out once. */
export interface Transactions {
  /** Keeps a login in flight and saves the session; false when another tab has just replaced it, so that it must not come back. */
  put(request: HttpRequest, state: string, transaction: Omit<Transaction, 'createdAt'>): Promise<boolean>
  /**
   * Takes a login in flight out for good, before anything is done with it; undefined when there is none to finish. Notes
   * of a silent one that it came back with a code, for tabs that wait for it.
   */
  take(
    request: HttpRequest,
    state: string,
    answer?: { readonly code?: string | undefined },
  ): Promise<Transaction | undefined>
  /** Notes that a silent login which came back with a code has failed. */
  forgetCode(request: HttpRequest): Promise<void>
  /** Whether somebody took it: then this answer of the provider has come before. */
  isUsed(request: HttpRequest, state: string): Promise<boolean>
  /** How many logins that lead to the same place this session has in flight, of those begun in that time. */
  count(request: HttpRequest, returnTo: string, withinSeconds: number): number
  /** Whether other tabs of the browser are signing in at this moment. */
  isBusy(request: HttpRequest): boolean
}

/** Of their form. It is not written: a value without a version has the first one, and a session is to stay small. */
const formatVersion = 1
/** As long as the tabs of one person take to begin and finish their logins. */
const momentSeconds = 60
/** More tabs than a browser restores at once; the oldest goes first. Bounds what one session can hold (threat V14). */
const mostPerSession = 16
/** Bounds all return paths of a session together: a single one may have 8,000 octets. */
const mostReturnToBytes = 16 * 1024

/** Makes the transactions of one middleware. */
export function createTransactions(clock: () => number, usedStates: OneTime, startUrl = '/'): Transactions {
  const change = createChange()

  function young(request: HttpRequest, seconds: number): Transaction[] {
    const started = Object.values(inFlight(requireSession(request).relyingParty))
    return started.filter(({ createdAt }) => clock() - createdAt < seconds)
  }

  return {
    async put(request, state, transaction) {
      const createdAt = Math.round(clock() * 1000) / 1000 // ten tabs begin in the same second
      shortenLife(requireSession(request))
      return await change(request, (current) => {
        const alive = Object.entries(current).filter(([, { createdAt: at }]) => isAlive(at, clock()))
        const transactions = withinBounds([...alive, [state, { ...transaction, createdAt }]], startUrl)
        return {
          transactions: byState(transactions),
          ...(transaction.isSilent ? { silentAt: Math.floor(createdAt) } : {}),
        }
      })
    },

    async take(request, state, { code } = {}) {
      const transaction = inFlight(requireSession(request).relyingParty)[state]
      if (transaction === undefined) return undefined
      const { createdAt } = transaction
      const isInTime = isAlive(createdAt, clock())
      // One that came too late was not used, so it may begin again. For the others: the session alone cannot keep two
      // requests of one moment apart, least of all in two processes.
      if (isInTime && !(await usedStates.take(request, state, createdAt + loginLifeSeconds))) return undefined
      const takenAt = isInTime ? { takenAt: Math.floor(clock()) } : {}
      const silentCodeAt = transaction.isSilent && code !== undefined ? { silentCodeAt: clock() } : {}
      await change(request, (current) => {
        const others = Object.entries(current).filter(([other]) => other !== state)
        return { transactions: byState(others), ...takenAt, ...silentCodeAt }
      })
      return isInTime ? transaction : undefined
    },

    async forgetCode(request) {
      await change(request, () => ({ silentCodeAt: undefined }))
    },

    isUsed: (request, state) => usedStates.isTaken(request, state),

    count(request, returnTo, withinSeconds) {
      const page = pageId(returnTo)
      return young(request, withinSeconds).filter((each) => pageOf(each) === page).length
    },

    isBusy(request) {
      const { takenAt = Number.NEGATIVE_INFINITY } = requireSession(request).relyingParty ?? {}
      return clock() - takenAt < momentSeconds || young(request, momentSeconds).length > 0
    },
  }
}

type InFlight = Readonly<Record<string, Transaction>>

type Change = (request: HttpRequest, act: (current: InFlight) => RelyingPartySession) => Promise<boolean>

/** Tabs begin and finish logins at the same moment: none may write over what another has just written. */
function createChange(): Change {
  const inTurn = createTurns()
  return (request, act) => {
    const session = requireSession(request)
    return inTurn(session.id, async () => {
      const stored = await storedSession(request)
      if (stored === undefined) return false
      const { repeats } = session.relyingParty ?? {} // noted in this request, and not saved yet
      session.relyingParty = {
        ...session.relyingParty,
        ...stored,
        ...(repeats !== undefined && { repeats }),
        ...act(inFlight(stored)),
      }
      await saveSession(request)
      return true
    })
  }
}

/** The logins in flight of a session, as far as this release can read them. */
export function inFlight(session: RelyingPartySession | null | undefined): InFlight {
  return byState(Object.entries(session?.transactions ?? {}).filter(isReadable))
}

/** Another release, or the app, may have written something else: such a login is lost, and begins again. */
function isReadable(entry: [state: string, stored: unknown]): entry is [string, Transaction] {
  const [, stored] = entry
  if (!isOfVersion(stored, formatVersion)) return false
  const { returnTo, createdAt } = stored as { readonly returnTo?: unknown; readonly createdAt?: unknown }
  return typeof returnTo === 'string' && typeof createdAt === 'number'
}

function pageOf({ cutPage, returnTo }: Transaction): string {
  return cutPage ?? pageId(returnTo)
}

type Entry = readonly [state: string, transaction: Transaction]

/**
 * Drops the oldest logins, and the oldest paths that do not fit: such a login leads to the start page instead. Never the
 * path of a silent login, which is short: its user sees no page of ours.
 */
function withinBounds(entries: readonly Entry[], startUrl: string): readonly Entry[] {
  let bytes = 0
  const newestFirst = entries.slice(-mostPerSession).toReversed()
  const bounded = newestFirst.map(([state, transaction]): Entry => {
    const { returnTo } = transaction
    bytes += Buffer.byteLength(returnTo)
    const isKept = bytes <= mostReturnToBytes || transaction.isSilent === true || transaction.isPathCut === true
    if (isKept) return [state, transaction]
    bytes -= Buffer.byteLength(returnTo)
    return [state, { ...transaction, returnTo: startUrl, isPathCut: true, cutPage: pageId(returnTo) }]
  })
  return bounded.toReversed()
}

/**
 * Without a prototype: a `state` of `__proto__` or `constructor` finds nothing. And not by a literal: with a name that no
 * other object has, that would be a shape of its own to V8, which outlives it.
 */
function byState(entries: readonly Entry[]): InFlight {
  const transactions: Record<string, Transaction> = Object.create(null)
  for (const [state, transaction] of entries) transactions[state] = transaction
  return transactions
}

function isAlive(createdAt: number, now: number): boolean {
  return now - createdAt < loginLifeSeconds
}
