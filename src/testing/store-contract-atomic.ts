// The contract of setIfAbsent and replace.
import assert from 'node:assert/strict'
import {
  assertExpires,
  type ContractStore,
  caseOf,
  fiftyAtOnce,
  lifeOf,
  longLife,
  newKey,
  type StoreContractCase,
  untilExpired,
} from './store-under-test.ts'

const setIfAbsentCases: readonly StoreContractCase[] = [
  caseOf('setIfAbsent', 'writes where there is no value, and says so', async (store) => {
    const key = newKey()
    assert.equal(await store.setIfAbsent(key, 'value', lifeOf(longLife)), true)
    assert.equal(await store.get(key), 'value')
  }),
  caseOf('setIfAbsent', 'leaves the value that is there, and says so', async (store) => {
    const key = newKey()
    await store.set(key, 'first', lifeOf(longLife))
    assert.equal(await store.setIfAbsent(key, 'second', lifeOf(longLife)), false)
    assert.equal(await store.get(key), 'first')
  }),
  caseOf('setIfAbsent', 'lets exactly one of 50 at once write', async (store) => {
    const key = newKey()
    const tries = await fiftyAtOnce((value) => store.setIfAbsent(key, value, lifeOf(longLife)))
    await assertOneWon(store, key, tries)
  }),
  caseOf('setIfAbsent', 'writes again after a deletion', async (store) => {
    const key = newKey()
    await store.setIfAbsent(key, 'first', lifeOf(longLife))
    await store.delete(key)
    assert.equal(await store.setIfAbsent(key, 'second', lifeOf(longLife)), true)
    assert.equal(await store.get(key), 'second')
  }),
  caseOf('setIfAbsent', 'expires, and writes again then', async (store) => {
    const key = newKey()
    const life = lifeOf(1.5)
    await store.setIfAbsent(key, 'first', life)
    await assertExpires(store, key, life)
    assert.equal(await store.setIfAbsent(key, 'second', lifeOf(longLife)), true)
    assert.equal(await store.get(key), 'second')
  }),
]

const replaceCases: readonly StoreContractCase[] = [
  caseOf('replace', 'writes where the expected value is, and says so', async (store) => {
    const key = newKey()
    await store.set(key, 'first', lifeOf(longLife))
    assert.equal(await store.replace(key, 'second', { ...lifeOf(longLife), expected: 'first' }), true)
    assert.equal(await store.get(key), 'second')
  }),
  caseOf('replace', 'leaves another value alone, and says so', async (store) => {
    const key = newKey()
    await store.set(key, 'first', lifeOf(longLife))
    assert.equal(await store.replace(key, 'second', { ...lifeOf(longLife), expected: 'other' }), false)
    assert.equal(await store.get(key), 'first')
  }),
  caseOf('replace', 'lets exactly one of 50 at once write', async (store) => {
    const key = newKey()
    await store.set(key, 'first', lifeOf(longLife))
    const tries = await fiftyAtOnce((value) => store.replace(key, value, { ...lifeOf(longLife), expected: 'first' }))
    await assertOneWon(store, key, tries)
  }),
  caseOf('replace', 'never brings back a deleted value', async (store) => {
    const key = newKey()
    await store.set(key, 'first', lifeOf(longLife))
    await store.delete(key)
    assert.equal(await store.replace(key, 'second', { ...lifeOf(longLife), expected: 'first' }), false)
    assert.equal(await store.get(key), undefined)
  }),
  caseOf('replace', 'never brings back an expired value', async (store) => {
    const key = newKey()
    const life = lifeOf(1.5)
    await store.set(key, 'first', life)
    await assertExpires(store, key, life)
    assert.equal(await store.replace(key, 'second', { ...lifeOf(longLife), expected: 'first' }), false)
    assert.equal(await store.get(key), undefined)
  }),
  caseOf('replace', 'gives the value its new expiry', async (store) => {
    const [longer, shorter] = [newKey(), newKey()]
    const first = lifeOf(2.5)
    await store.set(longer, 'first', first)
    assert.equal(await store.replace(longer, 'second', { ...lifeOf(longLife), expected: 'first' }), true)
    await store.set(shorter, 'first', lifeOf(longLife))
    const short = lifeOf(1.5)
    assert.equal(await store.replace(shorter, 'second', { ...short, expected: 'first' }), true)
    await assertExpires(store, shorter, short)
    await untilExpired(first)
    assert.equal(await store.get(longer), 'second')
  }),
]

async function assertOneWon(
  store: ContractStore,
  key: string,
  tries: readonly { value: string; wrote: boolean }[],
): Promise<void> {
  const winners = tries.filter(({ wrote }) => wrote)
  assert.equal(winners.length, 1, `${winners.length} of ${tries.length} were told that they wrote`)
  assert.equal(await store.get(key), winners[0]?.value, 'the value is not that of the one who was told so')
}

/** What keeps several processes apart. */
export const atomicCases: readonly StoreContractCase[] = [...setIfAbsentCases, ...replaceCases]
