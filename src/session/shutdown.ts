// The end of a process: no refresh begins any more, and what holds tokens that are stored nowhere is finished first.
import { RelyingPartyError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Registry } from '../providers/registry.ts'
import { createUnderWay } from '../stores/under-way.ts'

/** What the parts of one middleware know about its end. */
export interface Shutdown {
  /** Has `close()` wait for work; returns the work. */
  track<Value>(work: Promise<Value>): Promise<Value>
  /** Registers work for the end, after the refreshes that were under way. */
  atEnd(act: () => Promise<unknown>): void
  /** Throws `ERR_RP_REFRESH` once the end has begun. */
  requireOpen(): void
  /**
   * Begins the end, once for all callers; resolves when what was under way is over, the connections to the providers are
   * closed and the log is written. Never rejects.
   */
  close(): Promise<void>
}

/** Creates it for one middleware. */
export function createShutdown(
  { log }: { readonly log: Pick<Log, 'flush'> },
  { all }: Pick<Registry, 'all'>,
): Shutdown {
  const { track, settled } = createUnderWay()
  const lastActs: (() => Promise<unknown>)[] = []
  let closed: Promise<void> | undefined

  async function close(): Promise<void> {
    await settled()
    await Promise.allSettled(lastActs.map((act) => act()))
    await settled() // revocations that the refreshes have begun
    await Promise.allSettled(all.map((provider) => provider.close()))
    log.flush()
  }

  return {
    track,
    atEnd: (act) => void lastActs.push(act),

    requireOpen() {
      if (closed !== undefined) throw shuttingDown()
    },

    close() {
      closed ??= close()
      return closed
    },
  }
}

function shuttingDown(): RelyingPartyError {
  const message =
    'This process is shutting down (close() was called), so it starts no refresh: the new tokens could be lost with it. The ' +
    'login continues, and another process can refresh it. Call close() after the HTTP server has closed.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}
