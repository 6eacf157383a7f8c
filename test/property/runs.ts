// How many cases a property gets: few in `npm test`, many in `npm run check:fuzz`. The environment is read here alone.
import { vi } from 'vitest'

const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 0)
const tenMinutes = 600_000

if (fuzzRuns > 0) vi.setConfig({ testTimeout: tenMinutes })

/** For `fc.assert()`; `usual` is what `npm test` has time for. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: Math.max(usual, fuzzRuns) }
}
