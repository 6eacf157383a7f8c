// redisStore where Redis is not at its best: it restarts, is down, loads, or answers nobody; with both clients.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type RedisClient, redisStore } from 'express-relying-party'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'

const life = () => ({ expiresAt: Date.now() / 1000 + 60 })

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function start(): Promise<RedisServer> {
  const server = await startRedis({ persistent: true })
  cleanups.push(server.stop)
  return server
}

async function connectRedis({ url }: RedisServer) {
  // As redis 5, which queues without an end; redis 6 would give commands up by itself after 5 s.
  const client = createClient({ url, commandOptions: { timeout: 600_000 } })
  client.on('error', () => {})
  await client.connect()
  cleanups.unshift(() => client.destroy())
  return client
}

async function connectIoredis({ url }: RedisServer) {
  const client = new Redis(url)
  client.on('error', () => {})
  cleanups.unshift(() => client.disconnect())
  return client
}

const clients: [name: string, connect: (server: RedisServer) => Promise<RedisClient>][] = [
  ['redis', connectRedis],
  ['ioredis', connectIoredis],
]

describe.each(clients)('redisStore with %s', (_name, connect) => {
  it('loses nothing and rejects nothing when Redis restarts between commands', async () => {
    const server = await start()
    const store = redisStore(await connect(server))
    await store.set('a', '1', life())
    await server.restart()
    expect(await store.get('a')).toBe('1')
    await server.kill()
    await server.restart()
    expect(await store.replace('a', '2', { expected: '1', ...life() })).toBe(true)
    expect(await store.get('a')).toBe('2')
  })

  it('loses nothing and rejects nothing when Redis restarts and crashes during commands', async () => {
    const server = await start()
    const store = redisStore(await connect(server))
    let rounds = 0
    let isOver = false

    async function work(): Promise<void> {
      const chain = randomUUID()
      let held = randomUUID()
      expect(await store.setIfAbsent(chain, held, life())).toBe(true)
      while (!isOver) {
        const [next, key, value] = [randomUUID(), randomUUID(), randomUUID()]
        expect(await store.replace(chain, next, { expected: held, ...life() })).toBe(true)
        expect(await store.setIfAbsent(key, value, life())).toBe(true)
        expect(await store.setIfAbsent(key, next, life())).toBe(false)
        expect(await store.get(key)).toBe(value)
        await store.delete(key)
        expect(await store.get(key)).toBeUndefined()
        held = next
        rounds += 1
      }
      expect(await store.get(chain)).toBe(held)
    }

    const interrupt = async () => {
      for (const isCrash of [false, true, false, true]) {
        await untilMore(() => rounds)
        if (isCrash) await server.kill()
        await pause(isCrash ? 200 : 0)
        await server.restart()
      }
      await untilMore(() => rounds)
      isOver = true
    }
    await Promise.all([interrupt(), ...Array.from({ length: 8 }, work)])
  })

  it('gives a Redis up that stays down, in 6 s at most, and writes nothing afterwards', async () => {
    const server = await start()
    const client = await connect(server)
    const store = redisStore(client)
    await store.set('a', '1', life())
    await server.kill()
    const startedAt = Date.now()
    const outcomes = await Promise.allSettled([
      store.get('a'),
      store.set('a', '2', life()),
      store.delete('a'),
      store.setIfAbsent('b', '2', life()),
      store.replace('a', '2', { expected: '1', ...life() }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
    expect(Date.now() - startedAt).toBeLessThan(6000)
    await server.restart()
    // ioredis sends what it has queued, and cannot be asked not to.
    if ('call' in client) return
    expect(await store.get('a')).toBe('1')
    expect(await store.get('b')).toBeUndefined()
  })

  it('counts an operation whose answer got lost as done, once', async () => {
    const client = await connect(await start())
    const store = redisStore(losingAnswers(client))
    expect(await store.setIfAbsent('a', '1', life())).toBe(true)
    expect(await store.setIfAbsent('a', '2', life())).toBe(false)
    expect(await store.replace('a', '3', { expected: '1', ...life() })).toBe(true)
    expect(await store.replace('a', '4', { expected: '1', ...life() })).toBe(false)
    expect(await store.get('a')).toBe('3')
  })

  it('rejects at once what Redis refuses', async () => {
    const client = await connect(await start())
    const store = redisStore(client)
    const command = ['RPUSH', 'list', '1']
    await ('call' in client ? client.call('RPUSH', command.slice(1)) : client.sendCommand(command))
    const startedAt = Date.now()
    await expect(store.get('list')).rejects.toThrow('WRONGTYPE')
    await expect(store.setIfAbsent('list', '1', life())).rejects.toThrow('WRONGTYPE')
    expect(Date.now() - startedAt).toBeLessThan(500)
  })

  it('waits for a Redis that loads its data', async () => {
    let answers = 0
    const store = redisStore({
      call: async () => {
        answers += 1
        if (answers < 3) throw new Error('LOADING Redis is loading the dataset in memory')
        return '1'
      },
    })
    expect(await store.get('a')).toBe('1')
    expect(answers).toBe(3)
  })

  it('puts the prefix before the keys', async () => {
    const client = await connect(await start())
    await redisStore(client, { prefix: 'shop:' }).set('a', '1', life())
    expect(await redisStore(client).get('shop:a')).toBe('1')
    expect(await redisStore(client).get('a')).toBeUndefined()
  })
})

/** Waits until the work has gone on, however slow the machine is. */
async function untilMore(count: () => number): Promise<void> {
  const goal = count() + 20
  await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(goal)
}

/** Each command is done, and the first answer to it gets lost, as when the connection breaks right then. */
function losingAnswers(client: RedisClient): RedisClient {
  const answered = new Set<string>()
  return {
    call: async (name, args) => {
      const answer = await ('call' in client ? client.call(name, args) : client.sendCommand([name, ...args]))
      const command = args.join(' ').replace(/\d{13}/, '')
      if (answered.has(command)) return answer
      answered.add(command)
      throw new Error('Socket closed unexpectedly')
    },
  }
}
