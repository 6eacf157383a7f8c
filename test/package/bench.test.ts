// The bench works, and the documents quote what it has measured.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { root } from './source-files.ts'

interface Report {
  documentOf(results: unknown): string
  readmePart(results: unknown): string
  replaceMarked(text: string, part: string): string
}

const run = promisify(execFile)
const { documentOf, readmePart, replaceMarked }: Report = await import(
  new URL('../../bench/report.mjs', import.meta.url).href
)
const results = JSON.parse(read('bench/results.json'))

describe('the figures', () => {
  it('in the README are those of bench/results.json', () => {
    const readme = read('README.md')
    expect(replaceMarked(readme, readmePart(results))).toBe(readme)
  })

  it('in bench/results.md are those of bench/results.json', () => {
    expect(read('bench/results.md')).toBe(documentOf(results))
  })
})

it('bench/results.svg is well formed: its tags and attributes end', () => {
  const tags = /<\/?[a-z]+(\s+[\w:-]+="[^"<]*")*\s*\/?>|<!\[CDATA\[/gi
  expect(read('bench/results.svg').replace(tags, '')).not.toMatch(/<|style="/)
})

it('bench/package-lock.json knows the dependencies of the package', () => {
  const { packages } = JSON.parse(read('bench/package-lock.json'))
  const { dependencies } = JSON.parse(read('package.json'))
  expect(packages['node_modules/express-relying-party'].dependencies).toEqual(dependencies)
})

// It installs the bench's packages where they are not; a registry that cannot be reached is a failure, not a skip.
it('the bench runs, with few requests and no results written', async () => {
  const before = read('bench/results.json')
  const measures = ['guarded-request', 'login', 'abandoned-login', 'start-up']
  const options = ['--quick', '--party', 'express-relying-party', ...measures]
  const { stdout } = await run(process.execPath, [join(root, 'bench/main.mjs'), ...options], { cwd: root })
  const titles = ['Guarded request, 16 at once', 'Whole login, 32 at once', 'Logins started and abandoned', 'Start-up']
  for (const title of titles) expect(stdout).toContain(`\n${title}`)
  expect(stdout.match(/^express-relying-party +[\d,]+ +\d+\.\d\d /gm)?.length).toBeGreaterThanOrEqual(3)
  expect(read('bench/results.json')).toBe(before)
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
