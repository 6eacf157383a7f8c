// The session stores that parties get: express-session's own in memory, one that forgets as real ones do, and Redis.
import session from 'express-session'

/** What connect-redis takes for a session without `cookie.expires`. */
const usualLifeSeconds = 86_400

/** @param {{ store?: 'memory' | 'forgetful' | 'redis', redisUrl?: string }} settings */
export async function createStore({ store, redisUrl }) {
  if (store === 'forgetful') return new ForgetfulStore()
  if (store === 'redis') return await connectRedis(redisUrl)
  return new session.MemoryStore()
}

/** In memory; forgets a session at the end of its life, and can be told that time has passed. */
class ForgetfulStore extends session.Store {
  sessions = new Map()

  get(id, callback) {
    const { text, endsAt } = this.sessions.get(id) ?? { endsAt: 0 }
    setImmediate(callback, null, endsAt > Date.now() ? JSON.parse(text) : undefined)
  }

  set(id, value, callback = () => {}) {
    const { expires } = value.cookie
    const endsAt = expires ? new Date(expires).getTime() : Date.now() + usualLifeSeconds * 1000
    this.sessions.set(id, { text: JSON.stringify(value), endsAt })
    setImmediate(callback)
  }

  destroy(id, callback = () => {}) {
    this.sessions.delete(id)
    setImmediate(callback)
  }

  /** All that is there gets older by so much; what comes later does not. */
  passSeconds(seconds) {
    for (const [id, entry] of this.sessions) {
      entry.endsAt -= seconds * 1000
      if (entry.endsAt <= Date.now()) this.sessions.delete(id)
    }
  }
}

async function connectRedis(url) {
  const { createClient } = await import('redis')
  const { RedisStore } = await import('connect-redis')
  const client = await createClient({ url }).connect()
  const store = new RedisStore({ client })
  return Object.assign(store, { redis: client })
}

/** Entries and bytes of a store in memory; the same figures that a store elsewhere would have to keep. */
export function sizeOf({ sessions }) {
  const entries = sessions instanceof Map ? [...sessions].map(([id, { text }]) => [id, text]) : Object.entries(sessions)
  const bytes = entries.reduce((sum, [id, text]) => sum + Buffer.byteLength(id) + Buffer.byteLength(text), 0)
  return { entries: entries.length, bytes }
}
