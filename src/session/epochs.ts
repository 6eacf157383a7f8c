// Ends logins by instants, not by lists: whatever began before the epoch of its person or provider session is over.
import { createHash } from 'node:crypto'
import type { Claims } from '../protocol/claims.ts'

/**
 * Whose logins end: by `sid` that one session at the provider, and with `sub` beside it also the logins of that person
 * whose ID token named no session; by `sub` alone all logins of that person there.
 */
export type LogoutTarget =
  | { readonly iss: string; readonly sub: string; readonly sid?: undefined }
  | { readonly iss: string; readonly sid: string; readonly sub?: string | undefined }

const prefix = 'relying-party:epoch:'

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

/** The key under which an epoch is stored: its value is a NumericDate, "not valid before". */
export function epochKey(name: string): string {
  return prefix + name
}

/** Whether a login that began then is over; an epoch that cannot be read ends it. */
export function isOver(loginAt: number, epoch: string | undefined): boolean {
  return epoch !== undefined && !(loginAt > Number(epoch))
}

/** 96 bits of a hash: no two people or sessions share one, and a dump of the store names nobody. */
function nameOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
}
