// What every source file has in common: plain ASCII, a first line that says what it is for, a size one can read.
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { readFolder } from './source-files.ts'

const maxCodeLines = 200

describe.each(['src', 'test', 'example-app', 'tools', 'bench'])('%s', (folder) => {
  it('is ASCII only', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins there
    const foreign = texts(folder).filter(([, text]) => /[^\x00-\x7f]/.test(text))
    expect(foreign.map(([path]) => path)).toEqual([])
  })
})

describe.each(['src', 'bench'])('%s', (folder) => {
  it('starts each file with one comment line, a sentence, on what the file is for', () => {
    const headless = programs(folder).filter(([, text]) => !/^(#!.*\n)?(\/\/|\/\*\*) \S.*\.( \*\/)?\n/.test(text))
    expect(headless.map(([path]) => path)).toEqual([])
  })

  it(`has no file of more than ${maxCodeLines} lines of code`, () => {
    const long = programs(folder).filter(([, text]) => codeLines(text) > maxCodeLines)
    expect(long.map(([path]) => path)).toEqual([])
  })
})

describe('codeLines', () => {
  it('counts neither comments nor blank lines', () => {
    expect(codeLines('// a\n\n/** b\n * c */\nconst d = `\n// e\n`\n/* f */ g() // h\n')).toBe(4)
  })
})

/** The files of a folder that people write; pictures and the like have other endings. */
function texts(folder: string): [path: string, text: string][] {
  return [...readFolder(folder)].filter(([path]) => /\.(ts|js|mjs|cjs|cts|json|html|eta|css|sql|sh)$/.test(path))
}

function programs(folder: string): [path: string, text: string][] {
  return texts(folder).filter(([path]) => !path.endsWith('.json'))
}

function codeLines(text: string): number {
  const tree = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  const lines = new Set<number>()
  const lineAt = (position: number): number => tree.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.EndOfFileToken) return
    const children = node.getChildren(tree)
    for (const child of children) visit(child)
    if (children.length > 0) return
    for (let line = lineAt(node.getStart(tree)); line <= lineAt(node.end); line++) lines.add(line)
  }
  visit(tree)
  return lines.size
}
