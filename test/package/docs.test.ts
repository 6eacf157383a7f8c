// The documents are true: links lead somewhere, imports and code compile, options and folders are the ones of src.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { errorTable } from '../../src/errors.ts'
import { readFolder, root } from './source-files.ts'

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'bench'].flatMap((folder) => {
    return [...readFolder(folder).keys()].filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)
  }),
]
const { exports } = JSON.parse(read('package.json'))

type File = Record<'name' | 'text', string>

/** What the examples take for granted. */
const prelude: File = {
  name: 'prelude.ts',
  text: `import type express from 'express'
import type { Options, ProviderOptions as Provider } from 'express-relying-party'
declare global {
  const app: express.Express
  const session: typeof import('express-session')
  const relyingParty: typeof import('express-relying-party').relyingParty
  type ProviderOptions = Provider
  const issuer: string, clientId: string, clientSecret: string, baseUrl: string, secret: string, newSecret: string, oldSecret: string
  function createApp(options: Options): express.Express
}`,
}

describe.each(documents)('%s', (document) => {
  const text = read(document)

  it('imports only what package.json exports', () => {
    const specifiers = matches(text, /(?:from|import|require\()\s*['"]express-relying-party(\/[\w./-]+)?['"]/g)
    const unknown = specifiers.map((subpath) => `.${subpath}`).filter((subpath) => !(subpath in exports))
    expect(unknown).toEqual([])
  })

  it('links only to what exists', () => {
    const links = matches(withoutCode(text), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link))
    expect(links.filter((link) => !exists(document, link))).toEqual([])
  })
})

describe('the TypeScript in the documents', () => {
  it('compiles', () => {
    expect(compile(examples())).toEqual([])
  })

  it('is really compiled: a wrong example is found', () => {
    const wrong = { name: 'wrong.ts', text: "import { requireAuth } from 'express-relying-party'\nrequireAuth({}, 2)" }
    expect(compile([wrong])).toEqual(['wrong.ts: Expected 0-1 arguments, but got 2.'])
  })
})

it.each(Object.entries(errorTable))('docs/errors.md quotes the page of %s', (code, { status, title, advice }) => {
  expect(read('docs/errors.md')).toContain(`## ${code}\n\nStatus ${status}. Page: "${title}. ${advice}"\n`)
})

describe('the options', () => {
  const own = optionNames('Options')
  const clientsAt = own.indexOf('providers') + 1
  const names = [...own.slice(0, clientsAt), ...optionNames('ClientOptions'), ...own.slice(clientsAt)]

  it('each have a heading in docs/options.md, in the order of the interfaces', () => {
    expect(matches(withoutCode(read('docs/options.md')), /^## (.+)$/gm)).toEqual(names)
  })

  it('each have a row in the table of the README, in the order of the interface', () => {
    const [, section = ''] = read('README.md').split(/^## Options$/m)
    expect(matches(section.split(/^## /m, 1)[0] ?? '', /^\| `([\w.]+)` \|/gm)).toEqual(names)
  })
})

describe('docs/providers/coverage.md', () => {
  const text = read('docs/providers/coverage.md')

  it('has a row for every number of the guides, in order', () => {
    const sizes = Object.entries({ A: 17, W: 24, C: 19, P: 16, O: 26, X: 7 })
    const numbers = sizes.flatMap(([guide, size]) => Array.from({ length: size }, (_, index) => guide + (index + 1)))
    expect(matches(text, /^\| ([A-Z]\d+) \|/gm)).toEqual(numbers)
  })

  it('names tests that there are', () => {
    const named = [...text.matchAll(/\]\(\.\.\/\.\.\/(test\/\S+)\) "(.+?)"(?=<br>| \|)/g)]
    const absent = named.filter(([, file = '', title = '']) => !read(file).replaceAll("\\'", "'").includes(title))
    expect(named.length).toBeGreaterThan(100)
    expect(absent.map(([found]) => found)).toEqual([])
  })
})

describe('the tree in CONTRIBUTING.md', () => {
  it('names the files and folders of src', () => {
    const [, tree = ''] = /^```\nsrc\/\n(.*?)^```/ms.exec(read('CONTRIBUTING.md')) ?? []
    const entries = readdirSync(join(root, 'src'), { withFileTypes: true })
    const present = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    expect(matches(tree, /^ {2}(\S+) /gm).sort()).toEqual(present.sort())
  })
})

/** The code blocks by a file name that says which one it is. */
function examples(): File[] {
  return documents.flatMap((document) =>
    matches(read(document), /^```ts\n(.*?)^```/gms).map((text, index) => {
      return { name: `${document.replace(/\W/g, '-')}-example-${index + 1}.ts`, text }
    }),
  )
}

/** Compiles files that need not exist, as modules of an app in the root folder; gives one line a fault. */
function compile(files: readonly File[]): string[] {
  const sources = new Map([...files, prelude].map(({ name, text }) => [join(root, name), text]))
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  // An app may write process.env.NAME; that rule of ours is not about the examples.
  config.compilerOptions.noPropertyAccessFromIndexSignature = false
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (path) => sources.has(path) || fileExists(path)
  host.readFile = (path) => sources.get(path) ?? readFile(path)
  host.getSourceFile = (path, ...rest) => {
    const text = sources.get(path)
    if (text === undefined) return getSourceFile(path, ...rest)
    return ts.createSourceFile(path, `${text}\nexport {}`, rest[0], true)
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** The own names of an interface of the options; those of a group by `group.name`. The compiler holds the schema to it. */
function optionNames(name: string): string[] {
  const text = read('src/options.ts') + read('src/options-client.ts')
  const tree = ts.createSourceFile('options.ts', text, ts.ScriptTarget.Latest, true)
  const found = tree.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === name)
  return [...(found?.members ?? [])].filter(ts.isPropertySignature).flatMap((member) => {
    const [group] = /^(Provider|Route|Session|LoginRate|Refresh)Options\b/.exec(member.type?.getText() ?? '') ?? []
    const own = member.name.getText()
    return group === undefined ? [own] : optionNames(group).map((nested) => `${own}.${nested}`)
  })
}

function exists(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? document : join(dirname(document), file)
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).includes(anchor)
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(text: string): string[] {
  const headings = matches(withoutCode(text).toLowerCase(), /^#{1,6} (.+)$/gm)
  return headings.map((heading) => heading.replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
