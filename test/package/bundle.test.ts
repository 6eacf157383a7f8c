// What the build makes of src: few files, nothing inside that apps would have to install, each copied package with its licence.
import { posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { bundled, manifest } from './manifest.ts'
import { readFolder } from './source-files.ts'

const dist = readFolder('dist')
const entries = ['cli/main.js', 'index.js', 'providers/presets/index.js', 'testing/index.js']
const code = [...dist.keys()].filter((path) => path.endsWith('.js'))
const types = [...dist.keys()].filter((path) => path.endsWith('.d.ts'))

describe('dist', () => {
  it('has one file of code for each entry, and few that they share', () => {
    expect(code.filter((path) => !path.startsWith('chunks/')).sort()).toEqual(entries)
    expect(code.length).toBeLessThanOrEqual(12)
  })

  it('imports only Node and what is installed with it', () => {
    const installed = Object.keys(manifest.dependencies)
    const foreign = [...dist.keys()].flatMap(packagesImported).filter((name) => !installed.includes(name))
    expect(foreign).toEqual([])
  })

  it('holds no file that no entry leads to', () => {
    expect([...reachable(entries)].sort()).toEqual([...code].sort())
    const typesOfEntries = entries.slice(1).map((path) => path.replace(/\.js$/, '.d.ts'))
    expect([...reachable(typesOfEntries)].sort()).toEqual([...types].sort())
  })

  it('loads neither the entry for tests nor the command line with the main entry', () => {
    const sources = [...reachable(['index.js'])].flatMap((path) => sourcesOf(dist.get(path) ?? ''))
    expect(sources).toContain('src/relying-party.ts')
    expect(sources.filter((path) => /^src\/(testing|cli)\//.test(path))).toEqual([])
  })

  it('passes on the licence of each package that was copied in, and copies only those decided on', () => {
    const copied = code.flatMap((path) => sourcesOf(dist.get(path) ?? '')).flatMap((path) => packageIn(path) ?? [])
    expect([...new Set(copied)].sort()).toEqual(Object.keys(bundled))
    const [, ...licences] = (dist.get('LICENSES.md') ?? '').split(/^## /m)
    expect(licences.map((text) => text.split(' ')[0])).toEqual(Object.keys(bundled))
    expect(licences.filter((text) => !/^Copyright \(c\) .*^Permission is hereby granted/ms.test(text))).toEqual([])
  })

  it('keeps the names and the comments that one needs to debug it', () => {
    const main = dist.get('index.js') ?? ''
    expect(main).toContain('function relyingPartyMiddleware(request, response, next)')
    expect(main).toContain('// src/relying-party.ts')
  })
})

/** The files that one comes to from these, over relative imports. */
function reachable(paths: readonly string[], reached: Set<string> = new Set()): ReadonlySet<string> {
  for (const path of paths.filter((candidate) => !reached.has(candidate))) {
    reached.add(path)
    reachable(
      importsOf(path)
        .filter((name) => name.startsWith('.'))
        .map((name) => posix.join(posix.dirname(path), name.replace(/\.ts$/, '.d.ts'))),
      reached,
    )
  }
  return reached
}

function packagesImported(path: string): string[] {
  return importsOf(path)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
}

function importsOf(path: string): string[] {
  return ts.preProcessFile(dist.get(path) ?? '').importedFiles.map(({ fileName }) => fileName)
}

/** The bundler writes above each module where it comes from. */
function sourcesOf(text: string): string[] {
  return [...text.matchAll(/^\/\/ ((?:src|node_modules)\/\S+)$/gm)].map(([, path = '']) => path)
}

function packageIn(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
}
