// @ts-check
// Where sessions and logins are kept: in Redis or PostgreSQL when one is configured, else in this process.

/**
 * @typedef {object} Stores
 * @property {import('express-session').Store} [sessions] for express-session
 * @property {import('express-relying-party').Store} [logins] the option `store` of the middleware
 * @property {() => Promise<void>} close
 */

/**
 * Connects, so that a server that is not there is told at the start. The packages are loaded only when they are needed.
 *
 * @param {Pick<import('../settings.js').Settings, 'redisUrl' | 'databaseUrl'>} settings
 * @returns {Promise<Stores>}
 * @throws {import('../variables.js').SettingsError} when the server cannot be used
 */
export async function openStores({ redisUrl, databaseUrl }) {
  if (redisUrl !== undefined) return (await import('./redis.js')).openRedis(redisUrl)
  if (databaseUrl !== undefined) return (await import('./postgres.js')).openPostgres(databaseUrl)
  return { close: async () => {} }
}
