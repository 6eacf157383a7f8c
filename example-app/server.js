// @ts-check
// Starting and stopping an HTTP server, as promises.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { SettingsError } from './variables.js'

/** @type {Record<string, string>} */
const listenFaults = {
  EADDRINUSE: 'is already in use: stop the other program, or set PORT to a free one.',
  EACCES: 'may not be opened by this user: set PORT to one above 1023.',
}
/** What else can be wrong with the address. */
const hostFaults = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']

/** How long requests in progress may take to finish once the process was asked to stop. */
const closingSeconds = 5

/**
 * @param {import('node:http').RequestListener} handler
 * @param {number} port 0 for any free one
 * @param {string} address of this machine, or a name of one
 */
export async function listen(handler, port, address) {
  const server = createServer(handler)
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw asSettingsError(error, port)
  }
  return server
}

/**
 * Lets requests in progress finish, then closes what is left.
 *
 * @param {import('node:http').Server} server
 */
export async function close(server) {
  const timer = setTimeout(() => server.closeAllConnections(), closingSeconds * 1000)
  server.close()
  await once(server, 'close')
  clearTimeout(timer)
}

/**
 * @param {unknown} error
 * @param {number} port
 */
function asSettingsError(error, port) {
  const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? ''
  if (hostFaults.includes(code)) return new SettingsError('HOST is no address of this machine: correct or remove it.')
  const fault = listenFaults[code]
  return fault ? new SettingsError(`PORT ${port} ${fault}`) : error
}
