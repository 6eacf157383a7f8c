import session from 'express-session'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpRequest } from '../../../src/http/messages.ts'
import { createRecordStore } from '../../../src/session/record-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { keepLogLines, type LogLines } from '../../log-lines.ts'
import { requestOf } from '../exchange.ts'
import { watchedStore } from './processes.ts'

const life = { expiresAt: Number.POSITIVE_INFINITY }

let said: LogLines

beforeEach(() => {
  said = keepLogLines()
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

function over(sessionStore: unknown): HttpRequest {
  return Object.assign(requestOf(), { sessionStore })
}

/** A shared session store as others write them. */
class RedisStore extends session.MemoryStore {}

describe('createRecordStore', () => {
  it('is the option store, for every request and outside of them', async () => {
    const store = memoryStore()
    await store.set('key', 'value', life)
    const recordStore = createRecordStore({ log: said.log, store })
    expect(await recordStore(undefined).get('key')).toBe('value')
    expect(recordStore(requestOf())).toBe(recordStore(undefined))
  })

  it('is else the store of the sessions, the same for all requests of it', async () => {
    const recordStore = createRecordStore({ log: said.log, store: undefined })
    const [one, other] = [new RedisStore(), new RedisStore()]
    expect(recordStore(over(one))).toBe(recordStore(over(one)))
    expect(recordStore(over(one))).not.toBe(recordStore(over(other)))
  })

  it('is outside of requests the last one that a request had', async () => {
    const recordStore = createRecordStore({ log: said.log, store: undefined })
    const stores = [recordStore(over(new RedisStore())), recordStore(over(new RedisStore()))]
    expect(recordStore(undefined)).toBe(stores[1])
  })

  it('throws ERR_RP_STORE before the first request without the option: nothing is ended without a word', () => {
    const recordStore = createRecordStore({ log: said.log, store: undefined })
    expect(() => recordStore(undefined)).toThrow(expect.objectContaining({ code: 'ERR_RP_STORE' }))
  })

  it('throws ERR_RP_NO_SESSION where a request has no session store', () => {
    const recordStore = createRecordStore({ log: said.log, store: undefined })
    expect(() => recordStore(requestOf())).toThrow(expect.objectContaining({ code: 'ERR_RP_NO_SESSION' }))
  })

  it.each<[name: 'get' | 'getMany' | 'set' | 'delete' | 'setIfAbsent' | 'replace', given: unknown[]]>([
    ['get', ['key']],
    ['getMany', [['key']]],
    ['set', ['key', 'value', life]],
    ['delete', ['key']],
    ['setIfAbsent', ['key', 'value', life]],
    ['replace', ['key', 'value', { ...life, expected: 'x' }]],
  ])('makes of a failure of %s ERR_RP_STORE, with the cause', async (name, given) => {
    const cause = new Error('down')
    const store = watchedStore()
    const recordStore = createRecordStore({ log: said.log, store })
    const run = recordStore(undefined)[name] as (...parameters: unknown[]) => Promise<unknown>
    await run(...given)
    expect(store[name]).toHaveBeenCalledWith(...given)
    store[name].mockRejectedValueOnce(cause)
    await expect(run(...given)).rejects.toMatchObject({ code: 'ERR_RP_STORE', status: 500, cause })
    store[name].mockImplementationOnce(() => {
      throw cause
    })
    await expect(run(...given)).rejects.toMatchObject({ code: 'ERR_RP_STORE', cause })
  })

  it('knows whether processes are kept apart', () => {
    const { get, set, delete: remove } = memoryStore()
    expect(createRecordStore({ log: said.log, store: memoryStore() })(undefined).isAtomic).toBe(true)
    expect(createRecordStore({ log: said.log, store: { get, set, delete: remove } })(undefined).isAtomic).toBe(false)
  })
})

describe('createRecordStore and its warnings', () => {
  it('warns of MemoryStore in production, once, and names the fix', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const recordStore = createRecordStore({ log: said.log, store: undefined })
    const sessions = new session.MemoryStore()
    for (let count = 0; count < 3; count += 1) recordStore(over(sessions))
    const message = expect.stringContaining('redisStore')
    expect(said.lines).toEqual([{ level: 'warn', code: 'WARN_RP_MEMORY_STORE', message }])
  })

  it.each(['development', 'test', ''])('says nothing of MemoryStore with NODE_ENV=%s', (env) => {
    vi.stubEnv('NODE_ENV', env)
    createRecordStore({ log: said.log, store: undefined })(over(new session.MemoryStore()))
    expect(said.lines).toEqual([])
  })

  it.each(['development', 'production'])(
    'warns of a session store, which has no atomic operations, once, in %s',
    (env) => {
      vi.stubEnv('NODE_ENV', env)
      const recordStore = createRecordStore({ log: said.log, store: undefined })
      const sessions = new RedisStore()
      for (let count = 0; count < 3; count += 1) recordStore(over(sessions))
      expect(said.codes()).toEqual(['WARN_RP_STORE_NOT_ATOMIC'])
    },
  )

  it.each([
    ['neither', {}],
    ['setIfAbsent alone', { setIfAbsent: async () => true }],
    ['replace alone', { replace: async () => true }],
  ])('warns at the start of an option store that has %s of the two operations', (_what, operations) => {
    const { get, set, delete: remove } = memoryStore()
    createRecordStore({ log: said.log, store: { get, set, delete: remove, ...operations } })
    expect(said.codes()).toEqual(['WARN_RP_STORE_NOT_ATOMIC'])
  })

  it.each(['development', 'production'])('says nothing of memoryStore() in %s: who gives it knows', (env) => {
    vi.stubEnv('NODE_ENV', env)
    createRecordStore({ log: said.log, store: memoryStore() })(requestOf())
    expect(said.lines).toEqual([])
  })
})
