// A lease in the store: of all processes one works on a login's tokens, and when it dies another takes over.

import { randomText } from '../random.ts'
import type { CompleteStore } from '../stores/complete-store.ts'

/** How long the others wait for a holder that died; a living one renews in time. */
export const leaseSeconds = 6
const renewalSeconds = 2

/**
 * Acts while holding the lease; `'busy'` when somebody else holds it. A process that stood still may have lost it: `act`
 * asks `confirm` before it does what must not be done twice.
 */
export async function underLease<Value>(
  store: CompleteStore,
  id: string,
  act: (confirm: () => Promise<boolean>) => Promise<Value>,
): Promise<{ readonly value: Value } | 'busy'> {
  const key = `relying-party:lease:${id}`
  const holder = randomText(16)
  if (!(await store.setIfAbsent(key, holder, { expiresAt: leaseEnd() }))) return 'busy'
  const renew = () => store.replace(key, holder, { expected: holder, expiresAt: leaseEnd() })
  const renewal = setInterval(() => void renew().catch(() => undefined), renewalSeconds * 1000).unref()
  try {
    return { value: await act(renew) }
  } finally {
    clearInterval(renewal)
    // Over at once, unless it is somebody else's by now; a store that fails lets it run out.
    await store.replace(key, holder, { expected: holder, expiresAt: 0 }).catch(() => undefined)
  }
}

/** In the time of the store, which knows nothing of an injected clock. */
function leaseEnd(): number {
  return Date.now() / 1000 + leaseSeconds
}
