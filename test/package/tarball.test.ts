// The tarball as npm would publish it: exactly the files meant, and usable alone by import and by require().
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as main from 'express-relying-party'
import * as providers from 'express-relying-party/providers'
import * as testing from 'express-relying-party/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFolder, root } from './source-files.ts'

const run = promisify(execFile)
const entries = {
  'express-relying-party': main,
  'express-relying-party/providers': providers,
  'express-relying-party/testing': testing,
}
/** With nothing beside it: what we add to an app is less, for Express brings some of it too. */
const largestInstall = { packages: 12, bytes: 3_000_000 }
const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'docs/errors.md', 'package.json']

describe('the tarball', () => {
  let consumer: string
  let packed: { filename: string; files: { path: string }[] }

  beforeAll(async () => {
    consumer = await mkdtemp(join(tmpdir(), 'express-relying-party-consumer-'))
    packed = await pack(consumer)
    await writeFile(join(consumer, 'package.json'), '{ "private": true }')
    // Alone: neither Express nor express-session is there, because both are optional peers.
    await npm(consumer, ['install', ...quiet, join(consumer, packed.filename)])
  })
  afterAll(() => rm(consumer, { recursive: true, force: true }))

  it('holds what was built, the documents, and nothing else', () => {
    const built = [...readFolder('dist').keys()].map((path) => `dist/${path}`)
    expect(built).toContain('dist/LICENSES.md')
    expect(packed.files.map(({ path }) => path).sort()).toEqual([...built, ...documents].sort())
  })

  it('installs few packages, and small ones', async () => {
    const modules = join(consumer, 'node_modules')
    const record = join(modules, '.package-lock.json')
    const { packages } = JSON.parse(await readFile(record, 'utf8'))
    const files = (await readdir(modules, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))))
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0) - (await stat(record)).size
    expect(Object.keys(packages).length).toBeLessThanOrEqual(largestInstall.packages)
    expect(bytes).toBeLessThanOrEqual(largestInstall.bytes)
  })

  it('has a command that runs', async () => {
    const command = join(consumer, 'node_modules/.bin/express-relying-party')
    const { stdout } = await run(command, ['pkce'], { cwd: consumer, shell: process.platform === 'win32' })
    expect(stdout).toContain('code_challenge')
  })

  it.each(Object.entries(entries))('offers the names of %s to import and to require()', async (entry, source) => {
    const names = Object.keys(source).sort()
    const print = 'console.log(JSON.stringify(Object.keys(it).sort()))'
    expect(JSON.parse(await runProgram('names.mjs', `import * as it from '${entry}'\n${print}`))).toEqual(names)
    expect(JSON.parse(await runProgram('names.cjs', `const it = require('${entry}')\n${print}`))).toEqual(names)
  })

  it('gives import and require() the same error class', async () => {
    const program = `
      const required = require('express-relying-party').RelyingPartyError
      import('express-relying-party').then((it) => console.log(it.RelyingPartyError === required))`
    expect(await runProgram('identity.cjs', program)).toBe('true\n')
  })

  it('gives the presets the same error class', async () => {
    const program = `
      import { RelyingPartyError } from 'express-relying-party'
      import { okta } from 'express-relying-party/providers'
      try { okta({}) } catch (error) { console.log(error instanceof RelyingPartyError) }`
    expect(await runProgram('presets.mjs', program)).toBe('true\n')
  })

  /** Runs a program in the consumer project; a warning on stderr counts as a failure. */
  async function runProgram(name: string, text: string): Promise<string> {
    await writeFile(join(consumer, name), text)
    const { stdout, stderr } = await run(process.execPath, [name], { cwd: consumer })
    expect(stderr).toBe('')
    return stdout
  }
})

// Scripts are off because `prepack` would rebuild dist under the other tests.
const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']

async function pack(destination: string): Promise<{ filename: string; files: { path: string }[] }> {
  return JSON.parse(await npm(root, ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]))[0]
}

async function npm(cwd: string, options: string[]): Promise<string> {
  const { stdout } = await run('npm', options, { cwd, shell: process.platform === 'win32' })
  return stdout
}
