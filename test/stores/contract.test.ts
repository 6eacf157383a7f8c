// Every store keeps the contract, on the real servers.
import { randomUUID } from 'node:crypto'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import { memoryStore, postgresStore, redisStore, type Store } from 'express-relying-party'
import { storeContract } from 'express-relying-party/testing'
import session from 'express-session'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOneTime } from '../../src/session/one-time.ts'
import { createRecordStore } from '../../src/session/record-store.ts'
import { completeStore } from '../../src/stores/complete-store.ts'
import { expressSessionStore } from '../../src/stores/express-session-store.ts'
import { silentLog } from '../log-lines.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'

interface Servers {
  readonly redis: Awaited<ReturnType<typeof connectRedis>>
  readonly ioredis: Redis
  readonly prefixing: Redis
  readonly pool: Pool
  /** One for all: two that create their table at once fail. */
  readonly pgSession: Store
}

const stores: readonly [name: string, create: (servers: Servers) => Store][] = [
  ['memoryStore', () => memoryStore()],
  ['the MemoryStore of express-session', () => expressSessionStore(new session.MemoryStore())],
  ['a completed MemoryStore of express-session', () => completeStore(expressSessionStore(new session.MemoryStore()))],
  ['connect-redis', ({ redis }) => expressSessionStore(new RedisStore({ client: redis }))],
  ['a completed connect-redis', ({ redis }) => completeStore(expressSessionStore(new RedisStore({ client: redis })))],
  ['connect-pg-simple', ({ pgSession }) => pgSession],
  ['a completed connect-pg-simple', ({ pgSession }) => completeStore(pgSession)],
  ['redisStore with redis', ({ redis }) => redisStore(redis)],
  ['redisStore with ioredis', ({ ioredis }) => redisStore(ioredis, { prefix: 'shop:' })],
  ['redisStore with an ioredis that prefixes', ({ prefixing }) => redisStore(prefixing)],
  ['a completed redisStore', ({ redis }) => completeStore(redisStore(redis))],
  ['postgresStore', ({ pool }) => postgresStore(pool, { createTable: true })],
  ['postgresStore in another table', ({ pool }) => postgresStore(pool, { table: 'public.Logins', createTable: true })],
]

/** Of each store, what becomes of each case. All run at once, because the ones about expiry mostly wait. */
const outcomes = new Map<string, ReadonlyMap<string, Promise<void>>>()
const opened = new Map<string, Store>()
const cleanups: (() => unknown)[] = []

beforeAll(async () => {
  const [redisServer, postgresServer] = await Promise.all([startRedis(), startPostgres()])
  cleanups.push(redisServer.stop, postgresServer.stop)
  const redis = await connectRedis(redisServer.url)
  const ioredis = new Redis(redisServer.url)
  const prefixing = new Redis(redisServer.url, { keyPrefix: 'app:' })
  const pool = new Pool({ connectionString: postgresServer.url, max: 20 })
  cleanups.unshift(
    redis.close.bind(redis),
    () => ioredis.quit(),
    () => prefixing.quit(),
    () => pool.end(),
  )
  const PgSession = connectPgSimple(session)
  const pgSession = expressSessionStore(
    new PgSession({ pool, createTableIfMissing: true, pruneSessionInterval: false }),
  )
  const servers = { redis, ioredis, prefixing, pool, pgSession }
  for (const [name, create] of stores) opened.set(name, create(servers))
  for (const [name, store] of opened) outcomes.set(name, runAll(store))
})

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

describe.each(stores)('%s', (storeName) => {
  it.each(storeContract)('$name', async ({ name }) => {
    const outcome = outcomes.get(storeName)?.get(name)
    expect(outcome).toBeDefined()
    await outcome
  })

  it('gives a state, or the jti of a Logout Token, to one of 20 that take it at once (RFC 9700 section 4.7)', async () => {
    const store = opened.get(storeName)
    const used = createOneTime(createRecordStore({ log: silentLog, store }), 'state')
    const state = randomUUID()
    const take = () => used.take(undefined, state, Date.now() / 1000 + 60)
    const taken = await Promise.all(Array.from({ length: 20 }, take))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await take()).toBe(false)
  })
})

function runAll(store: Store): ReadonlyMap<string, Promise<void>> {
  const runs = storeContract.map(({ name, run }) => [name, run(store)] as const)
  // The test that waits for it reports it.
  for (const [, outcome] of runs) outcome.catch(() => {})
  return new Map(runs)
}

function connectRedis(url: string) {
  return createClient({ url }).connect()
}
