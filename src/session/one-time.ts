// What may be used once, in whichever process it turns up: the state of a login in flight, the jti of a Logout Token, a kept form.
import { hash } from 'node:crypto'
import type { HttpRequest } from '../http/messages.ts'
import { randomText } from '../random.ts'
import type { RecordStore } from './record-store.ts'

/** Remembers what was used, by its hash. */
export interface OneTime {
  /** True for the first who takes the value; it is remembered for as long as it could be used again. */
  take(request: HttpRequest | undefined, value: string, expiresAt: number): Promise<boolean>
  /** Whether somebody took it. */
  isTaken(request: HttpRequest, value: string): Promise<boolean>
}

/** Makes the memory of one purpose, so that a value of one is not taken for that of another. */
export function createOneTime(
  recordStore: RecordStore,
  purpose: 'state' | 'logout-token' | 'interrupted-post',
): OneTime {
  const keyOf = (value: string) => {
    return `relying-party:used:${purpose}:${hash('sha256', value, 'base64url')}`
  }
  return {
    // Every taker's mark is another: a store that repeats a command takes an equal one for its own (stores/store.ts).
    take: (request, value, expiresAt) => recordStore(request).setIfAbsent(keyOf(value), randomText(16), { expiresAt }),
    isTaken: async (request, value) => (await recordStore(request).get(keyOf(value))) !== undefined,
  }
}
