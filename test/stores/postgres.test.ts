// postgresStore: its table, its sweep, and a database that ends connections or restarts.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type PostgresPool, postgresStore } from 'express-relying-party'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

const life = (seconds = 60) => ({ expiresAt: Date.now() / 1000 + seconds })

let server: PostgresServer
let pools: Pool[] = []
let table: string

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

beforeEach(() => {
  table = `logins_${randomUUID().replaceAll('-', '')}`
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(pools.map((pool) => pool.end()))
  pools = []
})

function open(options = ''): Pool {
  const pool = new Pool({ connectionString: server.url, options })
  pool.on('error', () => {})
  pools.push(pool)
  return pool
}

async function count(): Promise<number> {
  const { rows } = await open().query(`select count(*)::int as count from ${table}`)
  return rows[0].count
}

describe('the table', () => {
  it('is created once when many processes start at once, with its index', async () => {
    const stores = Array.from({ length: 8 }, () => postgresStore(open(), { table, createTable: true }))
    const writes = stores.flatMap((store, index) => [
      store.set(`a${index}`, '1', life()),
      store.setIfAbsent('b', `${index}`, life()),
      store.getMany([`a${index}`]),
    ])
    const outcomes = await Promise.all(writes)
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(1)
    const { rows } = await open().query('select indexdef from pg_indexes where tablename = $1', [table])
    expect(rows).toHaveLength(2)
    expect(rows.some(({ indexdef }) => indexdef.endsWith('(expires_at)'))).toBe(true)
  })

  it('may be in another schema, with capitals and words of SQL in its name', async () => {
    await open().query('create schema if not exists auth')
    const store = postgresStore(open(), { table: 'auth.User', createTable: true })
    await store.set('a', '1', life())
    const { rows } = await open().query('select value from auth."User"')
    expect(rows).toEqual([{ value: '1' }])
  })

  it('is used by a role that may not create tables, where it exists', async () => {
    await postgresStore(open(), { table, createTable: true }).get('a')
    await open().query(`create role app login; grant select, insert, update, delete on ${table} to app`)
    const store = postgresStore(open('-c role=app'), { table, createTable: true })
    await store.set('a', '1', life())
    expect(await store.get('a')).toBe('1')
  })

  it('is created again when somebody drops it', async () => {
    const store = postgresStore(open(), { table, createTable: true })
    await store.set('a', '1', life())
    await open().query(`drop table ${table}`)
    expect(await store.get('a')).toBeUndefined()
    expect(await store.setIfAbsent('a', '2', life())).toBe(true)
  })

  it('is not created unasked: the error says what to do, and its SQL works', async () => {
    const store = postgresStore(open(), { table })
    const error: Error = await store.get('a').then(
      () => expect.unreachable(),
      (reason) => reason,
    )
    expect(error.message).toContain('createTable: true')
    const sql = error.message.slice(error.message.indexOf('create table'))
    await open().query(sql)
    await store.set('a', '1', life())
    expect(await store.get('a')).toBe('1')
  })

  it.each([
    '',
    'a b',
    'a;drop table users',
    'a"b',
    "a'b",
    'a.b.c',
    'a.',
    '.a',
    '1a',
    'a$$',
    'a-b',
    'a\nb',
    'a\n',
    'tabl\u00e9',
    'a'.repeat(64),
  ])('is not called %j', (name) => {
    const pool: PostgresPool = { query: () => expect.unreachable() }
    expect(() => postgresStore(pool, { table: name })).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
  })
})

describe('expired rows', () => {
  it('are deleted after a write, every 10 minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const pool = open()
    const store = postgresStore(pool, { table, createTable: true })
    await store.set('a', '1', life(-10))
    await expect.poll(count).toBe(0)
    await store.set('b', '1', life(-10))
    await store.set('c', '1', life(3600))
    await pause(200)
    expect(await count()).toBe(2)
    vi.setSystemTime(Date.now() + 601_000)
    await store.delete('d')
    await expect.poll(count).toBe(1)
    expect(await store.get('c')).toBe('1')
  })

  it('neither delay nor fail the write when they cannot be deleted', async () => {
    const pool = open()
    await postgresStore(pool, { table, createTable: true }).get('a')
    const attempts: string[] = []
    const failing: PostgresPool = {
      query: async (text, values) => {
        if (values !== undefined) return await pool.query(text, values)
        attempts.push(text)
        await pause(1000)
        throw new Error('canceled')
      },
    }
    const store = postgresStore(failing, { table })
    const startedAt = Date.now()
    await store.set('a', '1', life())
    expect(await store.get('a')).toBe('1')
    expect(Date.now() - startedAt).toBeLessThan(800)
    expect(attempts).toHaveLength(1)
    await pause(1100)
  })
})

describe('a broken connection', () => {
  it('in the middle of a statement is not noticed', async () => {
    const store = postgresStore(open('-c application_name=victim'), { table, createTable: true })
    await store.set('a', '1', life())
    const other = await open().connect()
    await other.query(`begin; select * from ${table} where key = 'a' for update`)
    const replaced = store.replace('a', '2', { expected: '1', ...life() })
    await expect.poll(async () => (await terminate('victim', 'Lock')) > 0).toBe(true)
    await other.query('commit')
    other.release()
    expect(await replaced).toBe(true)
    expect(await store.get('a')).toBe('2')
  })

  it('is not noticed when all end again and again', async () => {
    const store = postgresStore(open('-c application_name=victims'), { table, createTable: true })
    let rounds = 0
    let isOver = false

    async function work(): Promise<void> {
      const chain = randomUUID()
      let held = randomUUID()
      expect(await store.setIfAbsent(chain, held, life())).toBe(true)
      while (!isOver) {
        const next = randomUUID()
        expect(await store.replace(chain, next, { expected: held, ...life() })).toBe(true)
        held = next
        rounds += 1
      }
      expect(await store.get(chain)).toBe(held)
    }

    const interrupt = async () => {
      let ended = 0
      for (let round = 0; round < 10; round++) {
        await untilMore(() => rounds)
        ended += await terminate('victims')
      }
      await server.restart()
      await untilMore(() => rounds)
      isOver = true
      expect(ended).toBeGreaterThan(9)
    }
    await Promise.all([interrupt(), ...Array.from({ length: 8 }, work)])
  })

  it('after which nobody answers is given up', async () => {
    const pool = new Pool({ connectionString: 'postgres://postgres@127.0.0.1:9/postgres' })
    pools.push(pool)
    const startedAt = Date.now()
    await expect(postgresStore(pool).get('a')).rejects.toThrow('ECONNREFUSED')
    expect(Date.now() - startedAt).toBeLessThan(6000)
    const silent: PostgresPool = { query: () => new Promise(() => {}) }
    await expect(postgresStore(silent).get('a')).rejects.toThrow('no answer within 5 s')
  })

  it('is told from a refusal, which rejects at once', async () => {
    await open().query(`create table ${table} (key text primary key)`)
    const startedAt = Date.now()
    await expect(postgresStore(open(), { table }).get('a')).rejects.toThrow('does not exist')
    expect(Date.now() - startedAt).toBeLessThan(1000)
  })
})

it('an operation whose answer got lost counts as done, once', async () => {
  const pool = open()
  const answered = new Set<string>()
  const losing: PostgresPool = {
    query: async (text, values) => {
      const answer = await pool.query(text, values)
      const statement = JSON.stringify([text, values])
      if (answered.has(statement)) return answer
      answered.add(statement)
      throw new Error('Connection terminated unexpectedly')
    },
  }
  const store = postgresStore(losing, { table, createTable: true })
  expect(await store.setIfAbsent('a', '1', life())).toBe(true)
  expect(await store.setIfAbsent('a', '2', life())).toBe(false)
  expect(await store.replace('a', '3', { expected: '1', ...life() })).toBe(true)
  expect(await store.replace('a', '4', { expected: '1', ...life() })).toBe(false)
  expect(await store.get('a')).toBe('3')
})

/** Waits until the work has gone on, however slow the machine is. */
async function untilMore(count: () => number): Promise<void> {
  const goal = count() + 20
  await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(goal)
}

/** Ends the connections of a name, or those of them that wait for something; how many. */
async function terminate(name: string, waitingFor?: string): Promise<number> {
  const { rowCount } = await open().query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = $1 and ($2::text is null or wait_event_type = $2)`,
    [name, waitingFor],
  )
  return rowCount ?? 0
}
