// Lets one process at a time do a piece of work; another one that wants to do it waits.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const pollMilliseconds = 200
/** After this long the holder is taken for dead, whoever has its process id now. */
const abandonedAfterMilliseconds = 10 * 60 * 1000

/**
 * @param {string} file holds the process id of who works
 * @param {() => void} work
 */
export function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true })
  while (!tryLock(file)) {
    if (isAbandoned(file)) rmSync(file, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMilliseconds)
  }
  try {
    work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** @param {string} file */
function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    const age = Date.now() - statSync(file).mtimeMs
    const holder = Number(readFileSync(file, 'utf8'))
    return age > abandonedAfterMilliseconds || holder === process.pid || !isAlive(holder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false // its holder has just finished
    throw error
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (pid === 0) return true // the holder has made the file and not yet written into it
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code
}
