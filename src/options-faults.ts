// What is wrong with given options, in words: one clause a fault.
import type * as v from 'valibot'
import { nearestName } from './options-nearest-name.ts'

/** One clause a fault. Built from what was expected, never from what was given: that may be a secret. */
export function describeIssue(issue: v.BaseIssue<unknown>, schema: object): string {
  const keys = (issue.path ?? []).map((item) => String(item.key))
  const name = keys.join('.') || 'options'
  if (issue.type === 'strict_object' && issue.expected === 'never') return `unknown option ${name}${hint(keys, schema)}`
  if (issue.received === 'undefined') return `${name} is required`
  const expected = issue.expected === 'Object' ? 'an object' : issue.expected
  return `${name} ${issue.message.startsWith('Invalid ') ? `must be ${expected}` : issue.message}`
}

function hint(keys: readonly string[], schema: object): string {
  const known = namesAt(keys.slice(0, -1), schema)
  const nearest = nearestName(keys.at(-1) ?? '', known)
  return nearest === undefined
    ? ` (known: ${known.join(', ')})`
    : `: did you mean ${[...keys.slice(0, -1), nearest].join('.')}?`
}

/** What we look at in a schema: the members of an object, the values of a record, what an optional one wraps. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>
  readonly value?: SchemaNode
  readonly wrapped?: SchemaNode
}

function namesAt(keys: readonly string[], schema: SchemaNode): string[] {
  let node = schema
  for (const key of keys) {
    const next: SchemaNode | undefined = node.entries?.[key] ?? node.value
    node = next?.wrapped ?? next ?? {}
  }
  return Object.keys(node.entries ?? {})
}
