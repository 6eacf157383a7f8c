// Installs the bench's own packages, and the product among them as npm would publish it; knows whether both are there.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npm } from '../tools/install.mjs'
import { withLock } from '../tools/lock.mjs'
import { cache, root } from '../tools/paths.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const stamp = join(folder, 'node_modules/.installed-from')

export function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfInputs()
}

/** Needs dist: tools/set-up.mjs has built it. */
export function install() {
  withLock(join(cache, 'bench-install.lock'), () => {
    if (isInstalled()) return
    requireSameDependencies()
    // --install-links packs the product and unpacks it, where npm would only link to the folder: its dependencies are the same
    // copies then that the other parties load.
    const options = ['ci', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    const { status, error } = npm(options, folder)
    if (error) throw new Error(`npm cannot be started (${error.message})`)
    if (status !== 0) throw new Error('npm ci failed (see its messages above); is the package registry reachable?')
    writeFileSync(stamp, hashOfInputs())
  })
}

/** `npm ci` takes what the lock file says of the product, and does not look whether that is still so. */
function requireSameDependencies() {
  const { packages } = readJson(join(folder, 'package-lock.json'))
  const locked = packages['node_modules/express-relying-party'].dependencies
  const { dependencies } = readJson(join(root, 'package.json'))
  if (JSON.stringify(sorted(locked)) === JSON.stringify(sorted(dependencies))) return
  const command = 'npm install --install-links --ignore-scripts --package-lock-only --prefix bench'
  throw new Error(`bench/package-lock.json is older than the dependencies in package.json; run: ${command}`)
}

function hashOfInputs() {
  const hash = createHash('sha256')
  const compiled = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const settings = [join(folder, 'package-lock.json'), join(root, 'package.json')]
  for (const file of [...settings, ...compiled]) hash.update(`${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function sorted(dependencies) {
  return Object.entries(dependencies).sort(([left], [right]) => (left < right ? -1 : 1))
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
