// The contract of get, set, delete and getMany.
import assert from 'node:assert/strict'
import {
  assertExpires,
  caseOf,
  lifeOf,
  longLife,
  newKey,
  type StoreContractCase,
  untilExpired,
} from './store-under-test.ts'

const values: readonly StoreContractCase[] = [
  {
    name: 'returns the value that was set',
    async run(store) {
      const key = newKey()
      await store.set(key, 'value', lifeOf(longLife))
      assert.equal(await store.get(key), 'value')
    },
  },
  {
    name: 'answers undefined for a key that was never set',
    async run(store) {
      assert.equal(await store.get(newKey()), undefined)
    },
  },
  {
    name: 'replaces the value that is there by a newer one',
    async run(store) {
      const key = newKey()
      await store.set(key, 'older', lifeOf(longLife))
      await store.set(key, 'newer', lifeOf(longLife))
      assert.equal(await store.get(key), 'newer')
    },
  },
  {
    name: 'forgets a deleted value',
    async run(store) {
      const key = newKey()
      await store.set(key, 'value', lifeOf(longLife))
      await store.delete(key)
      assert.equal(await store.get(key), undefined)
    },
  },
  {
    name: 'deletes what is not there without an error',
    async run(store) {
      await store.delete(newKey())
    },
  },
  {
    name: 'keeps 200 kB as they are',
    async run(store) {
      const key = newKey()
      const value = Array.from({ length: 20_000 }, (_, index) => `${index}`.padStart(10, '.')).join('')
      await store.set(key, value, lifeOf(longLife))
      // Not assert.equal: its message would hold all of both.
      assert.ok((await store.get(key)) === value, 'the value came back changed')
    },
  },
  {
    name: 'keeps text of any script, with quotes, backslashes and line ends',
    async run(store) {
      const key = newKey()
      const value = '\u00e9\u4e16\u{1f511}\u2028 "quoted" \'single\' \\ %s $1 {"a":1}\r\n\t '
      await store.set(key, value, lifeOf(longLife))
      assert.equal(await store.get(key), value)
    },
  },
]

const keys: readonly StoreContractCase[] = [
  {
    name: 'keeps keys apart that are alike',
    async run(store) {
      const key = newKey()
      const endings = ['', ':', ':a', ':A', ':a:', ':a%3A', ':a*', ':ab', ':a b', '\u00e9', 'e\u0301']
      for (const ending of endings) await store.set(key + ending, `of ${ending}`, lifeOf(longLife))
      for (const ending of endings) assert.equal(await store.get(key + ending), `of ${ending}`)
      await store.delete(`${key}:a`)
      assert.equal(await store.get(`${key}:a`), undefined)
      assert.equal(await store.get(`${key}:A`), 'of :A')
    },
  },
  {
    name: 'accepts keys with punctuation, spaces and any script',
    async run(store) {
      for (const part of [':', '::', '%', '%00', '*?[a]', '"\'\\', '$1;--', '{tag}', 'a b', '\u4e16\u{1f511}']) {
        const key = `${newKey()}${part}end`
        await store.set(key, part, lifeOf(longLife))
        assert.equal(await store.get(key), part)
        await store.delete(key)
        assert.equal(await store.get(key), undefined)
      }
    },
  },
]

const expiry: readonly StoreContractCase[] = [
  {
    name: 'keeps a value until it expires, and not much longer',
    async run(store) {
      const key = newKey()
      const life = lifeOf(2)
      await store.set(key, 'value', life)
      await assertExpires(store, key, life)
    },
  },
  {
    name: 'counts a value whose expiry has passed as absent',
    async run(store) {
      for (const life of [lifeOf(-10), { expiresAt: 1 }, { expiresAt: 0 }]) {
        const key = newKey()
        await store.set(key, 'value', life)
        assert.equal(await store.get(key), undefined)
        await store.set(key, 'older', lifeOf(longLife))
        await store.set(key, 'newer', life)
        assert.equal(await store.get(key), undefined)
      }
    },
  },
  {
    name: 'gives a value that is set again its new expiry',
    async run(store) {
      const [longer, shorter] = [newKey(), newKey()]
      const short = lifeOf(1.5)
      await store.set(longer, 'value', short)
      await store.set(longer, 'value', lifeOf(longLife))
      await store.set(shorter, 'value', lifeOf(longLife))
      await store.set(shorter, 'value', short)
      await assertExpires(store, shorter, short)
      await untilExpired(short)
      assert.equal(await store.get(longer), 'value')
    },
  },
]

const many: readonly StoreContractCase[] = [
  caseOf('getMany', 'answers in the order of the keys, undefined where there is no value', async (store) => {
    const [first, second, absent, expired] = [newKey(), newKey(), newKey(), newKey()]
    await store.set(second, '2', lifeOf(longLife))
    await store.set(first, '1', lifeOf(longLife))
    await store.set(expired, '3', lifeOf(-10))
    const found = await store.getMany([first, absent, second, expired, first])
    assert.deepEqual([...found], ['1', undefined, '2', undefined, '1'])
  }),
  caseOf('getMany', 'answers no keys with no values', async (store) => {
    assert.deepEqual([...(await store.getMany([]))], [])
  }),
]

/** Plain reading and writing. */
export const valueCases: readonly StoreContractCase[] = [...values, ...keys, ...expiry, ...many]
