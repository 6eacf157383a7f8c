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

/** Development dependencies whose code is copied into dist: an advisory for one of them needs a release of ours. */
export const bundled: readonly string[] = ['valibot']

export const manifest: Manifest = readJson('package.json')

export function readJson(file: string) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}
