// The contract finds the faults that stores have: for each there is a store with it, and the case that must notice.
import { memoryStore, type Store } from 'express-relying-party'
import { storeContract } from 'express-relying-party/testing'
import { describe, expect, it } from 'vitest'

const pause = () => new Promise((resolve) => setTimeout(resolve, 5))
const later = Date.now() / 1000 + 3600

type Fault = [fault: string, breaks: (store: Required<Store>) => Partial<Store>, caseName: string]

const faults: readonly Fault[] = [
  ['loses what is written', () => ({ set: async () => {} }), 'returns the value that was set'],
  [
    'answers the empty text for nothing',
    (store) => ({ get: async (key) => (await store.get(key)) ?? '' }),
    'answers undefined for a key that was never set',
  ],
  [
    'keeps the first value',
    (store) => ({
      set: async (key, value, life) => {
        await store.setIfAbsent(key, value, life)
      },
    }),
    'replaces the value that is there by a newer one',
  ],
  ['swallows a failed delete', () => ({ delete: async () => {} }), 'forgets a deleted value'],
  [
    'wants to have what it deletes',
    (store) => ({
      delete: async (key) => {
        if ((await store.get(key)) === undefined) throw new Error('not found')
        await store.delete(key)
      },
    }),
    'deletes what is not there without an error',
  ],
  [
    'cuts long values',
    (store) => ({ set: (key, value, life) => store.set(key, value.slice(0, 65_535), life) }),
    'keeps 200 kB as they are',
  ],
  [
    'writes Latin-1',
    (store) => ({ set: (key, value, life) => store.set(key, Buffer.from(value, 'latin1').toString('latin1'), life) }),
    'keeps text of any script, with quotes, backslashes and line ends',
  ],
  [
    'does not tell cases of letters apart',
    (store) => ({
      get: (key) => store.get(key.toLowerCase()),
      set: (key, value, life) => store.set(key.toLowerCase(), value, life),
    }),
    'keeps keys apart that are alike',
  ],
  [
    'refuses keys that are no file names',
    (store) => ({
      set: async (key, value, life) => {
        if (/[*"]/.test(key)) throw new Error('invalid name')
        await store.set(key, value, life)
      },
    }),
    'accepts keys with punctuation, spaces and any script',
  ],
  [
    'forgets too early',
    (store) => ({ set: (key, value, { expiresAt }) => store.set(key, value, { expiresAt: expiresAt - 1.5 }) }),
    'keeps a value until it expires, and not much longer',
  ],
  [
    'ignores the expiry',
    (store) => ({ set: (key, value) => store.set(key, value, { expiresAt: later }) }),
    'keeps a value until it expires, and not much longer',
  ],
  [
    'ignores an expiry in the past',
    (store) => ({
      set: async (key, value, life) => {
        if (life.expiresAt > Date.now() / 1000) await store.set(key, value, life)
      },
    }),
    'counts a value whose expiry has passed as absent',
  ],
  ['keeps the first expiry', keepsFirstExpiry, 'gives a value that is set again its new expiry'],
  [
    'answers many without the gaps',
    (store) => ({ getMany: async (keys) => (await store.getMany(keys)).filter((value) => value !== undefined) }),
    'getMany answers in the order of the keys, undefined where there is no value',
  ],
  [
    'cannot ask for none',
    (store) => ({
      getMany: async (keys) => {
        if (keys.length === 0) throw new Error('syntax error at or near ")"')
        return await store.getMany(keys)
      },
    }),
    'getMany answers no keys with no values',
  ],
  [
    'claims to have written',
    () => ({ setIfAbsent: async () => true }),
    'setIfAbsent writes where there is no value, and says so',
  ],
  [
    'overwrites what is there',
    (store) => ({
      setIfAbsent: async (key, value, life) => {
        const isAbsent = (await store.get(key)) === undefined
        await store.set(key, value, life)
        return isAbsent
      },
    }),
    'setIfAbsent leaves the value that is there, and says so',
  ],
  [
    'looks first and writes later',
    (store) => ({
      setIfAbsent: async (key, value, life) => {
        if ((await store.get(key)) !== undefined) return false
        await pause()
        await store.set(key, value, life)
        return true
      },
    }),
    'setIfAbsent lets exactly one of 50 at once write',
  ],
  ['remembers what was deleted', claimsOnce, 'setIfAbsent writes again after a deletion'],
  ['remembers what has expired', claimsOnce, 'setIfAbsent expires, and writes again then'],
  ['never replaces', () => ({ replace: async () => false }), 'replace writes where the expected value is, and says so'],
  ['does not compare', replacesAnything, 'replace leaves another value alone, and says so'],
  [
    'compares first and writes later',
    (store) => ({
      replace: async (key, value, life) => {
        if ((await store.get(key)) !== life.expected) return false
        await pause()
        await store.set(key, value, life)
        return true
      },
    }),
    'replace lets exactly one of 50 at once write',
  ],
  ['replaces a deleted value', replacesAnything, 'replace never brings back a deleted value'],
  ['replaces an expired value', replacesAnything, 'replace never brings back an expired value'],
  ['replaces the value without its expiry', keepsFirstExpiry, 'replace gives the value its new expiry'],
]

describe.each(faults)('a store that %s', (_fault, breaks, caseName) => {
  const store = memoryStore()
  // All begin here, at once, because the ones about expiry mostly wait.
  const outcome = caseNamed(caseName).run({ ...store, ...breaks(store) })
  outcome.catch(() => {})

  it(`breaks the rule "${caseName}"`, async () => {
    await expect(outcome).rejects.toThrow()
  })
})

describe('storeContract', () => {
  it('has a broken store for every case', () => {
    const broken = new Set(faults.map(([, , caseName]) => caseName))
    expect(storeContract.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([])
  })

  it('has names that differ', () => {
    expect(new Set(storeContract.map(({ name }) => name)).size).toBe(storeContract.length)
  })

  it('passes over the operations that a store need not have', async () => {
    const { get, set, delete: remove } = memoryStore()
    await Promise.all(storeContract.map(({ run }) => run({ get, set, delete: remove })))
  })
})

function caseNamed(name: string) {
  const found = storeContract.find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no case "${name}"`)
  return found
}

/** As a store that updates the value only. */
function keepsFirstExpiry(store: Required<Store>): Partial<Store> {
  const first = new Map<string, number>()
  const lifeOf = (key: string, expiresAt: number) => {
    first.set(key, first.get(key) ?? expiresAt)
    return { expiresAt: first.get(key) ?? expiresAt }
  }
  return {
    set: (key, value, { expiresAt }) => store.set(key, value, lifeOf(key, expiresAt)),
    replace: (key, value, { expected, expiresAt }) =>
      store.replace(key, value, { expected, ...lifeOf(key, expiresAt) }),
  }
}

/** As a store that locks by a mark of its own, which nothing removes. */
function claimsOnce(store: Required<Store>): Partial<Store> {
  const claimed = new Set<string>()
  return {
    setIfAbsent: async (key, value, life) => {
      if (claimed.has(key)) return false
      claimed.add(key)
      return await store.setIfAbsent(key, value, life)
    },
  }
}

function replacesAnything(store: Required<Store>): Partial<Store> {
  return {
    replace: async (key, value, life) => {
      await store.set(key, value, life)
      return true
    },
  }
}
