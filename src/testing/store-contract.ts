// The contract of a store as a list of test cases, for any test runner.
import { atomicCases } from './store-contract-atomic.ts'
import { valueCases } from './store-contract-values.ts'
import type { StoreContractCase } from './store-under-test.ts'

/**
 * What every store has to do, as cases for your test runner. A case rejects when the store breaks its rule.
 *
 * The cases of `setIfAbsent`, `replace` and `getMany` pass over a store that lacks the operation: it is optional. Every
 * case takes new random keys that expire within 2 minutes, so the cases may run at once, and on a server that others
 * use. A case about expiry takes up to 5 s, so give your runner a longer limit. The clocks of this machine and of the
 * store's must agree to a fraction of a second.
 *
 * @example
 * ```ts
 * import { storeContract } from 'express-relying-party/testing'
 * import { describe, it } from 'node:test'
 *
 * describe('myStore', () => {
 *   const store = memoryStore() // the store to test
 *   for (const { name, run } of storeContract) it(name, () => run(store))
 * })
 * ```
 */
export const storeContract: readonly StoreContractCase[] = [...valueCases, ...atomicCases]
