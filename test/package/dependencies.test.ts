// What an app installs with us is a decision, so a new package has to be added here too, with its reason.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFolder, root } from './source-files.ts'

const reasons = {
  'escape-html': 'texts on our pages',
  negotiator: 'the Accept header',
  'openid-client': 'the protocol',
  undici: 'HTTP to the provider: pool, time limits, proxies',
  valibot: 'parsing of options',
}

const manifest = readJson('package.json')

describe('package.json', () => {
  it('has exactly the runtime dependencies that were decided on', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(Object.keys(reasons))
  })

  it('names every package that src imports, and none is imported that only tests have', () => {
    const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const imported = [...readFolder('src').values()].flatMap((text) =>
      [...text.matchAll(/^(?:import|export|\}).* from '([^.'][^']*)'/gm)].map(([, name = '']) => name),
    )
    expect(imported).toContain('openid-client')
    expect(imported.filter((name) => !name.startsWith('node:') && !named.includes(name))).toEqual([])
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

function readJson(file: string) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}
