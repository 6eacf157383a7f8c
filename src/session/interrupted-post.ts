// A form that was posted when the login had ended: sealed in the store for an hour, found by the session, taken once.
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import type { Claims } from '../protocol/claims.ts'
import { randomText } from '../random.ts'
import { epochsToEnd } from './epochs.ts'
import { requireSession, saveSession, shortenLife } from './express-session.ts'
import type { OneTime } from './one-time.ts'
import type { RecordStore } from './record-store.ts'
import { createSeal } from './seal.ts'
import { fromStoredJson, toStoredJson } from './stored-json.ts'

/** What is needed to send a form again. */
export interface InterruptedPost {
  /** The local path, with its query, that it was posted to. */
  readonly action: string
  /** Its fields, as application/x-www-form-urlencoded. */
  readonly form: string
  /** Says that the page on which it is confirmed is ours. */
  readonly token: string
  readonly createdAt: number
}

/** The one form that a browser may have waiting. Everything rejects with `ERR_RP_STORE` when a store fails. */
export interface InterruptedPosts {
  /** Keeps a form in the place of an earlier one, and saves the session. */
  keep(request: HttpRequest, post: Pick<InterruptedPost, 'action' | 'form'>): Promise<void>
  /** The form of this browser; undefined when there is none, or when it is too old. */
  find(request: HttpRequest): Promise<InterruptedPost | undefined>
  /** Takes it out for good, before anything is done with it: true for the first who does. */
  take(request: HttpRequest): Promise<boolean>
}

/** Of the form that is sealed: one of another version counts as absent. 0.1 wrote none, which means the first. */
const formatVersion = 1
/** As long as the login may take that stands in between. */
const lifeSeconds = 3600

/** Makes the memory of one middleware. */
export function createInterruptedPosts(
  { secrets, clock }: Pick<Settings, 'secrets' | 'clock'>,
  recordStore: RecordStore,
  used: OneTime,
): InterruptedPosts {
  const seal = createSeal(secrets)

  return {
    async keep(request, { action, form }) {
      const session = requireSession(request)
      const store = recordStore(request)
      const earlier = idOf(request)
      const id = randomText(32)
      const token = randomText(32)
      const post: InterruptedPost = { action, form, token, createdAt: clock() }
      const sealed = seal.seal(toStoredJson(post, formatVersion), contextOf(id))
      await store.set(keyOf(id), sealed, { expiresAt: post.createdAt + lifeSeconds })
      shortenLife(session)
      session.relyingParty = { ...session.relyingParty, interruptedPost: id }
      await saveSession(request)
      if (earlier !== undefined) await store.delete(keyOf(earlier)) // one at most: the newest (threat V14)
    },

    async find(request) {
      const id = idOf(request)
      const sealed = id === undefined ? undefined : await recordStore(request).get(keyOf(id))
      if (id === undefined || sealed === undefined) return undefined
      const plaintext = seal.open(sealed, contextOf(id))
      const post = plaintext === undefined ? undefined : fromStoredJson<InterruptedPost>(plaintext, formatVersion)
      return post !== undefined && clock() - post.createdAt < lifeSeconds ? post : undefined
    },

    async take(request) {
      const id = idOf(request)
      if (id === undefined) return false
      // The session alone cannot keep two requests of one moment apart, least of all in two processes.
      const isFirst = await used.take(request, id, clock() + lifeSeconds)
      if (isFirst) await forget(request, id)
      return isFirst
    },
  }

  async function forget(request: HttpRequest, id: string): Promise<void> {
    const session = requireSession(request)
    const { interruptedPost: _taken, ...rest } = session.relyingParty ?? {}
    await recordStore(request).delete(keyOf(id))
    session.relyingParty = rest
    await saveSession(request)
  }
}

/**
 * Whether who signs in now may be asked about the form of this session: the person whose login had ended, which its id
 * still says when its record is gone; or the first to sign in, where nobody had been.
 */
export function isPostOf({ iss, sub }: Claims, earlierLogin: string | undefined): boolean {
  if (earlierLogin === undefined) return true
  const names = earlierLogin.split('.').slice(1)
  return sub !== undefined && epochsToEnd({ iss, sub }).some((name) => names.includes(name))
}

function idOf(request: HttpRequest): string | undefined {
  const id = requireSession(request).relyingParty?.interruptedPost
  return typeof id === 'string' ? id : undefined
}

function keyOf(id: string): string {
  return `relying-party:interrupted-post:${id}`
}

function contextOf(id: string) {
  return { purpose: 'interrupted-post', id } as const
}
