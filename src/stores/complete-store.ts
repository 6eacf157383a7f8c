// A store with every operation: those that it lacks are done here, one after the other, within this process.
import type { Store } from './store.ts'
import { createTurns, type InTurn } from './turns.ts'

/** What the session code works with. */
export interface CompleteStore extends Required<Store> {
  /** Whether `setIfAbsent` and `replace` hold across processes. */
  readonly isAtomic: boolean
}

/** Completes a store. */
export function completeStore(store: Store): CompleteStore {
  const { setIfAbsent, replace, getMany } = store
  const isAtomic = setIfAbsent !== undefined && replace !== undefined
  // A write between the two halves of an operation of ours would be lost, so writes wait for their turn too.
  const inTurn = isAtomic ? atOnce : createTurns()
  return {
    isAtomic,
    get: async (key) => asText(await store.get(key)),
    set: (key, value, life) => inTurn(key, () => store.set(key, value, life)),
    delete: (key) => inTurn(key, () => store.delete(key)),
    getMany: async (keys) => {
      const values = await (getMany?.call(store, keys) ?? Promise.all(keys.map((key) => store.get(key))))
      return values.map(asText)
    },
    setIfAbsent: (key, value, life) =>
      inTurn(key, async () => {
        if (setIfAbsent !== undefined) return await setIfAbsent.call(store, key, value, life)
        if (asText(await store.get(key)) !== undefined) return false
        await store.set(key, value, life)
        return true
      }),
    replace: (key, value, life) =>
      inTurn(key, async () => {
        if (replace !== undefined) return await replace.call(store, key, value, life)
        if (asText(await store.get(key)) !== life.expected) return false
        await store.set(key, value, life)
        return true
      }),
  }
}

/** Redis clients say null for nothing. What is not text at all is something nobody can read, and not nothing. */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  return typeof value === 'string' ? value : 'not a text'
}

const atOnce: InTurn = (_key, act) => act()
