// `node tools/declarations.mjs <folder>`: takes away the types to which no public entry leads; nobody can import them.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import ts from 'typescript'
import { entriesOf, readManifest } from './manifest.mjs'

/** @param {string} folder */
function removeUnreached(folder) {
  const reached = new Set()
  /** @param {string} file */
  const visit = (file) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      if (fileName.startsWith('.')) visit(resolve(dirname(file), fileName.replace(/\.ts$/, '.d.ts')))
    }
  }
  for (const { types } of entriesOf(readManifest())) visit(resolve(folder, types.replace(/^\.\/dist\//, '')))
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of files.map((entry) => resolve(entry.parentPath, entry.name))) {
    if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path)
  }
}

const [target] = process.argv.slice(2)
if (target === undefined) throw new Error('usage: node tools/declarations.mjs <folder>')
removeUnreached(target)
