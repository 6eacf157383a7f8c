// The store of our own records, as a request finds it: the option `store`, else the app's own express-session store.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../options-settings.ts'
import { type CompleteStore, completeStore } from '../stores/complete-store.ts'
import { type ExpressSessionStore, expressSessionStore } from '../stores/express-session-store.ts'
import type { Store } from '../stores/store.ts'
import { sessionStore } from './express-session.ts'

/** Finds the store; outside of requests the last one that a request had. Every method of it rejects with `ERR_RP_STORE` when the store fails. */
export type RecordStore = (request: HttpRequest | undefined) => CompleteStore

/** Makes what finds the store; what it knows of one is kept, so that its turns are the same for all requests. */
export function createRecordStore({ store, log }: Pick<Settings, 'store' | 'log'>): RecordStore {
  if (store !== undefined) {
    const given = prepare(store, log)
    return () => given
  }
  const known = new WeakMap<ExpressSessionStore, CompleteStore>()
  let last: CompleteStore | undefined

  function learn(sessions: ExpressSessionStore): CompleteStore {
    const store = prepare(expressSessionStore(sessions), log, sessions)
    known.set(sessions, store)
    return store
  }

  return (request) => {
    if (request === undefined) return last ?? refuse()
    const sessions = sessionStore(request)
    last = known.get(sessions) ?? learn(sessions)
    return last
  }
}

function refuse(): never {
  const message =
    'No request has come yet, so the session store is not known. Give the option `store` to end logins outside of requests.'
  throw new RelyingPartyError('ERR_RP_STORE', { message })
}

function prepare(store: Store, log: Log, sessions?: ExpressSessionStore): CompleteStore {
  const complete = completeStore(store)
  warnAbout(complete, log, sessions)
  return guard(complete)
}

/** At the start, not when users are signed out by it. */
function warnAbout({ isAtomic }: CompleteStore, log: Log, sessions: ExpressSessionStore | undefined): void {
  const isMemory = sessions?.constructor.name === 'MemoryStore'
  const isProduction = process.env['NODE_ENV'] === 'production'
  if (isMemory && isProduction) {
    const message =
      'Sessions are kept in the memory of this process (MemoryStore): a restart signs all users out, and other processes ' +
      'do not know them. Give express-session a shared store, or the option `store`: redisStore(client), postgresStore(pool).'
    log.warnOnce('WARN_RP_MEMORY_STORE', message)
  } else if (!isMemory && !isAtomic) {
    const message =
      'The store has no setIfAbsent and replace, so two processes may refresh the same token at the same moment. With ' +
      'several processes give the option `store`: redisStore(client), postgresStore(pool), or your own.'
    log.warnOnce('WARN_RP_STORE_NOT_ATOMIC', message)
  }
}

function guard(store: CompleteStore): CompleteStore {
  return {
    isAtomic: store.isAtomic,
    get: (key) => guarded('read', () => store.get(key)),
    getMany: (keys) => guarded('read', () => store.getMany(keys)),
    set: (key, value, life) => guarded('written', () => store.set(key, value, life)),
    delete: (key) => guarded('deleted', () => store.delete(key)),
    setIfAbsent: (key, value, life) => guarded('written', () => store.setIfAbsent(key, value, life)),
    replace: (key, value, life) => guarded('written', () => store.replace(key, value, life)),
  }
}

/** A store that says each time that another write came first is broken. */
export function notWritten(what: string): RelyingPartyError {
  const message = `${what} could not be written: the store's setIfAbsent or replace does not keep its contract (storeContract).`
  return new RelyingPartyError('ERR_RP_STORE', { message })
}

async function guarded<Value>(verb: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (cause) {
    const message = `The login record could not be ${verb}: the store failed. See the cause; nobody was signed in by it.`
    throw new RelyingPartyError('ERR_RP_STORE', { message, cause })
  }
}
