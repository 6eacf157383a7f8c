// One refresh, whoever asks: requests share a promise in this process, and processes a lease in the store.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import type { TokenParameters } from '../protocol/refresh-request.ts'
import { createTurns } from '../stores/turns.ts'
import { leaseSeconds, underLease } from './lease.ts'
import { type Login, type LoginRecords, requireAlive } from './login-records.ts'
import type { RecordStore } from './record-store.ts'
import type { Refresh } from './refresh.ts'
import type { Shutdown } from './shutdown.ts'

/** A refresh that somebody asks for. */
export interface RefreshOrder {
  /** Equal orders of one login share their answer; nothing is shared between logins (threat V13). */
  readonly name: string
  readonly wanted: TokenParameters
  /** Whether a login that was read again has what was asked for, because somebody else was faster. */
  isDone(login: Login): boolean
}

/** Refreshes a login, or waits for who does; answers with the login as it is then. */
export type OneRefresh = (request: HttpRequest, login: Login, order: RefreshOrder) => Promise<Login>

/** What works together on it. */
export interface OneRefreshParts {
  readonly settings: Settings
  readonly records: LoginRecords
  readonly recordStore: RecordStore
  readonly refresh: Refresh
  readonly shutdown: Shutdown
}

const firstPollSeconds = 0.05
const longestPollSeconds = 0.4

/** Makes it, for one middleware. */
export function createOneRefresh({ settings, records, recordStore, refresh, shutdown }: OneRefreshParts): OneRefresh {
  const inTurn = createTurns() // one refresh token: also different orders of one login go one after the other
  const underway = new Map<string, Promise<Login>>()

  /** Of all processes one refreshes, and looks first whether it is still needed; the others wait and look. */
  async function refreshOrWait(request: HttpRequest, login: Login, order: RefreshOrder): Promise<Login> {
    const giveUpAt = performance.now() + waitSeconds(settings, login) * 1000
    for (let pause = firstPollSeconds; ; pause = Math.min(pause * 1.5, longestPollSeconds)) {
      shutdown.requireOpen()
      const underWay = underLease(recordStore(request), login.id, async (confirmLease) => {
        const current = await requireAlive(records.find(request, login.id))
        if (order.isDone(current)) return current
        return await refresh(request, current, { wanted: order.wanted, confirmLease })
      })
      const attempt = await shutdown.track(underWay)
      if (attempt !== 'busy' && attempt.value !== undefined) return attempt.value
      await delay(pause * 1000)
      const current = await requireAlive(records.find(request, login.id))
      if (order.isDone(current)) return current
      if (performance.now() > giveUpAt) throw waitedInVain()
    }
  }

  return (request, login, order) => {
    const key = `${login.id} ${order.name}`
    const found = underway.get(key)
    if (found !== undefined) return found
    const begun = inTurn(login.id, () => refreshOrWait(request, login, order)).finally(() => underway.delete(key))
    underway.set(key, begun)
    return begun
  }
}

/** The holder asks for metadata, tokens and keys; when it dies, its lease has to run out. */
function waitSeconds({ providers }: Settings, { record }: Login): number {
  const provider = providers.find(({ registration }) => registration === record.registration)
  return 3 * (provider?.httpTimeoutSeconds ?? 0) + leaseSeconds
}

function waitedInVain(): RelyingPartyError {
  const message =
    'Another process has been refreshing this access token for too long. Check that the provider answers, and the store.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}
