// Checks the names and types of the options: every fault, and what of the options can be read all the same.
import * as v from 'valibot'
import type { Options } from './options.ts'
import { relyingPartyAdvice } from './options-foreign-names.ts'
import { inputOf, optionsSchema, type ParsedOptions } from './options-schema.ts'
import { checkStrictly, isPlain, membersOf, type OptionFault } from './strict-options.ts'

/** What is known of options: their faults, and the options with their defaults. */
export interface CheckedOptions {
  readonly faults: readonly OptionFault[]
  /**
   * The options as far as they have the right names and types. What stands in for those at fault is right by itself, so
   * that the rules between the others can be checked. Undefined when nothing can.
   */
  readonly output: ParsedOptions | undefined
}

/** Checks the names and types. */
export function checkTypes(options: Options): CheckedOptions {
  const { provider, providers } = Object(options) as Partial<Options> // from JavaScript it may be null
  const checked = checkStrictly(optionsSchema, inputOf(options), { advice: relyingPartyAdvice })
  const isEmpty = providers === undefined || (isPlain(providers) && Object.keys(providers).length === 0)
  const isProviderMissing = isPlain(Object(options)) && provider === undefined && isEmpty
  const faults = [
    ...(isProviderMissing ? [{ path: ['provider'], text: 'provider (or providers) is required' }] : []),
    ...inheritedIds(providers),
    ...checked.faults,
  ]
  const output = faults.length === 0 ? checked.output : outputWithout(faults, options)
  return { faults, output: output as ParsedOptions | undefined }
}

/** valibot leaves these names out of a record, without a word, because objects inherit them. */
function inheritedIds(providers: unknown): OptionFault[] {
  const ids = Object.keys(Object(providers)).filter((id) => ['__proto__', 'constructor', 'prototype'].includes(id))
  return ids.map((id) => ({ path: ['providers', id], text: `providers must not use the id ${id}` }))
}

/** The output of the options without those at fault; where one of them is required, something right stands in for it. */
function outputWithout(faults: readonly OptionFault[], options: unknown): unknown {
  const paths = faults.map(({ path }) => path)
  const attempts = [paths, paths.map((path) => path.slice(0, 1))].map((corrected) => {
    const given = corrected.reduce((members, path) => replaceAt(path, members, standInFor(path)), options)
    return v.safeParse(optionsSchema, given)
  })
  return attempts.find(({ success }) => success)?.output
}

function standInFor([first = '', ...rest]: readonly string[]): unknown {
  const issuer = 'https://id.invalid'
  if (rest.length === 0) return { baseUrl: 'https://app.invalid', provider: { issuer } }[first]
  return first.startsWith('provider') && rest.at(-1) === 'issuer' ? issuer : undefined
}

/** A copy with another value at the path, or without one; a list is one value. */
function replaceAt([name, ...rest]: readonly string[], given: unknown, standIn: unknown): unknown {
  if (name === undefined) return given
  const { [name]: value, ...others } = membersOf(given)
  const isInside = rest.length > 0 && !Array.isArray(value)
  const replacement = isInside ? replaceAt(rest, value, standIn) : standIn
  return replacement === undefined ? others : { ...others, [name]: replacement }
}
