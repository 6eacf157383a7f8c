// What the bench makes of its command line.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface CommandLine {
  measures: string[]
  isQuick: boolean
  rounds: number
  parties: string[]
}

const { parseCommandLine }: { parseCommandLine(args: readonly string[]): CommandLine } = await import(
  new URL('../../../bench/command-line.mjs', import.meta.url).href
)
const { measureNames }: { measureNames: string[] } = await import(
  new URL('../../../bench/measures/names.mjs', import.meta.url).href
)
const main = fileURLToPath(new URL('../../../bench/main.mjs', import.meta.url))

describe('parseCommandLine', () => {
  it('runs all measures but the soak by default', () => {
    const { measures, isQuick, rounds } = parseCommandLine([])
    expect(measures).toEqual(measureNames)
    expect(measures).not.toContain('soak')
    expect({ isQuick, rounds }).toEqual({ isQuick: false, rounds: Number.POSITIVE_INFINITY })
  })

  it('knows a measure by the beginning of its name, once', () => {
    expect(parseCommandLine(['guarded', 'login', 'guarded-request', 'soak']).measures).toEqual([
      'guarded-request',
      'login',
      'soak',
    ])
  })

  it('takes options anywhere', () => {
    const { isQuick, rounds, parties } = parseCommandLine(['--quick', 'login', '--rounds', '3', '--party', 'auth-js'])
    expect({ isQuick, rounds, parties }).toEqual({ isQuick: true, rounds: 3, parties: ['auth-js'] })
  })

  it.each([
    ['an unknown measure', ['speed']],
    ['an empty measure', ['']],
    ['the beginning of two measures', ['s']],
    ['an unknown party', ['--party', 'nobody']],
    ['no rounds', ['--rounds', '0']],
    ['half a round', ['--rounds', '1.5']],
    ['an unknown option', ['--fast']],
  ])('refuses %s', (_, args) => {
    expect(() => parseCommandLine(args)).toThrow()
  })
})

it('an unknown measure is one line on stderr, and exit code 64', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'speed'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
  expect(stderr).toMatch(/^bench: there is no measure "speed"; known: .*\n$/)
})
