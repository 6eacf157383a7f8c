// @ts-check
// REDIS_URL: sessions by connect-redis and logins by the library's store, through one connection.
import { RedisStore } from 'connect-redis'
import { redisStore } from 'express-relying-party'
import { createClient } from 'redis'
import { connecting } from './connecting.js'

/**
 * @param {string} url
 * @returns {Promise<import('./open.js').Stores>}
 */
export async function openRedis(url) {
  let wasConnected = false
  const client = createClient({
    url,
    // While Redis is away requests fail at once, rather than wait without an end.
    disableOfflineQueue: true,
    socket: { reconnectStrategy: (retries) => wasConnected && Math.min(retries * 50, 1000) },
  })
  client.on('error', (error) => wasConnected && console.error(`Redis: ${error.message}`))
  await connecting('REDIS_URL', () => client.connect())
  wasConnected = true
  return { sessions: new RedisStore({ client }), logins: redisStore(client), close: () => client.close() }
}
