// Who is signed in: the sealed login record in the store is the truth, the session only points to it.
import { randomBytes } from 'node:crypto'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options.ts'
import type { Claims } from '../protocol/claims.ts'
import { expressSessionStore } from '../stores/express-session-store.ts'
import type { Store } from '../stores/store.ts'
import { appData, regenerateSession, requireSession, saveSession, sessionStore } from './express-session.ts'
import { createSeal } from './seal.ts'

/** Everything known of one login. Instants are NumericDate (seconds). Sealed before it is stored. */
export interface LoginRecord {
  /** The `registration` of the provider that this login is of. */
  readonly registration: string
  /** Claims of the validated ID token (`iss`, `sub`, `sid`, `auth_time`, `acr`...), and of UserInfo when asked for. */
  readonly claims: Claims
  /** Undefined at a plain OAuth 2.0 provider. */
  readonly idToken: string | undefined
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  readonly refreshToken: string | undefined
  readonly scope: string
  readonly expiresAt: number | undefined
  readonly loginAt: number
}

/** Begins, reads and ends logins. */
export interface LoginRecords {
  /** Signs in: stores the record and gives the browser a new session that points to it. */
  establish(request: HttpRequest, record: Omit<LoginRecord, 'loginAt'>): Promise<void>
  /** Who is signed in; undefined when nobody is. Rejects with `ERR_RP_STORE` rather than guess. */
  load(request: HttpRequest): Promise<LoginRecord | undefined>
  /** Signs out: deletes the record, so that a copied or restored session signs nobody in, and renews the session. */
  end(request: HttpRequest): Promise<void>
}

const prefix = 'relying-party:login:'
/** Changes with the shape of the record: one of another shape counts as signed out. */
const formatVersion = 1

/** Makes the login records of one middleware. */
export function createLoginRecords(settings: Settings): LoginRecords {
  const { clock, session: lifetimes } = settings
  const seal = createSeal(settings.secrets)
  const registrations = new Set(settings.providers.map(({ registration }) => registration))
  const storeOf = (request: HttpRequest): Store => settings.store ?? expressSessionStore(sessionStore(request))

  async function load(request: HttpRequest): Promise<LoginRecord | undefined> {
    const id = requireSession(request).relyingParty?.login
    if (typeof id !== 'string') return undefined
    const sealed = await guarded('read', () => storeOf(request).get(prefix + id))
    const plaintext = typeof sealed === 'string' ? seal.open(sealed, { purpose: 'login-record', id }) : undefined
    const record = plaintext === undefined ? undefined : parse(plaintext)
    if (record === undefined || !registrations.has(record.registration)) return undefined
    // Judged by the stored instant: what the browser or the store makes of a lifetime does not count (threat V11).
    return clock() - record.loginAt < lifetimes.absoluteSeconds ? record : undefined
  }

  async function write(request: HttpRequest, record: Omit<LoginRecord, 'loginAt'>): Promise<string> {
    const id = randomBytes(32).toString('base64url')
    const loginAt = clock()
    const plaintext = JSON.stringify({ ...record, loginAt, formatVersion })
    const sealed = seal.seal(plaintext, { purpose: 'login-record', id })
    const expiresAt = loginAt + lifetimes.absoluteSeconds
    await guarded('written', () => storeOf(request).set(prefix + id, sealed, { expiresAt }))
    return id
  }

  async function remove(request: HttpRequest): Promise<void> {
    const id = requireSession(request).relyingParty?.login
    if (id !== undefined) await guarded('deleted', () => storeOf(request).delete(prefix + id))
  }

  return {
    load,

    async establish(request, record) {
      const session = requireSession(request)
      const { login: earlier, transactions } = session.relyingParty ?? {}
      const isSamePerson = earlier === undefined || isSame(await load(request), record)
      const carried = isSamePerson ? appData(session) : {} // a cart moves along, somebody else's never does
      await remove(request)
      const login = await write(request, record)
      await regenerateSession(request) // session fixation (threat V8)
      const inFlight = isSamePerson ? { transactions } : {}
      Object.assign(requireSession(request), carried, { relyingParty: { ...inFlight, login } })
      await saveSession(request)
    },

    async end(request) {
      await remove(request)
      await regenerateSession(request) // threat V9
    },
  }
}

/** The identity is (iss, sub), never an e-mail address (OpenID Connect Core 1.0 section 5.7). */
function isSame(earlier: LoginRecord | undefined, { claims }: Omit<LoginRecord, 'loginAt'>): boolean {
  const { iss, sub } = earlier?.claims ?? {}
  return sub !== undefined && iss === claims.iss && sub === claims.sub
}

function parse(plaintext: string): LoginRecord | undefined {
  const record = JSON.parse(plaintext) as LoginRecord & { formatVersion: number }
  return record.formatVersion === formatVersion ? record : undefined
}

async function guarded<Value>(verb: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (cause) {
    if (cause instanceof RelyingPartyError) throw cause // it says better what is missing
    const message = `The login record could not be ${verb}: the store failed. See the cause; nobody was signed in by it.`
    throw new RelyingPartyError('ERR_RP_STORE', { message, cause })
  }
}
