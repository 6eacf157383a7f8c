// Tokens that came while the store could not be written: what they were got with is spent, so they are all there is.
import type { LoginRecord } from './login-record.ts'
import type { Login } from './login-records.ts'

/** Keeps them in this process, each for the version of the login that it is for. */
export interface UnwrittenTokens {
  put(login: Login, members: Partial<LoginRecord>): void
  of(login: Login): Partial<LoginRecord> | undefined
  forget(login: Login): void
}

/** A store that is down for long is not helped by more; the oldest go first. */
const most = 10_000

/** Makes the memory of one middleware. */
export function createUnwrittenTokens(): UnwrittenTokens {
  const kept = new Map<string, { readonly version: number; readonly members: Partial<LoginRecord> }>()
  return {
    put({ id, record: { version } }, members) {
      kept.set(id, { version, members })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    of({ id, record: { version } }) {
      const found = kept.get(id)
      return found?.version === version ? found.members : undefined
    },
    forget({ id }) {
      kept.delete(id)
    },
  }
}
