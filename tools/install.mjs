// Installs the packages package-lock.json names, and knows whether node_modules holds them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

// npm writes down what it installed; comparing that with the lock file also holds after a plain `npm ci` or `npm install`.
export function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readPackages(record)
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path]
    // Packages for other platforms are optional and rightly absent.
    if (path === '' || (!found && wanted.optional)) return true
    return found?.version === wanted.version && found?.integrity === wanted.integrity
  })
}

export function install() {
  // NODE_ENV=production would leave out the development packages; no package here needs an install script.
  const options = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const { status, error } = npm(options)
  if (error) throw new Error(`npm cannot be started (${error.message})`)
  if (status !== 0) throw new Error('npm ci failed (see its messages above); is the package registry reachable?')
}

/**
 * Runs npm: the one that has started us, where there is one.
 *
 * @param {string[]} options
 * @param {string} [cwd]
 */
export function npm(options, cwd = root) {
  // Output goes to stderr: stdout belongs to the program that is started afterwards.
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const how = { cwd, stdio: ['ignore', 2, 2] }
  const script = process.env.npm_execpath
  if (script?.endsWith('npm-cli.js')) return spawnSync(process.execPath, [script, ...options], how)
  return spawnSync('npm', options, { ...how, shell: process.platform === 'win32' })
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}
