// Login records in the store: written once at login, read on every request, renewed by refreshes, ended by a delete or an epoch.
import * as v from 'valibot'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import { type Settings, withoutSlash } from '../options-settings.ts'
import { text } from '../options-values.ts'
import { randomText } from '../random.ts'
import type { CompleteStore } from '../stores/complete-store.ts'
import { optionsError, parseStrictly } from '../strict-options.ts'
import { epochKey, epochsOf, epochsToEnd, isOver, type LogoutTarget, raiseEpoch } from './epochs.ts'
import { createLoginRecordFormat, factsOf, type LoginRecord, type OpenedRecord } from './login-record.ts'
import { notWritten, type RecordStore } from './record-store.ts'

/** One login as it was read. A later write replaces these sealed bytes, and nothing else. */
export type Login = OpenedRecord

/** A login that begins. */
export type NewLogin = Omit<LoginRecord, 'seenAt' | 'version' | 'tokenVersion' | 'otherTokens' | 'laterEpochs'>

/** Login records by id. Everything rejects with `ERR_RP_STORE` when the store fails. */
export interface LoginRecords {
  /** Stores a login under a new id. */
  create(request: HttpRequest, login: NewLogin): Promise<string>
  /** The login as it is now; undefined when it has ended. */
  find(request: HttpRequest, id: string): Promise<Login | undefined>
  /**
   * Writes new tokens into the record, unless others came before them: then the newer login is the answer. Undefined when
   * the login has ended; it does not come back.
   */
  renew(request: HttpRequest | undefined, login: Login, tokens: Partial<LoginRecord>): Promise<Login | undefined>
  /** Ends one login, whichever session points to it. */
  delete(request: HttpRequest, id: string): Promise<void>
  /** Ends all logins of the target that began until now, in every process, on their next request. */
  endLogins(request: HttpRequest | undefined, target: LogoutTarget): Promise<void>
}

/** The last request is noted once in this part of `idleSeconds`, so that a busy login does not write on every request. */
const seenParts = 20
/** Of a login in another process, whose options may be older: its epoch must not be forgotten before it ends. */
const longestLifeSeconds = 30 * 86_400

/** Makes the records of one middleware. */
export function createLoginRecords(settings: Settings, recordStore: RecordStore): LoginRecords {
  const { clock, session: lifetimes } = settings
  const { open, replace, write } = createSealedRecords(settings)
  const registrations = new Set(settings.providers.map(({ registration }) => registration))

  async function find(store: CompleteStore, id: string): Promise<Login | undefined> {
    const [, ...epochs] = id.split('.')
    const [sealed, ...instants] = await store.getMany([recordKey(id), ...epochs.map(epochKey)])
    const login = sealed === undefined ? undefined : open(id, sealed)
    if (login === undefined || !registrations.has(login.facts.registration)) return undefined
    const { loginAt, laterEpochs = [] } = login.facts
    const later = laterEpochs.length === 0 ? [] : await store.getMany(laterEpochs.map(epochKey))
    if ([...instants, ...later].some((instant) => isOver(loginAt, instant))) return await forget(store, id)
    return await noteSeen(store, login)
  }

  /** Who comes at the same moment notes it too, or refreshes: one of them is enough. */
  async function noteSeen(store: CompleteStore, login: Login): Promise<Login> {
    const now = clock()
    if (now - login.facts.seenAt < lifetimes.idleSeconds / seenParts) return login
    // A store that is full can still be read: then the login ends a little earlier, and no request fails for it.
    return (await replace(store, login, { ...login.record, seenAt: now }).catch(() => undefined)) ?? login
  }

  return {
    find: (request, id) => find(recordStore(request), id),

    async create(request, login) {
      // The epochs are part of the id: one read of the store brings the record and them.
      const id = [randomText(32), ...epochsOf(login.claims)].join('.')
      await write(recordStore(request), id, { ...login, seenAt: clock(), version: 1, tokenVersion: 1 })
      return id
    },

    async renew(request, login, tokens) {
      const store = recordStore(request)
      let current: Login | undefined = login
      while (current?.facts.version === login.facts.version) {
        const record = { ...current.record, ...tokens, version: login.facts.version + 1 }
        const renewed = await replace(store, current, record)
        if (renewed !== undefined) return renewed
        const found = await find(store, login.id) // ended, refreshed by another, or only seen once more
        if (found?.sealed === current.sealed) throw notWritten('The login record')
        current = found
      }
      return current
    },

    delete: (request, id) => recordStore(request).delete(recordKey(id)),

    endLogins: (request, target) => endLogins(settings, () => recordStore(request), target),
  }
}

async function endLogins(settings: Settings, storeOf: () => CompleteStore, target: LogoutTarget): Promise<void> {
  requireTarget(target)
  requireIssuer(target, settings)
  const now = settings.clock()
  const life = { expiresAt: now + Math.max(settings.session.absoluteSeconds, longestLifeSeconds) }
  const store = storeOf()
  await Promise.all(epochsToEnd(target).map((name) => raiseEpoch(store, name, { instant: now, ...life })))
}

/** Whether a logout of that target ends this login. */
export function isMeant({ id, facts }: Login, target: LogoutTarget): boolean {
  const names = [...id.split('.').slice(1), ...(facts.laterEpochs ?? [])]
  return epochsToEnd(target).some((name) => names.includes(name))
}

/** An ended login is gone for good then, also where its epoch gets lost. */
async function forget(store: CompleteStore, id: string): Promise<undefined> {
  await store.delete(recordKey(id)).catch(() => undefined)
}

/** Records as the store has them: sealed, and dead when their time has passed. */
function createSealedRecords(settings: Settings) {
  const format = createLoginRecordFormat(settings)

  function warnOfUnreadable(): void {
    const message =
      'A login record in the store could not be opened, so its user is signed out. It was sealed with a `secret` that is ' +
      'no longer configured (keep the old one as the second of an array), written by another version, or changed.'
    settings.log.warnOnce('WARN_RP_RECORD_UNREADABLE', message)
  }

  return {
    open(id: string, sealed: string): Login | undefined {
      const opened = format.open(sealed, id)
      if (opened === undefined) return void warnOfUnreadable()
      return settings.clock() < format.expiresAt(opened.facts) ? opened : undefined
    },

    async write(store: CompleteStore, id: string, record: LoginRecord): Promise<void> {
      await store.set(recordKey(id), format.seal(record, id), { expiresAt: format.expiresAt(record) })
    },

    async replace(store: CompleteStore, { id, sealed }: Login, record: LoginRecord): Promise<Login | undefined> {
      const renewed = { id, facts: factsOf(record), record, sealed: format.seal(record, id) }
      const life = { expected: sealed, expiresAt: format.expiresAt(record) }
      return (await store.replace(recordKey(id), renewed.sealed, life)) ? renewed : undefined
    },
  }
}

/** Waits for the login as it is now; throws when it has ended meanwhile. */
export async function requireAlive(found: Promise<Login | undefined>): Promise<Login> {
  const login = await found
  if (login !== undefined) return login
  const message = 'The login has ended meanwhile: by a sign-out, by its lifetime, or because the provider took it back.'
  throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}

const targetSchema = v.strictObject({ iss: text, sub: v.optional(text), sid: v.optional(text) })

/** From JavaScript it may hold anything, and an epoch of nobody would end nothing without a word. */
function requireTarget(target: LogoutTarget): void {
  const { sub, sid } = parseStrictly('endLogins()', targetSchema, target)
  if (sub !== undefined || sid !== undefined) return
  throw optionsError('endLogins()', [{ text: 'sub or sid is required: give { iss, sub } or { iss, sid }' }])
}

/** A slash too many, and nobody is signed out: where an issuer stands for many tenants, theirs cannot be listed. */
function requireIssuer({ iss }: LogoutTarget, { providers }: Settings): void {
  if (providers.some(({ issuer, tenants }) => withoutSlash(issuer) === withoutSlash(iss) || tenants !== undefined))
    return
  const message = `endLogins() knows these issuers: ${providers.map(({ issuer }) => issuer).join(', ')}. Give one of them as iss.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function recordKey(id: string): string {
  return `relying-party:login:${id}`
}
