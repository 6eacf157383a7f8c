// Parses options strictly: one error that names every unknown name and every missing or wrong value.
import * as v from 'valibot'
import { RelyingPartyError } from './errors.ts'
import { nearestName } from './nearest-name.ts'

/** One thing that is wrong with given options. */
export interface OptionFault {
  /** The names that lead to the option; empty for the options themselves. */
  readonly path: readonly string[]
  /** One clause, built from what was expected and never from the given value: that may be a secret. */
  readonly text: string
}

/** What to write instead of what users know from another package: a clause, or undefined for anything else. */
export interface Advice {
  /** For an unknown name. */
  forName?(path: readonly string[]): string | undefined
  /** For a wrong value under a known name. */
  forValue?(path: readonly string[], value: unknown): string | undefined
}

/** A schema for each name of a documented interface: `satisfies` holds a schema to it. */
export type SchemasOf<Options> = Readonly<Record<keyof Options, v.GenericSchema>>

/**
 * Returns the parsed options; throws `ERR_RP_OPTIONS` with every fault. `undefined` means that all options are absent.
 *
 * @param caller - the function that was given the options, as messages name it: `req.oidc.login()`
 */
export function parseStrictly<Schema extends v.GenericSchema>(
  caller: string,
  schema: Schema,
  options: unknown,
  advice?: Advice,
): v.InferOutput<Schema> {
  const { output, faults } = checkStrictly(schema, options, { advice })
  if (faults.length > 0) throw optionsError(caller, faults)
  return output as v.InferOutput<Schema>
}

/** How options are checked. */
export interface CheckSettings {
  readonly advice?: Advice | undefined
  /** Reports one fault of each value: the first. @defaultValue `false` */
  readonly abortPipeEarly?: boolean
}

/** Returns the parsed options and every fault; the output has the schema's type when there is no fault. */
export function checkStrictly(
  schema: v.GenericSchema,
  options: unknown,
  { advice = {}, abortPipeEarly = false }: CheckSettings = {},
): { readonly output: unknown; readonly faults: readonly OptionFault[] } {
  const given = options === undefined ? {} : options
  const { output, issues = [] } = v.safeParse(schema, given, { abortPipeEarly })
  const root = schema as SchemaNode
  const groups = groupsIn(given, root, [])
  const misshapen = groups.filter(({ value }) => !isPlain(value))
  const faults = [
    ...issues
      .flatMap(deepest)
      .filter((issue) => !isUnknownName(issue))
      .map((issue) => describeIssue(issue, advice))
      .filter(({ path }) => !misshapen.some((group) => isBelow(path, group))),
    ...misshapen.map((group) => wrongShape(group, advice)),
    ...groups.flatMap((group) => unknownNames(group, root, advice)),
  ]
  return { output, faults }
}

/** One error with every fault; `caller` is the function that was given the options, as messages name it. */
export function optionsError(caller: string, faults: readonly Pick<OptionFault, 'text'>[]): RelyingPartyError {
  const message = `${caller}: ${faults.map(({ text }) => text).join('; ')}`
  return new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

type Issue = Pick<v.BaseIssue<unknown>, 'type' | 'expected' | 'received' | 'message' | 'input' | 'path'>

/** Of a value that fits no member of a union: what is wrong inside the value, where a member describes its inside. */
function deepest(issue: v.BaseIssue<unknown>): Issue[] {
  const inside = (issue.issues ?? []).filter(({ path }) => path !== undefined)
  if (inside.length === 0) return [issue]
  return inside.flatMap(deepest).map((inner) => ({ ...inner, path: pathOf(issue, inner) }))
}

function pathOf(...issues: readonly Issue[]): Issue['path'] {
  const [first, ...rest] = issues.flatMap(({ path }) => path ?? [])
  return first && [first, ...rest]
}

/** valibot reports only the first unknown name of each object, so this file looks for them itself. */
function isUnknownName({ type, expected }: Issue): boolean {
  return type === 'strict_object' && expected === 'never'
}

const isUndefined = 'is undefined: is an environment variable not set?'

/** A schema of an option that may be left out but must not be undefined: then it would demand nothing. */
export function demanded<Type>(schema: v.GenericSchema<Type>): v.ExactOptionalSchema<v.GenericSchema<Type>, undefined> {
  const defined = v.custom<Type>((value) => value !== undefined, isUndefined)
  return v.exactOptional(v.pipe(defined, schema))
}

function describeIssue(issue: Issue, advice: Advice): OptionFault {
  const path = (issue.path ?? []).map(({ key }) => String(key))
  const last = issue.path?.at(-1)
  if (issue.received === 'undefined') {
    const clause = last?.type === 'array' || issue.type === 'custom' ? isUndefined : 'is required'
    return { path, text: `${nameOf(path)} ${clause}` }
  }
  const clause = issue.message.startsWith('Invalid ')
    ? `must be ${issue.expected === 'Object' ? 'an object' : issue.expected}`
    : issue.message
  const isName = last?.origin === 'key'
  return {
    path,
    text: withAdvice(`${nameOf(path)} ${clause}`, isName ? undefined : advice.forValue?.(path, issue.input)),
  }
}

/** The options themselves or an object inside of them, with the schema that describes it. */
interface Group {
  readonly path: readonly string[]
  readonly value: object
  readonly node: SchemaNode
}

/** What this file reads of a schema: the members of an object, the values of a record, and what others wrap. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>
  readonly value?: SchemaNode
  readonly wrapped?: SchemaNode
  readonly options?: readonly SchemaNode[]
}

function groupsIn(value: unknown, schema: SchemaNode, path: readonly string[]): Group[] {
  if (typeof value !== 'object' || value === null) return []
  if (schema.wrapped !== undefined) return groupsIn(value, schema.wrapped, path)
  if (schema.options !== undefined && !fits(value, schema)) {
    return schema.options.flatMap((option) => groupsIn(value, option, path))
  }
  if (schema.entries === undefined && schema.value === undefined) return []
  const inside = isPlain(value) ? Object.entries(membersOf(value)) : []
  return [
    { path, value, node: schema },
    ...inside.flatMap(([name, member]) => groupsIn(member, memberSchema(schema, name) ?? {}, [...path, name])),
  ]
}

/** A value that fits a union may fit a member that describes no names, such as a key. */
function fits(value: unknown, union: SchemaNode): boolean {
  return v.is(union as v.GenericSchema, value)
}

function memberSchema({ entries = {}, value }: SchemaNode, name: string): SchemaNode | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : value
}

/** The members of an object, inherited ones too: whatever reads the options finds them. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  const entries: [string, unknown][] = []
  for (const name in Object(value)) entries.push([name, Object(value)[name]])
  return Object.fromEntries(entries)
}

/** A list, a Map or a promise that nobody awaited has no option in it, and would be treated as no options. */
export function isPlain(value: unknown): boolean {
  return ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))
}

function wrongShape({ path, value }: Group, advice: Advice): OptionFault {
  return { path, text: withAdvice(`${nameOf(path)} must be an object`, advice.forValue?.(path, value)) }
}

function isBelow(path: readonly string[], group: Group): boolean {
  return group.path.every((name, index) => name === path[index])
}

function withAdvice(text: string, advice: string | undefined): string {
  return advice === undefined ? text : `${text}: ${advice}`
}

/** Of an object of another kind, such as a request, a few names say enough. */
const mostUnknownNames = 12

function unknownNames({ path, value, node }: Group, schema: SchemaNode, advice: Advice): OptionFault[] {
  if (!isPlain(value)) return []
  const known = Object.keys(node.entries ?? {})
  const unknown = Object.keys(membersOf(value)).filter((name) => memberSchema(node, name) === undefined)
  return unknown.slice(0, mostUnknownNames).map((name) => {
    const own = [...path, name]
    const hint = advice.forName?.(own) ?? elsewhere(path, name, schema) ?? nearest(path, name, known)
    return {
      path: own,
      text: withAdvice(`unknown option ${nameOf(own)}`, hint) + (hint === undefined ? listOf(known) : ''),
    }
  })
}

/** The same name exists in another group: `callback` in `routes`, or `secret` outside of `provider`. */
function elsewhere(path: readonly string[], name: string, { entries = {} }: SchemaNode): string | undefined {
  if (path.length > 0 && Object.hasOwn(entries, name)) return `it belongs beside ${nameOf(path.slice(0, 1))}, not in it`
  const group = Object.keys(entries).find((key) => {
    return key !== path[0] && memberSchema(unwrapped(entries[key]), name) !== undefined && isGroup(entries[key])
  })
  return group && `write \`${group}: { ${name} }\``
}

function isGroup(schema: SchemaNode | undefined): boolean {
  return unwrapped(schema).entries !== undefined
}

function unwrapped(schema: SchemaNode = {}): SchemaNode {
  return schema.wrapped === undefined ? schema : unwrapped(schema.wrapped)
}

function nearest(path: readonly string[], name: string, known: readonly string[]): string | undefined {
  const found = nearestName(name, known)
  return found && `did you mean ${nameOf([...path, found])}?`
}

function listOf(known: readonly string[]): string {
  return known.length === 0 ? ': it takes no options' : ` (known: ${known.join(', ')})`
}

function nameOf(path: readonly string[]): string {
  return path.join('.') || 'options'
}
