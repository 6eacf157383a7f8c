// `node tools/bundle.mjs <folder>`: src as a few files, for a short start; small packages go in, with their licences.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { entriesOf, readManifest } from './manifest.mjs'
import { root } from './paths.mjs'

const manifest = readManifest()

/** @param {string} folder */
async function bundle(folder) {
  const installed = Object.keys(manifest.dependencies)
  const sources = await rolldown({
    cwd: root,
    input: entryPoints(),
    platform: 'node',
    external: [/^node:/, ...installed.map((name) => new RegExp(`^${name}(/|$)`))],
    transform: { target: 'node20.19' },
    // What cannot be resolved would only be warned of here, and fail in the first app.
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message)
    },
  })
  const { output } = await sources.write({
    dir: folder,
    format: 'esm',
    chunkFileNames: 'chunks/[name].js',
    minify: false,
  })
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  writeFileSync(join(folder, 'LICENSES.md'), licencesOf(modules))
}

/** Compiled path without its ending -> source, for all that package.json names. */
function entryPoints() {
  const files = [...entriesOf(manifest).map((entry) => entry.default), ...Object.values(manifest.bin)]
  const names = files.map((file) => file.replace(/^\.\/dist\//, '').replace(/\.js$/, ''))
  return Object.fromEntries(names.map((name) => [name, join(root, 'src', `${name}.ts`)]))
}

/**
 * What the licences of the packages ask of those who pass them on: their texts.
 *
 * @param {string[]} modules paths of all that went into the bundle
 */
function licencesOf(modules) {
  const packages = new Set(modules.filter((path) => /[\\/]node_modules[\\/]/.test(path)).map(folderOfPackage))
  const sections = [...packages].sort().map((folder) => {
    const { name, version } = readPackage(folder)
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry))
    if (file === undefined) throw new Error(`${name} has no licence file to pass on`)
    return `## ${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  })
  return ['# Licences of the packages copied into these files\n', ...sections].join('\n')
}

/**
 * @param {string} path
 * @returns {string}
 */
function folderOfPackage(path) {
  const folder = dirname(path)
  // Some packages hold further package.json files, which only say what kind of modules a folder has.
  const isPackage = existsSync(join(folder, 'package.json')) && readPackage(folder).name !== undefined
  return isPackage ? folder : folderOfPackage(folder)
}

/** @param {string} folder */
function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

const [target] = process.argv.slice(2)
if (target === undefined) throw new Error('usage: node tools/bundle.mjs <folder>')
await bundle(target)
