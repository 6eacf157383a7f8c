// Makes a fresh or changed checkout ready to run: packages installed, dist built; does nothing when both are so already.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, isBuilt } from './build.mjs'
import { install, isInstalled } from './install.mjs'
import { cache, isProgram } from './paths.mjs'

const lock = join(cache, 'set-up.lock')

export function setUp() {
  try {
    requireSupportedNode()
    if (isInstalled() && isBuilt()) return
    // Two commands started at once must not both rewrite node_modules.
    takeLock()
    try {
      step('installing packages (npm ci)', isInstalled, install)
      step('building dist', isBuilt, build)
    } finally {
      rmSync(lock, { force: true })
    }
  } catch (error) {
    console.error(`set-up: ${/** @type {Error} */ (error).message}`)
    process.exit(1)
  }
}

/**
 * @param {string} name
 * @param {() => boolean} isDone
 * @param {() => void} run
 */
function step(name, isDone, run) {
  if (isDone()) return
  console.error(`set-up: ${name} ...`)
  const start = Date.now()
  run()
  console.error(`set-up: ${name} took ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

// The same range as `engines` in package.json; older ones cannot require() an ES module.
function requireSupportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isSupported = major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
  if (!isSupported) throw new Error(`Node ${process.versions.node} is not supported; use 20.19+, 22.12+ or 24+`)
}

function takeLock() {
  mkdirSync(cache, { recursive: true })
  while (!tryLock()) {
    if (!isAlive(readLock())) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
}

function tryLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

function readLock() {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return 0 // the other process has just finished
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

if (isProgram(import.meta.url)) setUp()
