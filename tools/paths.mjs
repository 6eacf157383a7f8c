// Where the project lies, and where its tools keep what can be thrown away.
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const cache = join(root, '.cache')

/**
 * Whether a module is the program that was started, not one that was imported.
 *
 * @param {string} moduleUrl
 */
export function isProgram(moduleUrl) {
  const program = process.argv[1]
  return program !== undefined && realpathSync(program) === fileURLToPath(moduleUrl)
}
