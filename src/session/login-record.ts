// The login record: what is known of one login, sealed before it is stored, and how long it lives.
import type { Settings } from '../options-settings.ts'
import type { Claims } from '../protocol/claims.ts'
import { createOpenedRecords, type Opened } from './opened-records.ts'
import { createSeal } from './seal.ts'
import type { StepUp } from './step-up.ts'
import { fromStoredJson, toStoredJson } from './stored-json.ts'

/** An access token as the record keeps it. Instants are NumericDate (seconds). */
export interface KeptToken {
  readonly accessToken: string
  readonly scope: string
  /** Undefined: the provider did not say, which is not "never" and not "now". */
  readonly expiresAt: number | undefined
  /** How long it lived when it came (`expires_in`). */
  readonly lifetimeSeconds: number | undefined
  /** The version of the record that brought it; a provider may give the same token again. */
  readonly tokenVersion: number
}

/** Everything known of one login. Instants are NumericDate (seconds). */
export interface LoginRecord extends KeptToken {
  /** The `registration` of the provider that this login is of. */
  readonly registration: string
  /** Claims of the validated ID token (`iss`, `sub`, `sid`, `auth_time`, `acr`...), and of UserInfo when asked for. */
  readonly claims: Claims
  /** Undefined at a plain OAuth 2.0 provider. */
  readonly idToken: string | undefined
  /** Of the first ID token: a refreshed one has none or the same (OpenID Connect Core 1.0 section 12.2). */
  readonly nonce: string | undefined
  readonly tokenType: 'Bearer'
  readonly refreshToken: string | undefined
  /** Access tokens for other resources or less scope, by what they were asked for with. */
  readonly otherTokens?: Readonly<Record<string, KeptToken>> | undefined
  /** Epochs beside those in its id: a refreshed ID token named another session at the provider. */
  readonly laterEpochs?: readonly string[] | undefined
  /** Just before its tokens were asked for: a sign-out everywhere from then on has ended it. */
  readonly loginAt: number
  /** What it was asked to be beside one of the right person, the last at the end. */
  readonly stepUps?: readonly StepUp[] | undefined
  /** The last request, as far as it was noted. */
  readonly seenAt: number
  /** One more with each refresh: whoever read an older one does not write over a newer one. */
  readonly version: number
}

/** The record without its tokens: all that most requests read. Frozen, the claims too: the requests of a login share it. */
export type LoginFacts = Omit<LoginRecord, 'accessToken' | 'idToken' | 'refreshToken' | 'otherTokens'>

/** A record that was opened. */
export interface OpenedRecord {
  readonly id: string
  /** As stored. */
  readonly sealed: string
  readonly facts: LoginFacts
  /** Deciphered when it is read for the first time, where this process has opened the same bytes before. */
  readonly record: LoginRecord
}

/** Seals and opens records, and judges whether one still counts. */
export interface LoginRecordFormat {
  seal(record: LoginRecord, id: string): string
  /** Undefined when it was changed, was stored under another id, or was sealed with a secret that is gone. */
  open(sealed: string, id: string): OpenedRecord | undefined
  /** When the record ends if nothing more happens. */
  expiresAt(record: LoginFacts): number
}

type Decipher = (sealed: string, id: string) => LoginRecord | undefined

/** Of the record's form: one of another version counts as signed out, here and in releases that do not know it. */
const formatVersion = 2

/** Makes the format of one middleware. */
export function createLoginRecordFormat({
  secrets,
  session,
}: Pick<Settings, 'secrets' | 'session'>): LoginRecordFormat {
  const seal = createSeal(secrets)
  const opened = createOpenedRecords<LoginFacts>()

  const decipher: Decipher = (sealed, id) => {
    const plaintext = seal.open(sealed, { purpose: 'login-record', id })
    return plaintext === undefined ? undefined : fromStoredJson<LoginRecord>(plaintext, formatVersion)
  }

  return {
    seal: (record, id) => seal.seal(toStoredJson(record, formatVersion), { purpose: 'login-record', id }),

    open(sealed, id) {
      const known = opened.find(id, sealed)
      if (known !== undefined) return new RecordOpenedBefore(id, known, decipher)
      const record = decipher(sealed, id)
      if (record === undefined) return undefined
      const facts = withoutTokens(record)
      opened.add(id, sealed, facts, freezeDeeply(facts))
      return { id, sealed, facts, record }
    },

    // By stored instants: what a browser or a store makes of a lifetime does not count (threat V11).
    expiresAt: ({ loginAt, seenAt, claims }) =>
      Math.min(loginAt + session.absoluteSeconds, seenAt + session.idleSeconds, sessionExpiry(claims)),
  }
}

/** The provider's own limit (IPSIE Session Lifetime profile); one that cannot be read has passed. */
export function sessionExpiry({ session_expiry: expiry }: Claims): number {
  if (expiry === undefined) return Number.POSITIVE_INFINITY
  return typeof expiry === 'number' ? expiry : 0
}

/** The record without its tokens, frozen. */
export function factsOf(record: LoginRecord): LoginFacts {
  const facts = withoutTokens(record)
  freezeDeeply(facts)
  return facts
}

function withoutTokens(record: LoginRecord): LoginFacts {
  const { accessToken: _access, idToken: _id, refreshToken: _refresh, otherTokens: _others, ...facts } = record
  return facts
}

/** Gives the number of values in it. By a list and not by calling itself: claims may be nested deeper than the stack. */
function freezeDeeply(value: object): number {
  const values: unknown[] = [value]
  for (const each of values) {
    if (typeof each !== 'object' || each === null) continue
    for (const member of Object.values(Object.freeze(each))) values.push(member)
  }
  return values.length
}

/** Tokens are deciphered when they are read. */
class RecordOpenedBefore implements OpenedRecord {
  readonly id: string
  readonly sealed: string
  readonly facts: LoginFacts
  declare readonly record: LoginRecord
  readonly #decipher: Decipher
  #record: LoginRecord | undefined

  constructor(id: string, { sealed, facts }: Opened<LoginFacts>, decipher: Decipher) {
    this.id = id
    this.sealed = sealed
    this.facts = facts
    this.#decipher = decipher
    Object.defineProperty(this, 'record', RecordOpenedBefore.#recordProperty)
  }

  // One function for all records, as in guards/user.ts.
  static readonly #recordProperty: PropertyDescriptor & ThisType<RecordOpenedBefore> = {
    enumerable: true,
    get() {
      this.#record ??= this.#decipher(this.sealed, this.id) as LoginRecord // the same bytes were opened before
      return this.#record
    },
  }
}
