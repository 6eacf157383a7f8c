// Ends logins by instants, not by lists: whatever began before the epoch of its person or provider session is over.
import { hash } from 'node:crypto'
import { withoutSlash } from '../options-settings.ts'
import type { Claims } from '../protocol/claims.ts'
import { randomText } from '../random.ts'
import type { CompleteStore } from '../stores/complete-store.ts'
import type { StoreLife } from '../stores/store.ts'
import { notWritten } from './record-store.ts'

/**
 * Whose logins end: by `sid` that one session at the provider, and with `sub` beside it also the logins of that person
 * whose ID token named no session; by `sub` alone all logins of that person there.
 */
export type LogoutTarget =
  | { readonly iss: string; readonly sub: string; readonly sid?: undefined }
  | { readonly iss: string; readonly sid: string; readonly sub?: string | undefined }

const prefix = 'relying-party:epoch:'
/** More than can write at the same moment: a store that never writes must not hold us for ever. */
const mostTries = 100

/** The epochs that a login is under, for its id: so that one read of the store brings the record and them. */
export function epochsOf({ iss, sub, sid }: Claims): string[] {
  const person = sub === undefined ? [] : [nameOf('sub', iss, sub)]
  if (typeof sid === 'string') return [...person, nameOf('sid', iss, sid)]
  return sub === undefined ? [] : [...person, nameOf('sub without sid', iss, sub)]
}

/** The epochs that a logout sets. */
export function epochsToEnd({ iss, sub, sid }: LogoutTarget): string[] {
  if (sid === undefined) return [nameOf('sub', iss, sub)]
  return [nameOf('sid', iss, sid), ...(sub === undefined ? [] : [nameOf('sub without sid', iss, sub)])]
}

/** The key under which an epoch is stored: its value begins with a NumericDate, "not valid before". */
export function epochKey(name: string): string {
  return prefix + name
}

/** Whether a login that began then is over; an epoch that cannot be read ends it. */
export function isOver(loginAt: number, epoch: string | undefined): boolean {
  return epoch !== undefined && !(loginAt > instantOf(epoch))
}

/** Sets an epoch, and never an earlier one: a write that comes late must not bring logins back. */
export async function raiseEpoch(
  store: CompleteStore,
  name: string,
  { instant, expiresAt }: StoreLife & { readonly instant: number },
): Promise<void> {
  const key = epochKey(name)
  const value = `${instant} ${randomText(9)}` // no two writes are alike (stores/store.ts)
  for (let tries = 0; tries < mostTries; tries += 1) {
    const current = await store.get(key)
    if (current !== undefined && instantOf(current) >= instant) return
    const isWritten =
      current === undefined
        ? await store.setIfAbsent(key, value, { expiresAt })
        : await store.replace(key, value, { expected: current, expiresAt })
    if (isWritten) return // else somebody else was faster: is theirs as late?
  }
  throw notWritten('The sign-out')
}

/** NaN, which is neither before nor after, when it cannot be read. */
function instantOf(epoch: string): number {
  return Number(/^(\d+(?:\.\d+)?)(?: |$)/.exec(epoch)?.[1])
}

/** 96 bits of a hash: no two people or sessions share one, and a dump of the store names nobody. */
function nameOf(kind: string, iss: string, id: string): string {
  return hash('sha256', JSON.stringify([kind, withoutSlash(iss), id]), 'base64url').slice(0, 16)
}
