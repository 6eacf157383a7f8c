// @ts-check
// DATABASE_URL: sessions by connect-pg-simple and logins by the library's store, through one pool.
import { promisify } from 'node:util'
import connectPgSimple from 'connect-pg-simple'
import { postgresStore } from 'express-relying-party'
import session from 'express-session'
import { Pool } from 'pg'
import { connecting, connectSeconds } from './connecting.js'

const SessionStore = connectPgSimple(session)

/**
 * @param {string} url
 * @returns {Promise<import('./open.js').Stores>}
 */
export async function openPostgres(url) {
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: connectSeconds * 1000 })
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
  const sessions = new SessionStore({ pool, createTableIfMissing: true })
  await connecting('DATABASE_URL', () => createSessionTable(pool, sessions))
  return {
    sessions,
    logins: postgresStore(pool, { createTable: true }),
    close: async () => {
      sessions.close()
      await pool.end()
    },
  }
}

/**
 * One process after the other: connect-pg-simple makes its table at the first use, and stays broken when another process
 * makes it at the same moment.
 *
 * @param {Pool} pool
 * @param {InstanceType<SessionStore>} sessions
 */
async function createSessionTable(pool, sessions) {
  const client = await pool.connect()
  try {
    await client.query("select pg_advisory_lock(hashtext('example-app'))")
    await promisify(sessions.get.bind(sessions))('none')
  } finally {
    client.release(true) // closing the connection gives the lock back
  }
}
