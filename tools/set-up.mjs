// Makes a fresh or changed checkout ready to run: packages installed, dist built; does nothing when both are so already.
import { join } from 'node:path'
import { build, isBuilt } from './build.mjs'
import { install, isInstalled } from './install.mjs'
import { withLock } from './lock.mjs'
import { cache, isProgram } from './paths.mjs'

/** Ends the process, after a message on stderr, when the checkout cannot be made ready. */
export function setUp() {
  try {
    requireSupportedNode()
    if (isInstalled() && isBuilt()) return
    // Two commands started at once must not both rewrite node_modules.
    withLock(join(cache, 'set-up.lock'), () => {
      step('installing packages (npm ci)', isInstalled, install)
      step('building dist', isBuilt, build)
    })
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

if (isProgram(import.meta.url)) setUp()
