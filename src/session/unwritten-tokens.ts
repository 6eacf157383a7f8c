// Tokens that came while the store could not be written: what they were got with is spent, so they are all there is.
import type { LoginRecord } from './login-record.ts'
import type { Login } from './login-records.ts'

/** Keeps them in this process, each for the version of the login that it is for. */
export interface UnwrittenTokens {
  put(login: Login, members: Partial<LoginRecord>): void
  of(login: Login): Partial<LoginRecord> | undefined
  all(): [Login, Partial<LoginRecord>][]
  forget(login: Login): void
}

/** A store that is down for long is not helped by more; the oldest go first. */
const most = 10_000

/** Makes the memory of one middleware. */
export function createUnwrittenTokens(): UnwrittenTokens {
  const kept = new Map<string, [Login, Partial<LoginRecord>]>()
  return {
    put(login, members) {
      kept.set(login.id, [login, members])
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    of({ id, facts: { version } }) {
      const [login, members] = kept.get(id) ?? []
      return login?.facts.version === version ? members : undefined
    },
    all: () => [...kept.values()],
    forget({ id }) {
      kept.delete(id)
    },
  }
}
