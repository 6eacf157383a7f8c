import { memoryStore, postgresStore, redisStore, relyingParty, type Store } from 'express-relying-party'
import { type ContractStore, storeContract } from 'express-relying-party/testing'
import { Cluster, Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient, createClientPool, createCluster } from 'redis'
import { describe, expectTypeOf, it } from 'vitest'

const required = { provider: { issuer: 'https://id.example' }, clientId: 'orders', baseUrl: 'https://app.example' }

describe('redisStore', () => {
  it('accepts the clients of redis and of ioredis without a cast', () => {
    redisStore(createClient())
    redisStore(createClient({ url: 'redis://redis.example', RESP: 3 }), { prefix: 'shop:' })
    redisStore(createClientPool())
    redisStore(new Redis())
    redisStore(new Cluster([]), { prefix: undefined })
  })

  it('is a store with the operations that keep processes apart', () => {
    const store = redisStore(new Redis())
    relyingParty({ ...required, store })
    expectTypeOf(store.setIfAbsent).returns.toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(store.replace).returns.toEqualTypeOf<Promise<boolean>>()
  })

  it('refuses what is no such client', () => {
    // @ts-expect-error: the URL alone
    redisStore('redis://redis.example')
    // @ts-expect-error: its sendCommand wants to know the key
    redisStore(createCluster({ rootNodes: [] }))
    // @ts-expect-error: a pool of PostgreSQL
    redisStore(new Pool())
    // @ts-expect-error: no such option
    redisStore(new Redis(), { keyPrefix: 'shop:' })
  })
})

describe('postgresStore', () => {
  it('accepts a pool of pg without a cast', () => {
    const store = postgresStore(new Pool(), { table: 'auth.logins', createTable: true })
    relyingParty({ ...required, store })
    expectTypeOf(store).toEqualTypeOf<Required<Store>>()
  })

  it('refuses what is no pool', () => {
    // @ts-expect-error: the URL alone
    postgresStore('postgres://postgres.example')
    // @ts-expect-error: a client of Redis
    postgresStore(new Redis())
    // @ts-expect-error: no such option
    postgresStore(new Pool(), { tableName: 'logins' })
  })
})

describe('storeContract', () => {
  it('takes every store', () => {
    expectTypeOf<Store>().toExtend<ContractStore>()
    expectTypeOf<ContractStore>().toExtend<Store>()
    for (const { name, run } of storeContract) {
      expectTypeOf(name).toBeString()
      expectTypeOf(run(memoryStore())).toEqualTypeOf<Promise<void>>()
    }
  })

  it('refuses what lacks an operation', () => {
    const { get, set } = memoryStore()
    // @ts-expect-error: nothing deletes
    void storeContract[0]?.run({ get, set })
  })
})
