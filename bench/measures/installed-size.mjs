// What each adds to an app that has express and express-session: bytes on the disk and packages, by a real npm install.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm } from '../../tools/install.mjs'
import { root } from '../../tools/paths.mjs'
import { ours, parties } from '../parties/index.mjs'

const quiet = ['--silent', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']

export async function installedSize(pace) {
  const folder = await mkdtemp(join(tmpdir(), 'express-relying-party-size-'))
  try {
    const specifiers = await readSpecifiers(folder)
    const base = await sizeOf(join(folder, 'base'), specifiers(['express', 'express-session']))
    const contestants = pace.only(parties).filter(({ packages }) => packages)
    const figures = {}
    for (const [index, { name, packages }] of contestants.entries()) {
      const installed = await sizeOf(join(folder, name), specifiers(['express', 'express-session', ...packages]))
      figures[name] = { bytes: installed.bytes - base.bytes, packages: installed.packages - base.packages }
      pace.progress((index + 1) / contestants.length)
    }
    return { base, parties: figures }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The versions that the other measures run; ours as it would be published. */
async function readSpecifiers(folder) {
  const { dependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  runNpm(root, ['pack', '--pack-destination', folder])
  const [tarball] = (await readdir(folder)).map((name) => join(folder, name))
  return (names) => names.map((name) => (name === ours ? tarball : `${name}@${dependencies[name]}`))
}

async function sizeOf(folder, packages) {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  runNpm(folder, ['install', '--omit=dev', '--omit=optional', ...packages])
  const modules = join(folder, 'node_modules')
  const record = join(modules, '.package-lock.json')
  const { packages: installed } = JSON.parse(await readFile(record, 'utf8'))
  const files = (await readdir(modules, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))))
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0) - (await stat(record)).size
  return { bytes, packages: Object.keys(installed).length }
}

function runNpm(folder, [command, ...options]) {
  const { status, error } = npm([command, ...quiet, ...options], folder)
  if (status !== 0)
    throw new Error(`npm ${command} failed in ${folder}; is the package registry reachable?`, { cause: error })
}
