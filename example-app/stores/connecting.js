// @ts-check
// The wait for a server at the start, and the one line that says why it cannot be used.
import { setTimeout as pause } from 'node:timers/promises'
import { SettingsError } from '../variables.js'

/** How long a server may take until it can be used. */
export const connectSeconds = 5

/**
 * @template Value
 * @param {string} name of the variable
 * @param {() => Promise<Value>} connect
 * @returns {Promise<Value>}
 * @throws {SettingsError} that never repeats the URL: it may hold a password
 */
export async function connecting(name, connect) {
  const waiting = new AbortController()
  const overdue = pause(connectSeconds * 1000, undefined, { signal: waiting.signal }).then(() => {
    throw new Error('late')
  })
  try {
    return await Promise.race([connect(), overdue])
  } catch (error) {
    throw new SettingsError(`${name}: the server cannot be used (${reasonOf(error)}). Start it, or correct ${name}.`)
  } finally {
    waiting.abort()
  }
}

/**
 * Codes alone, of the system (ECONNREFUSED), of PostgreSQL (28P01) or the first word of what Redis says (WRONGPASS): what
 * stands beside them may be anything.
 *
 * @param {unknown} error
 */
function reasonOf(error) {
  const { code, message = '' } = /** @type {NodeJS.ErrnoException} */ (error)
  const word = /^[A-Z]{4,}\b/.exec(message)?.[0]
  return code ?? word ?? `no answer within ${connectSeconds} s`
}
