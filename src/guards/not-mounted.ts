// The error of a guard that finds no middleware before it.
import { RelyingPartyError } from '../errors.ts'
import { logWithoutMiddleware } from '../log.ts'

/** Reports and returns the error that a guard passes to `next` instead of letting the request through. */
export function notMounted(guard: string): RelyingPartyError {
  const message = `${guard}() ran without relyingParty() before it. Call app.use(relyingParty({ ... })) first.`
  const error = new RelyingPartyError('ERR_RP_NOT_MOUNTED', { message })
  logWithoutMiddleware.report(error, `${guard}()`)
  return error
}
