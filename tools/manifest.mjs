// What package.json says, for the tools.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

/**
 * @typedef {{ types: string, default: string }} Entry
 * @typedef {{ exports: Record<string, string | Entry>, bin: Record<string, string>, dependencies: Record<string, string> }} Manifest
 */

/** @returns {Manifest} */
export function readManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/**
 * What apps can import.
 *
 * @param {Manifest} manifest
 * @returns {Entry[]}
 */
export function entriesOf(manifest) {
  return Object.values(manifest.exports).filter((target) => typeof target !== 'string')
}
