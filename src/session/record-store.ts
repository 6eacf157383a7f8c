// The store of our own records, as a request finds it: the option `store`, else the app's own express-session store.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import { type CompleteStore, completeStore } from '../stores/complete-store.ts'
import { type ExpressSessionStore, expressSessionStore } from '../stores/express-session-store.ts'
import type { Store } from '../stores/store.ts'
import { sessionStore } from './express-session.ts'

/** Finds the store; outside of requests the last one that a request had. Every method of it rejects with `ERR_RP_STORE` when the store fails. */
export type RecordStore = (request: HttpRequest | undefined) => CompleteStore

/** Makes what finds the store; what it knows of one is kept, so that its turns are the same for all requests. */
export function createRecordStore({ store }: Pick<Settings, 'store'>): RecordStore {
  if (store !== undefined) {
    const given = prepare(store)
    return () => given
  }
  const known = new WeakMap<ExpressSessionStore, CompleteStore>()
  let last: CompleteStore | undefined

  function learn(sessions: ExpressSessionStore): CompleteStore {
    const store = prepare(expressSessionStore(sessions), sessions)
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

function prepare(store: Store, sessions?: ExpressSessionStore): CompleteStore {
  const complete = completeStore(store)
  warnAbout(complete, sessions)
  return guard(complete)
}

/** Said once: what a deployment lacks is known at the start, not when people are thrown out. */
function warnAbout({ isAtomic }: CompleteStore, sessions: ExpressSessionStore | undefined): void {
  const isMemory = sessions?.constructor.name === 'MemoryStore'
  const isProduction = process.env['NODE_ENV'] === 'production'
  if (isMemory && isProduction) {
    warn(
      'WARN_RP_MEMORY_STORE',
      'sessions are in the memory of this process (MemoryStore): a restart signs everybody out, and other processes ' +
        'know nobody. Give express-session a shared store, or the option `store`: redisStore(client), postgresStore(pool)',
    )
  } else if (!isMemory && !isAtomic) {
    warn(
      'WARN_RP_STORE_NOT_ATOMIC',
      'the store has no setIfAbsent and replace, so two processes may refresh the same token at the same moment. With ' +
        'several processes give the option `store`: redisStore(client), postgresStore(pool), or one of your own',
    )
  }
}

function warn(code: string, message: string): void {
  process.emitWarning(message, { type: 'ExpressRelyingPartyWarning', code })
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
