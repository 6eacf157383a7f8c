// A store in this process's memory, for development and tests: a restart forgets it, and no other process sees it.
import { requireFactoryCall } from '../factory-call.ts'
import type { Store } from './store.ts'

/** How often values that have expired are thrown away; until then they only count as absent. */
const sweepSeconds = 60

interface Entry {
  readonly value: string
  readonly expiresAt: number
}

/**
 * Keeps login records in the memory of this process. For tests and for development: with several processes, or over a
 * restart, use {@link redisStore}, {@link postgresStore}, or a shared express-session store.
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS` when it is given an argument
 * @example
 * ```ts
 * app.use(relyingParty({ provider, clientId, baseUrl, secret, store: memoryStore() }))
 * ```
 */
export function memoryStore(): Required<Store>
export function memoryStore(...given: readonly unknown[]): Required<Store> {
  requireFactoryCall({ name: 'memoryStore', example: 'memoryStore()', takes: 0 }, given)
  const entries = new Map<string, Entry>()
  let sweepAt = 0

  function read(key: string): string | undefined {
    const entry = entries.get(key)
    return entry !== undefined && isAlive(entry) ? entry.value : undefined
  }

  function write(key: string, value: string, expiresAt: number): void {
    if (now() >= sweepAt) sweep()
    entries.set(key, { value, expiresAt })
  }

  function sweep(): void {
    sweepAt = now() + sweepSeconds
    for (const [key, entry] of entries) if (!isAlive(entry)) entries.delete(key)
  }

  return {
    get: async (key) => read(key),
    getMany: async (keys) => keys.map(read),
    set: async (key, value, { expiresAt }) => write(key, value, expiresAt),
    delete: async (key) => {
      entries.delete(key)
    },
    setIfAbsent: async (key, value, { expiresAt }) => {
      if (read(key) !== undefined) return false
      write(key, value, expiresAt)
      return true
    },
    replace: async (key, value, { expected, expiresAt }) => {
      if (read(key) !== expected) return false
      write(key, value, expiresAt)
      return true
    },
  }
}

function isAlive({ expiresAt }: Entry): boolean {
  return now() < expiresAt
}

function now(): number {
  return Date.now() / 1000
}
