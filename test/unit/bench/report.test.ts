// What the bench writes: goals met and missed, tables, and the part of the README between its marks.
import { describe, expect, it } from 'vitest'

interface Goal {
  what: string
  atMost: number
  digits?: number
  value(measures: Measures): number | undefined
}
type Measures = Record<string, unknown>
interface Results {
  environment: Record<string, unknown>
  measures: Measures
}
interface Report {
  documentOf(results: Results): string
  readmePart(results: Results): string
  textOf(name: string, data: unknown): string
  replaceMarked(text: string, part: string): string
}

const { goals, isMet }: { goals: readonly Goal[]; isMet(goal: Goal, value: number): boolean } = await import(
  new URL('../../../bench/goals.mjs', import.meta.url).href
)
const { documentOf, readmePart, textOf, replaceMarked }: Report = await import(
  new URL('../../../bench/report.mjs', import.meta.url).href
)

const environment = {
  cpu: 'a processor',
  cores: 2,
  memoryGigabytes: 4,
  platform: 'linux x64',
  node: '20.20.2',
  versions: { express: '5.3.0' },
}
const cost = (ratio: number) => ({
  cpuMicroseconds: 1234.5,
  ratio,
  p50Milliseconds: 1.25,
  p99Milliseconds: 9,
  perSecond: 1000,
})
const guarded = (ratio: number): Results => ({
  environment,
  measures: {
    'guarded-request': {
      at: '2026-01-02T03:04:05.000Z',
      rounds: 9,
      parties: { floor: cost(1), 'express-relying-party': cost(ratio) },
    },
  },
})

describe('isMet', () => {
  const [goal] = goals.filter(({ digits }) => digits === 2)

  it.each([
    [0.5, true],
    [1, true],
    [1.004, true],
    [1.006, false],
  ])('compares %d as it is shown', (value, expected) => {
    expect(goal?.atMost).toBe(1)
    expect(goal && isMet(goal, value)).toBe(expected)
  })
})

describe('the goals', () => {
  it('are not measured where there is no measure', () => {
    expect(goals.map(({ value }) => value({}))).toEqual(goals.map(() => undefined))
  })

  it('compare a login with the best of the others, not with the floor', () => {
    const others = { floor: cost(0.1), 'auth-js': cost(3), 'passport-openidconnect': cost(0.8) }
    const login = { concurrencies: { 32: { parties: { ...others, 'express-relying-party': cost(0.6) } } } }
    const goal = goals.find(({ what }) => what.includes('best of the others'))
    expect(goal?.value({ login })).toBeCloseTo(0.75)
  })
})

describe('documentOf', () => {
  it('says that a goal is met', () => {
    expect(documentOf(guarded(0.98))).toContain('| guarded request, CPU over the floor | 1.00 | 0.98 | yes | |')
  })

  it('says by how much a goal is missed', () => {
    expect(documentOf(guarded(1.23))).toMatch(
      /^\| guarded request, CPU over the floor \| 1\.00 \| 1\.23 \| no, by 0\.23 \|/m,
    )
  })

  it('has a reason beside every goal that is missed', () => {
    expect(documentOf(guarded(1.23))).toMatch(/\| no, by 0\.23 \| \w.* \|$/m)
  })

  it('says what was not measured', () => {
    expect(documentOf(guarded(1))).toMatch(/^\| soak: .* \| not measured \| /m)
  })

  it('names the machine, the versions and the day', () => {
    const text = documentOf(guarded(1))
    for (const part of [
      'a processor',
      '2 cores',
      'Node 20.20.2',
      'express 5.3.0',
      '2026-01-02',
      'Rounds: guarded-request 9.',
    ]) {
      expect(text).toContain(part)
    }
  })
})

describe('textOf', () => {
  it('lines the columns up', () => {
    const lines = textOf('guarded-request', guarded(1.5).measures['guarded-request']).trim().split('\n')
    expect(lines[0]).toBe('Guarded request, 16 at once')
    expect(new Set(lines.slice(1).map((line) => line.length)).size).toBe(1)
    expect(lines.at(-1)).toMatch(/1,235 +1\.50 +1\.3 +9\.0 +1,000$/)
  })
})

describe('readmePart', () => {
  it('has a row for each party, and a dash where nothing was measured', () => {
    expect(readmePart(guarded(1.5))).toContain('| **express-relying-party** | 1.50 | - | - |')
    expect(readmePart(guarded(1.5))).toMatch(/^\| Auth\.js \(@auth\/express\) \| - \| - \|/m)
  })
})

describe('replaceMarked', () => {
  const text = 'before\n<!-- bench: written by npm run bench -->\nold\n<!-- bench: end -->\nafter\n'

  it('replaces what stands between the marks, and nothing else', () => {
    const expected = 'before\n<!-- bench: written by npm run bench -->\nnew\n<!-- bench: end -->\nafter\n'
    expect(replaceMarked(text, 'new')).toBe(expected)
    expect(replaceMarked(replaceMarked(text, 'x'), 'new')).toBe(expected)
  })

  it('refuses a text without marks', () => {
    expect(() => replaceMarked('a README', 'new')).toThrow()
  })
})
