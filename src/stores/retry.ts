// Repeats what a broken connection interrupted, for a short while, and gives up on a server that does not answer.
import { setTimeout as pause } from 'node:timers/promises'

/** Between the tries; two seconds in all, in which a server that restarts is back. */
const pausesSeconds = [0.05, 0.1, 0.2, 0.4, 0.5, 0.75]
/** For all tries together: without a connection clients queue commands, some without an end. */
const limitSeconds = 5

/** Repeats `act` while it fails with what passes. It may have taken effect before it failed, so it must bear repetition. */
export async function retry<Value>(
  act: (signal: AbortSignal) => Promise<Value>,
  isPassing: (error: unknown) => boolean,
): Promise<Value> {
  const limit = new AbortController()
  let cause: unknown

  async function attempt(): Promise<Value> {
    for (const pauseSeconds of pausesSeconds) {
      try {
        return await act(limit.signal)
      } catch (error) {
        if (limit.signal.aborted || !isPassing(error)) throw error
        cause = error
      }
      await pause(pauseSeconds * 1000)
      limit.signal.throwIfAborted()
    }
    return await act(limit.signal)
  }

  const overdue = new Promise<never>((_resolve, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason))
  })
  const giveUp = () => limit.abort(new Error(`the store gave no answer within ${limitSeconds} s`, { cause }))
  const timer = setTimeout(giveUp, limitSeconds * 1000)
  try {
    return await Promise.race([overdue, attempt()])
  } finally {
    clearTimeout(timer)
  }
}
