// Lets Node 20 import the TypeScript of the tests: compiles each file when it is loaded (module customization hooks).
import { readFile } from 'node:fs/promises'
import ts from 'typescript'

const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return await nextLoad(url, context)
  const source = ts.transpileModule(await readFile(new URL(url), 'utf8'), { compilerOptions }).outputText
  return { format: 'module', source, shortCircuit: true }
}
