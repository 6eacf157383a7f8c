// The direction of imports in src (docs: CONTRIBUTING.md, "Layout") as a table, and the checker that holds files to it.
import { posix } from 'node:path'
import ts from 'typescript'
import type { SourceFiles } from './source-files.ts'

/**
 * From top to bottom: a unit imports from itself and from rows further down, never from its own row's other units.
 * A unit is a folder (`routes/`) or a file's name without extension (`options` also stands for `options-*`).
 */
const layers: readonly (readonly string[])[] = [
  ['index', 'cli/'],
  ['relying-party'],
  ['express'],
  ['routes/', 'guards/'],
  ['session/'],
  ['protocol/'],
  ['providers/'],
  ['options'],
  ['stores/', 'http/'],
  ['log', 'strict-options', 'factory-call'],
  ['log-tally'],
  ['log-lines'],
  ['errors', 'random', 'nearest-name'],
]
/** Public entries that stand alone: they import nothing of src, and nothing of src imports them. */
const islands: readonly string[] = ['testing/']
const protocolLibrary = { name: 'openid-client', importers: ['protocol/', 'providers/'] }
const sessionOwner = 'session/'
const typesOnly = 'express'

interface SourceModule {
  path: string
  unit: string
  /** Module specifiers as written. */
  imports: readonly string[]
  tree: ts.SourceFile
}

/** Every breach of the layout, as one sentence each; `files` are paths inside src with their contents. */
export function findViolations(files: SourceFiles): string[] {
  const modules = [...files].filter(([path]) => path.endsWith('.ts')).map(([path, text]) => parseModule(path, text))
  return [...modules.flatMap(violationsOfModule), ...findCycles(modules)]
}

function violationsOfModule(module: SourceModule): string[] {
  if (rankOf(module.unit) === undefined && !islands.includes(module.unit)) {
    return [`${module.path} belongs to no layer: give it a row in layer-rules.ts`]
  }
  const rules = [wrongDirections, foreignProtocolImports, foreignSessionAccess, runtimeCodeInTypes]
  return rules.flatMap((rule) => rule(module))
}

function wrongDirections(module: SourceModule): string[] {
  return localImports(module)
    .filter((target) => !mayImport(module.unit, unitOf(target)))
    .map((target) => `${module.path} must not import ${target}`)
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const [fromRank, toRank] = [rankOf(from), rankOf(to)]
  return fromRank !== undefined && toRank !== undefined && fromRank < toRank
}

function foreignProtocolImports({ path, unit, imports }: SourceModule): string[] {
  const { name, importers } = protocolLibrary
  const isUsed = imports.some((specifier) => specifier === name || specifier.startsWith(`${name}/`))
  return isUsed && !importers.includes(unit)
    ? [`${path} must not import ${name}: only ${importers.join(', ')} may`]
    : []
}

function foreignSessionAccess({ path, unit, tree }: SourceModule): string[] {
  if (unit === sessionOwner || islands.includes(unit)) return []
  return nodesOf(tree)
    .filter(isSessionAccess)
    .map((node) => `${path}:${lineOf(tree, node)} must not touch req.session: only ${sessionOwner} may`)
}

function runtimeCodeInTypes({ path, unit, tree }: SourceModule): string[] {
  if (unit !== typesOnly) return []
  return tree.statements
    .filter((statement) => !isTypeStatement(statement))
    .map((statement) => `${path}:${lineOf(tree, statement)} must hold types only`)
}

function isTypeStatement(node: ts.Statement): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || isEmptyExport(node)
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || isDeclare(node)
}

function isEmptyExport({ exportClause }: ts.ExportDeclaration): boolean {
  return exportClause !== undefined && ts.isNamedExports(exportClause) && exportClause.elements.length === 0
}

function isDeclare(node: ts.Statement): boolean {
  return (
    ts.isModuleDeclaration(node) && (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)
  )
}

/** `req.session`, `request['session']`, `context.req.session` and `{ session } = req`; types are no accesses. */
function isSessionAccess(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'session' && isRequest(node.expression)
  if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: key } = node
    return ts.isStringLiteralLike(key) && key.text === 'session' && isRequest(node.expression)
  }
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name) || !node.initializer) return false
  const names = node.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText())
  return names.includes('session') && isRequest(node.initializer)
}

function isRequest(node: ts.Expression): boolean {
  if (isWrapper(node)) return isRequest(node.expression)
  const name = ts.isPropertyAccessExpression(node) ? node.name : node
  return ts.isIdentifier(name) && ['req', 'request'].includes(name.text)
}

function isWrapper(node: ts.Expression): node is ts.ParenthesizedExpression | ts.AsExpression | ts.NonNullExpression {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node)
}

function findCycles(modules: readonly SourceModule[]): string[] {
  const importsOf = new Map(modules.map((module) => [module.path, localImports(module)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
    if (trail.includes(path) || done.has(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of modules) visit(path, [])
  return cycles
}

function parseModule(path: string, text: string): SourceModule {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports = nodesOf(tree).flatMap((node) => specifierOf(node) ?? [])
  return { path, unit: unitOf(path), imports, tree }
}

/** The module named by an import, an export-from, an `import()` call or an `import()` type. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return textOf(node.arguments[0])
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal)
  return undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

/** Paths inside src of the imports that stay there. */
function localImports({ path, imports }: SourceModule): string[] {
  return imports.filter((name) => name.startsWith('.')).map((name) => posix.join(posix.dirname(path), name))
}

function unitOf(path: string): string {
  const slash = path.indexOf('/')
  if (slash !== -1) return path.slice(0, slash + 1)
  const name = path.replace(/\.ts$/, '')
  return name.startsWith('options-') ? 'options' : name
}

function rankOf(unit: string): number | undefined {
  const rank = layers.findIndex((units) => units.includes(unit))
  return rank === -1 ? undefined : rank
}

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [node]
  ts.forEachChild(node, (child) => {
    nodes.push(...nodesOf(child))
  })
  return nodes
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}
