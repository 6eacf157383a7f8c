// package.json and package-lock.json, and what is bundled, for the tests that look at them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source-files.ts'

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>
}

/** Whose code is copied into dist, and for what: an advisory for one of them needs a release of ours. */
export const bundled = {
  'content-type': 'negotiator uses it',
  'escape-html': 'texts on our pages',
  negotiator: 'the Accept header',
  valibot: 'parsing of options',
}

export const manifest: Manifest = readJson('package.json')

export function readJson(file: string) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}
