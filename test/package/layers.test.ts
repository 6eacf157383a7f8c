// Imports in src point down the list of layers only, and the checker that says so is itself checked.
import { describe, expect, it } from 'vitest'
import { findViolations } from './layer-rules.ts'
import { readFolder } from './source-files.ts'

describe('src', () => {
  it('imports downwards only, without cycles', () => {
    expect(findViolations(readFolder('src'))).toEqual([])
  })

  it('has no drawer: nothing is called utils, helpers or common', () => {
    const drawers = [...readFolder('src').keys()].filter((path) =>
      /(^|[/-])(utils?|helpers?|common)(\.|\/|-)/.test(path),
    )
    expect(drawers).toEqual([])
  })
})

describe('findViolations', () => {
  const planted: [fault: string, files: Record<string, string>, violation: string][] = [
    [
      'an import upwards',
      { 'http/a.ts': "import '../session/b.ts'", 'session/b.ts': '' },
      'must not import session/b.ts',
    ],
    ['an export upwards', { 'errors.ts': "export * from './http/a.ts'", 'http/a.ts': '' }, 'must not import http/a.ts'],
    ['a dynamic import upwards', { 'http/a.ts': "await import('../index.ts')" }, 'must not import index.ts'],
    ['a type taken from above', { 'http/a.ts': "let a: import('../session/b.ts').B" }, 'must not import session/b.ts'],
    [
      'an import between routes and guards',
      { 'routes/a.ts': "import '../guards/b.ts'" },
      'must not import guards/b.ts',
    ],
    ['an import between http and stores', { 'http/a.ts': "import '../stores/b.ts'" }, 'must not import stores/b.ts'],
    ['testing that leans on src', { 'testing/index.ts': "import '../errors.ts'" }, 'must not import errors.ts'],
    ['src that leans on testing', { 'index.ts': "import './testing/index.ts'" }, 'must not import testing/index.ts'],
    [
      'a cycle',
      { 'http/a.ts': "import './b.ts'", 'http/b.ts': "import './a.ts'" },
      'import cycle: http/a.ts -> http/b.ts',
    ],
    ['openid-client in a route', { 'routes/a.ts': "import 'openid-client'" }, 'must not import openid-client'],
    ['req.session in a route', { 'routes/a.ts': 'req.session.x = 1' }, 'routes/a.ts:1 must not touch req.session'],
    ['req.session behind a cast', { 'http/a.ts': '(request as any).session' }, 'must not touch req.session'],
    ['req["session"]', { 'http/a.ts': "context.req?.['session']" }, 'must not touch req.session'],
    ['a destructured session', { 'http/a.ts': 'const { session: own } = req' }, 'must not touch req.session'],
    ['code among the types', { 'express.ts': 'export const a = 1' }, 'express.ts:1 must hold types only'],
    ['a file outside the layout', { 'misc.ts': '' }, 'misc.ts belongs to no layer'],
  ]

  it.each(planted)('finds %s', (_fault, files, violation) => {
    const violations = findViolations(new Map(Object.entries(files)))
    expect(violations).toHaveLength(1)
    expect(violations[0]).toContain(violation)
  })

  it('accepts the layout as it is meant', () => {
    const files = {
      'index.ts': "import type {} from './express.ts'\nexport * from './relying-party.ts'",
      'relying-party.ts': "import './routes/login.ts'\nimport './options-parser.ts'",
      'routes/login.ts': "import '../session/transactions.ts'\nimport './steps.ts'",
      'routes/steps.ts': "type S = Request['session']",
      'express.ts':
        "import type { A } from './session/transactions.ts'\ndeclare global { interface B extends A {} }\nexport {}",
      'session/transactions.ts': "import '../protocol/p.ts'\nreq.session",
      'protocol/p.ts': "import 'openid-client'\nimport '../errors.ts'",
      'options-parser.ts': "import './options.ts'\nimport './http/u.ts'",
    }
    expect(findViolations(new Map(Object.entries(files)))).toEqual([])
  })
})
