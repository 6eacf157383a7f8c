// `node tools/bundle.mjs <folder>`: src as a few files, for a short start; small packages go in, with their licences.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { entriesOf, readManifest } from './manifest.mjs'
import { root } from './paths.mjs'

const manifest = readManifest()

/** Entries that share no state with another one: each is a whole of its own, so that the others are fewer files. */
const alone = ['testing/index', 'cli/main']

/** @param {string} folder */
async function bundleAll(folder) {
  const entries = entryPoints()
  const together = entries.filter((entry) => !alone.includes(entry))
  const wholes = [together, ...alone.map((entry) => [entry])]
  const modules = await Promise.all(wholes.map((whole) => bundle(whole, folder)))
  writeFileSync(join(folder, 'LICENSES.md'), licencesOf(modules.flat()))
}

/** What package.json names, as paths without ending, which are the same in src and dist. */
function entryPoints() {
  const files = [...entriesOf(manifest).map((entry) => entry.default), ...Object.values(manifest.bin)]
  return files.map((file) => file.replace(/^\.\/dist\//, '').replace(/\.js$/, ''))
}

/**
 * @param {string[]} entries
 * @param {string} folder
 * @returns the paths of all that went in
 */
async function bundle(entries, folder) {
  const installed = Object.keys(manifest.dependencies)
  const sources = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
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
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
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
await bundleAll(target)
