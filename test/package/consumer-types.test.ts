// The emitted types compile in an app's own project, under each module setting we promise, with library checks on.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './source-files.ts'

const consumer = `
import express from 'express'
import session from 'express-session'
import { RelyingPartyError, relyingParty, requireAuth } from 'express-relying-party'

const app = express()
app.use(session({ secret: 'a', resave: false, saveUninitialized: false }))
app.use(relyingParty({ provider: { issuer: 'https://op.example' }, clientId: 'a', baseUrl: 'https://app.example', secret: 'b' }))
app.get('/orders', requireAuth(), (req, res) => {
  const subject: string | undefined = req.user?.sub
  res.json({ subject, signedIn: req.oidc.isAuthenticated })
})
export const codeOf = (error: unknown): string | undefined => (error instanceof RelyingPartyError ? error.code : undefined)
`
const misuse = `${consumer}
relyingParty({ clientIdentifier: 'a' })
const subject: number = codeOf(undefined)
`

// What an app may set; `module: node16` cannot require() an ES module (TS1479) and is not promised.
const settings = {
  nodenext: { module: ts.ModuleKind.NodeNext },
  node20: { module: ts.ModuleKind.Node20 },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
}

const strictest: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
}

describe('the emitted types', () => {
  let project: string

  beforeAll(() => {
    project = createProject()
  })
  afterAll(() => {
    rmSync(project, { recursive: true, force: true })
  })

  it.each(Object.entries(settings))('compile with module %s, in an ES module and in CommonJS', (_name, options) => {
    expect(compile(['esm.mts', 'cjs.cts'], options)).toEqual([])
  })

  it('are real: wrong uses do not compile', () => {
    expect(compile(['misuse.mts'], settings.nodenext)).toHaveLength(2)
  })

  function compile(files: string[], options: ts.CompilerOptions): string[] {
    const paths = files.map((file) => join(project, file))
    const program = ts.createProgram(paths, { ...strictest, ...options })
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
})

/** An app's folder that sees this package, Express and their types, and nothing else of the repository. */
function createProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'express-relying-party-types-'))
  writeFileSync(join(project, 'esm.mts'), consumer)
  writeFileSync(join(project, 'cjs.cts'), consumer)
  writeFileSync(join(project, 'misuse.mts'), misuse)
  mkdirSync(join(project, 'node_modules'))
  const modules = join(root, 'node_modules')
  for (const name of ['express', 'express-session', '@types']) {
    symlinkSync(join(modules, name), join(project, 'node_modules', name), 'junction')
  }
  symlinkSync(root, join(project, 'node_modules/express-relying-party'), 'junction')
  return project
}
