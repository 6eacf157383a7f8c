// The store in Redis, through the app's own client: single commands, and one small script for each atomic operation.
import * as v from 'valibot'
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import { parseStrictly, type SchemasOf } from '../strict-options.ts'
import { retry } from './retry.ts'
import type { Store } from './store.ts'

/** What the store calls of a client: `sendCommand` of `redis` (node-redis), or `call` of `ioredis`. */
export type RedisClient =
  | { sendCommand(command: string[], options?: { readonly abortSignal: AbortSignal }): Promise<unknown> }
  | { call(command: string, args: string[]): Promise<unknown> }

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * Put before each key, for a server that several apps share. The keys begin with `relying-party:` already.
   * @defaultValue `''`
   */
  readonly prefix?: string | undefined
}

// Both answer 1 also when the value to write is there already: a command whose answer got lost is sent again.
const setIfAbsentScript = `local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1`
const replaceScript = `local held = redis.call('GET', KEYS[1])
if held ~= ARGV[3] and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1`

/** Replies of a server that serves again in a moment: it starts, is busy, or hands over to another. */
const passingReply = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY) /
/** A reply begins with its kind in capitals (Redis serialization protocol, "Simple errors"); other errors do not. */
const anyReply = /^[A-Z]{2,} /

/**
 * Keeps login records in Redis 6.2 or newer, for several processes. Takes a connected client of `redis` 5 or 6, or one
 * of `ioredis` (its `Cluster` too), which stays yours: this neither connects nor closes it. Give the client an `error`
 * listener, or a lost connection ends the process.
 *
 * A command that a broken connection interrupts is sent again for 2 s, so a short restart is not noticed; after 5 s
 * without an answer it is given up. What Redis evicts or loses in a restart (`maxmemory-policy`, `appendonly`) signs
 * people out.
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS` when the client or an option is wrong.
 * @throws (the methods) the client's error, when Redis refuses or cannot be reached; the middleware makes it
 * `ERR_RP_STORE`.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://redis.example' })
 * client.on('error', (error) => console.error('Redis:', error.message))
 * await client.connect()
 *
 * app.use(relyingParty({ provider, clientId, baseUrl, secret, store: redisStore(client) }))
 * ```
 */
export function redisStore(client: RedisClient, options?: RedisStoreOptions): Required<Omit<Store, 'getMany'>>
export function redisStore(...given: readonly unknown[]): Required<Omit<Store, 'getMany'>> {
  requireFactoryCall({ name: 'redisStore', example: 'redisStore(client)', takes: 2 }, given)
  const client = requireClient(given[0])
  const { prefix } = parseStrictly('redisStore()', schema, given[1])
  const run = (...command: string[]) => retry((signal) => send(client, command, signal), isPassing)
  const runScript = async (script: string, key: string, ...values: string[]) =>
    Number(await run('EVAL', script, '1', prefix + key, ...values)) === 1

  return {
    async get(key) {
      const reply = await run('GET', prefix + key)
      return reply === null || reply === undefined ? undefined : String(reply)
    },
    async set(key, value, { expiresAt }) {
      await run('SET', prefix + key, value, 'PXAT', milliseconds(expiresAt))
    },
    async delete(key) {
      await run('DEL', prefix + key)
    },
    setIfAbsent: (key, value, { expiresAt }) => runScript(setIfAbsentScript, key, value, milliseconds(expiresAt)),
    replace: (key, value, { expected, expiresAt }) =>
      runScript(replaceScript, key, value, milliseconds(expiresAt), expected),
  }
}

const schema = v.strictObject({ prefix: v.optional(v.string(), '') } satisfies SchemasOf<RedisStoreOptions>)

function requireClient(given: unknown): RedisClient {
  const { call, sendCommand, then } = Object(given) as Readonly<Record<string, unknown>>
  const isClient = typeof given === 'object' && (typeof call === 'function' || typeof sendCommand === 'function')
  if (isClient) return given as RedisClient
  const hint = typeof then === 'function' ? '. It is a promise: await it first' : ''
  const message = `redisStore() needs a client of redis (with sendCommand()) or of ioredis (with call())${hint}.`
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function send(client: RedisClient, command: string[], abortSignal: AbortSignal): Promise<unknown> {
  // ioredis has a sendCommand too, but of another kind.
  if ('call' in client) {
    const [name = '', ...args] = command
    return client.call(name, args)
  }
  // The signal takes a command back that has not been sent when it is given up.
  return client.sendCommand(command, { abortSignal })
}

/** For PXAT. An instant in the past makes the key expire at once, but Redis refuses those before 1970. */
function milliseconds(instant: number): string {
  return String(Math.max(1, Math.floor(instant * 1000)))
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return !anyReply.test(error.message) || passingReply.test(error.message)
}
