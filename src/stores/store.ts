// The store interface: where login records live. Small, so that anyone can write one.

/**
 * Keeps sealed login records. Values are opaque text; a store need not and cannot read them.
 *
 * Every method rejects when the store fails: a store that answers `undefined` for "I could not look" would sign
 * people out, and one that swallows a failed `delete` would keep them signed in.
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
  /** Writes or replaces a value; from `expiresAt` on (NumericDate, seconds) it need not be kept. */
  set(key: string, value: string, options: { readonly expiresAt: number }): Promise<void>
  /** Removes the value; removing what is not there is no error. */
  delete(key: string): Promise<void>
}
