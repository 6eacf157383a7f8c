// Compiles src into dist, and knows whether dist still is what src and the settings say.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, isProgram, root } from './paths.mjs'

const dist = join(root, 'dist')
const stamp = join(cache, 'built-from')

export function isBuilt() {
  return existsSync(dist) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfInputs()
}

export function build() {
  const inputs = hashOfInputs()
  // Compiled aside and swapped in, so that a failed build, or a process that reads dist now, never meets half of it.
  const aside = join(cache, `dist-${process.pid}`)
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const arguments_ = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', aside]
  const { status } = spawnSync(process.execPath, arguments_, { stdio: ['ignore', 2, 2], cwd: root })
  if (status !== 0) {
    rmSync(aside, { recursive: true, force: true })
    throw new Error('the sources do not compile (see the compiler messages above)')
  }
  rmSync(dist, { recursive: true, force: true })
  renameSync(aside, dist)
  writeFileSync(stamp, inputs)
}

function hashOfInputs() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(root, name))
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
