// The shape of a store for the contract test, and what its cases have in common.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a store keeps a value: until `expiresAt`, in seconds since 1970. */
export interface ContractLife {
  readonly expiresAt: number
}

/** What {@link storeContract} tests: every `Store` of `express-relying-party` is one. */
export interface ContractStore {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, life: ContractLife): Promise<void>
  delete(key: string): Promise<void>
  setIfAbsent?(key: string, value: string, life: ContractLife): Promise<boolean>
  replace?(key: string, value: string, life: ContractLife & { readonly expected: string }): Promise<boolean>
  getMany?(keys: readonly string[]): Promise<readonly (string | undefined)[]>
}

/** One rule that every store has to keep. */
export interface StoreContractCase {
  /** The rule, as a sentence. */
  readonly name: string
  /** Tries it; rejects with an `AssertionError` when the store breaks it, and with the store's error when that fails. */
  readonly run: (store: ContractStore) => Promise<void>
}

/** A case about an optional operation: a store that lacks the operation passes, because it need not have it. */
export function caseOf<Operation extends 'setIfAbsent' | 'replace' | 'getMany'>(
  operation: Operation,
  name: string,
  run: (store: ContractStore & Required<Pick<ContractStore, Operation>>) => Promise<void>,
): StoreContractCase {
  const has = (store: ContractStore): store is ContractStore & Required<Pick<ContractStore, Operation>> =>
    store[operation] !== undefined
  return {
    name: `${operation} ${name}`,
    run: async (store) => {
      if (has(store)) await run(store)
    },
  }
}

/** A key that no other run on the same server has. */
export function newKey(): string {
  return `relying-party:contract:${randomUUID()}`
}

/** A life that ends in so many seconds; negative for one that has ended. */
export function lifeOf(seconds: number): ContractLife {
  return { expiresAt: now() + seconds }
}

/** Long enough for every case, short enough to leave a shared server clean. */
export const longLife: number = 120

/** Stores that count in whole seconds may be early by less than one, and late by less than two. */
const earlySeconds = 1
const lateSeconds = 2

/** Waits until the value is gone; rejects when that is not about when it has to be. */
export async function assertExpires(store: ContractStore, key: string, { expiresAt }: ContractLife): Promise<void> {
  for (;;) {
    const askedAt = now()
    const value = await store.get(key)
    if (value === undefined) break
    assert.ok(askedAt <= expiresAt + lateSeconds, `the value is still there ${lateSeconds} s after it has expired`)
    await pause(50)
  }
  assert.ok(now() >= expiresAt - earlySeconds, 'the value is gone before it expires')
}

/** Waits until a value of this life is gone from every store. */
export async function untilExpired({ expiresAt }: ContractLife): Promise<void> {
  await pause(Math.max(0, expiresAt + 1 - now()) * 1000)
}

/** Runs an operation 50 times at once; its values are all different. */
export async function fiftyAtOnce(
  operation: (value: string) => Promise<boolean>,
): Promise<{ value: string; wrote: boolean }[]> {
  const values = Array.from({ length: 50 }, () => randomUUID())
  return await Promise.all(values.map(async (value) => ({ value, wrote: await operation(value) })))
}

function now(): number {
  return Date.now() / 1000
}
