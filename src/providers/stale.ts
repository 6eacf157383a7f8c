// What a provider published could not be read again: the known version stays in use, and the operator is told.
import { describeCauses } from '../errors.ts'
import type { ProviderSettings } from '../options-settings.ts'

/** Logs a background refresh that failed: no request waits for it, so no request would show it. */
export function warnOfStale(
  { issuer, log }: Pick<ProviderSettings, 'issuer' | 'log'>,
  what: 'metadata' | 'signing keys',
  error: unknown,
): void {
  const message = `The ${what} of ${issuer} could not be read again, so the known ones stay in use for now.`
  log.warn('WARN_RP_PROVIDER_STALE', message, { provider: issuer, causes: describeCauses(error) })
}
