// The end of a process: no refresh begins any more, and what holds tokens that are stored nowhere is finished first.
import { RelyingPartyError } from '../errors.ts'
import { createUnderWay } from '../stores/under-way.ts'

/** What the parts of one middleware know about its end. */
export interface Shutdown {
  /** Has `finish()` wait for work; returns the work. */
  track<Value>(work: Promise<Value>): Promise<Value>
  /** Registers work for the end, after the refreshes that were under way. */
  atEnd(act: () => Promise<unknown>): void
  /** Throws `ERR_RP_REFRESH` once the end has begun. */
  requireOpen(): void
  /** Begins the end; resolves when all that was under way is over. Never rejects. */
  finish(): Promise<void>
}

/** Creates it for one middleware. */
export function createShutdown(): Shutdown {
  const { track, settled } = createUnderWay()
  const lastActs: (() => Promise<unknown>)[] = []
  let isClosing = false

  return {
    track,
    atEnd: (act) => void lastActs.push(act),

    requireOpen() {
      if (isClosing) throw shuttingDown()
    },

    async finish() {
      isClosing = true
      await settled()
      await Promise.allSettled(lastActs.map((act) => act()))
      await settled() // revocations that the refreshes have begun
    },
  }
}

function shuttingDown(): RelyingPartyError {
  const message =
    'This process is shutting down (close() was called), so it starts no refresh: the new tokens could be lost with it. The ' +
    'login continues, and another process can refresh it. Call close() after the HTTP server has closed.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}
