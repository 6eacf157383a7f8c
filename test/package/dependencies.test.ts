// What an app installs with us is a decision, so a new package has to be added here too, with its reason.
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { bundled, manifest, readJson } from './manifest.ts'
import { readFolder } from './source-files.ts'

const reasons = {
  'openid-client': 'the protocol',
}

describe('package.json', () => {
  it('has exactly the runtime dependencies that were decided on', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(Object.keys(reasons))
  })

  it('names each package that src imports as a dependency, or as one for development that is bundled', () => {
    const imported = new Set([...readFolder('src').values()].flatMap(packagesImported))
    const forDevelopment = [...imported].filter((name) => !(name in reasons))
    expect(Object.keys(bundled)).toEqual(expect.arrayContaining(forDevelopment))
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(forDevelopment))
    expect([...imported]).toEqual(expect.arrayContaining(Object.keys(reasons)))
  })

  it('leaves the choice of the framework to the app: only optional peers', () => {
    const { peerDependencies, peerDependenciesMeta } = manifest
    expect(Object.keys(peerDependencies)).toEqual(['express', 'express-session'])
    expect(peerDependenciesMeta).toEqual({ express: { optional: true }, 'express-session': { optional: true } })
  })

  it('runs no script on the machine that installs it', () => {
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest.scripts).not.toHaveProperty(hook)
  })
})

describe('package-lock.json', () => {
  it('names the packages of every platform, without which npm ci refuses to run', () => {
    const { packages } = readJson('package-lock.json') as { packages: Record<string, LockedPackage> }
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(packages, path, name)),
    )
    expect(missing).toEqual([])
  })
})

interface LockedPackage {
  optionalDependencies?: Record<string, string>
}

function isLocked(packages: Record<string, LockedPackage>, parent: string, name: string): boolean {
  return `${parent}/node_modules/${name}` in packages || `node_modules/${name}` in packages
}

function packagesImported(text: string): string[] {
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
}
