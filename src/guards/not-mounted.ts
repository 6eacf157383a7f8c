// The error of a guard that finds no middleware before it.
import { RelyingPartyError } from '../errors.ts'

/** What a guard gives to `next`, rather than let anybody pass. */
export function notMounted(guard: string): RelyingPartyError {
  const message = `${guard}() ran without relyingParty() before it. Call app.use(relyingParty({ ... })) first.`
  return new RelyingPartyError('ERR_RP_NOT_MOUNTED', { message })
}
