// Reads the source files of the repository for the tests that look at code as text.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** File contents by path; paths are relative to the folder read and use `/`. */
export type SourceFiles = ReadonlyMap<string, string>

export function readFolder(folder: string): SourceFiles {
  const top = join(root, folder)
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !path.split(sep).includes('node_modules', top.split(sep).length))
    .sort()
  return new Map(paths.map((path) => [relative(top, path).split(sep).join('/'), readFileSync(path, 'utf8')]))
}
