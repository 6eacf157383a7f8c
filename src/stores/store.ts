// The store interface: where login records live. Small, so that anyone can write one.

/** How long a store keeps a value. */
export interface StoreLife {
  /** NumericDate (seconds, fractions allowed): from then on the value counts as absent and need not be kept. */
  readonly expiresAt: number
}

/**
 * Keeps sealed login records, and short marks beside them. Values are opaque text; a store need not and cannot read
 * them.
 *
 * Every method rejects when the store fails: a store that answers `undefined` for "I could not look" would sign
 * people out, and one that swallows a failed `delete` would keep them signed in.
 *
 * `get`, `set` and `delete` are enough for one process. `setIfAbsent` and `replace` are what keeps several processes
 * from refreshing the same token twice; without them the middleware does the same within its own process, and says so
 * once. `storeContract` of `express-relying-party/testing` tests a store of your own.
 *
 * @example
 * ```ts
 * const records = new Map<string, { value: string; expiresAt: number }>()
 * const store: Store = {
 *   async get(key) {
 *     const record = records.get(key)
 *     return record !== undefined && record.expiresAt > Date.now() / 1000 ? record.value : undefined
 *   },
 *   async set(key, value, { expiresAt }) {
 *     records.set(key, { value, expiresAt })
 *   },
 *   async delete(key) {
 *     records.delete(key)
 *   },
 * }
 * ```
 */
export interface Store {
  /** The value under the key; undefined when there is none or it has expired. */
  get(key: string): Promise<string | undefined>
  /** Writes or replaces a value. */
  set(key: string, value: string, life: StoreLife): Promise<void>
  /** Removes the value; removing what is not there is no error. */
  delete(key: string): Promise<void>
  /**
   * Writes the value unless there is one, in one step that no other process can come between; whether it wrote. No two
   * calls have the same value, so a store may repeat a call whose answer got lost and take its own value for success.
   */
  setIfAbsent?(key: string, value: string, life: StoreLife): Promise<boolean>
  /** Writes the value if the one there is `expected`, in one such step; whether it wrote. Never brings back a deleted one. */
  replace?(key: string, value: string, life: StoreLife & { readonly expected: string }): Promise<boolean>
  /** The values under several keys, in their order, for a store that answers faster when asked once. */
  getMany?(keys: readonly string[]): Promise<readonly (string | undefined)[]>
}
