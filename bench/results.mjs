// The files that hold results: results.json, and what is made of it: results.md, results.svg and a part of the README.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { documentOf, readmePart, replaceMarked } from './report.mjs'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const readme = file('../README.md')

export function readResults() {
  return existsSync(file('results.json')) ? readJson('results.json') : { measures: {} }
}

/** The machine and the versions; a result without them says nothing. */
export function describeEnvironment() {
  const { dependencies } = readJson('package.json')
  const { version } = readJson('../package.json')
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    versions: { ...dependencies, 'express-relying-party': version },
  }
}

export async function writeResults(results) {
  const { plotOf } = await import('./plot.mjs')
  writeFileSync(file('results.json'), `${JSON.stringify(rounded(results), null, 2)}\n`)
  const written = readResults()
  writeFileSync(file('results.md'), documentOf(written))
  writeFileSync(file('results.svg'), plotOf(written))
  writeFileSync(readme, replaceMarked(readFileSync(readme, 'utf8'), readmePart(written)))
  console.error('bench: wrote bench/results.json, results.md, results.svg and the figures in README.md')
}

/** Five digits are more than the measures know. */
function rounded(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(5))
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]))
}

function readJson(name) {
  return JSON.parse(readFileSync(file(name), 'utf8'))
}
