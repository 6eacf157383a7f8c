// Makes dist of src, code by the bundler and types by the compiler, and knows whether dist still is what src and the settings say.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, isProgram, root } from './paths.mjs'

const dist = join(root, 'dist')
const stamp = join(cache, 'built-from')
const tools = ['build', 'bundle', 'declarations', 'manifest'].map((name) => `tools/${name}.mjs`)
const inputsBesideSources = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json', ...tools]

export function isBuilt() {
  return existsSync(dist) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfInputs()
}

export function build() {
  const inputs = hashOfInputs()
  // Compiled aside and swapped in, so that a failed build, or a process that reads dist now, never meets half of it.
  const aside = join(cache, `dist-${process.pid}`)
  try {
    const compiler = 'node_modules/typescript/bin/tsc'
    run('the sources do not compile', compiler, '-p', 'tsconfig.build.json', '--outDir', aside)
    run('the types cannot be sorted out', 'tools/declarations.mjs', aside)
    run('the sources cannot be bundled', 'tools/bundle.mjs', aside)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    throw error
  }
  rmSync(dist, { recursive: true, force: true })
  renameSync(aside, dist)
  writeFileSync(stamp, inputs)
}

/**
 * A program of its own each: this module is loaded before the packages are installed.
 *
 * @param {string} fault
 * @param {string[]} program and what it is told
 */
function run(fault, ...program) {
  const { status } = spawnSync(process.execPath, program, { stdio: ['ignore', 2, 2], cwd: root })
  if (status !== 0) throw new Error(`${fault} (see the messages above)`)
}

function hashOfInputs() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const settings = inputsBesideSources.map((name) => join(root, name))
  mkdirSync(cache, { recursive: true })
  const hash = createHash('sha256')
  for (const file of [...settings, ...sources])
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

if (isProgram(import.meta.url)) {
  try {
    build()
  } catch (error) {
    console.error(`build: ${/** @type {Error} */ (error).message}`)
    process.exitCode = 1
  }
}
