// What presets are given: parsed by a schema, and every fault named in one error with what to write instead.
import * as v from 'valibot'
import { checkStrictly, optionsError } from '../../strict-options.ts'

/** What is wrong with a value, behind its name and with the fix; undefined when nothing is. */
export type FaultOf<Value> = (value: Value) => string | undefined

/** A schema for each member of a preset's documented options. */
export type Entries<Options extends object> = {
  readonly [Name in keyof Options]-?: v.GenericSchema<unknown, Options[Name]>
}

/** How the options of one preset are read. */
export interface PresetInput<Options extends object> {
  /** The function's name, for messages. */
  readonly preset: string
  readonly entries: Entries<Options>
  /** Rules between members. */
  readonly contradictionsOf?: (options: Options) => readonly string[]
}

/**
 * Checks the options of a preset; throws `ERR_RP_OPTIONS` with every fault found. Presets take no secrets, so a message
 * may say what to write in the place of a value.
 */
export function parseInput<Options extends object>(input: PresetInput<Options>, options: Options): Options {
  const schema = v.strictObject(input.entries as unknown as v.ObjectEntries)
  const caller = `${input.preset}(options)`
  const { output, faults } = checkStrictly(schema, options, { abortPipeEarly: true })
  if (faults.length > 0) throw optionsError(caller, faults)
  const parsed = output as Options
  const broken = input.contradictionsOf?.(parsed) ?? []
  if (broken.length > 0)
    throw optionsError(
      input.preset,
      broken.map((text) => ({ text })),
    )
  return parsed
}

/** A text without placeholders that has none of the faults; the first one found is told. */
export function textInput(...faults: readonly FaultOf<string>[]): v.GenericSchema<unknown, string> {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const { value } = dataset
      const message = [emptyFault, placeholderFault, ...faults].map((faultOf) => faultOf(value)).find(Boolean)
      if (message !== undefined) addIssue({ message })
    }),
  )
}

/** The name of a host, alone, as `{domain}` in the vendors' documents; lower case, as issuers are. */
export function hostInput(example: string, ...faults: readonly FaultOf<string>[]): v.GenericSchema<unknown, string> {
  return v.pipe(textInput(...faults, hostFault(example)), v.string(), v.toLowerCase())
}

/** Takes a name as the vendor's URLs have it in one of their segments, and nothing around it. */
export function segmentFault(example: string): FaultOf<string> {
  return (value) => (/^[\w.-]+$/.test(value) ? undefined : `must be the name alone, such as '${example}'`)
}

/** Takes a URL that further segments are put behind, as it is: so no slash may end it. */
export function baseUrlFault(example: string): FaultOf<string> {
  return (value) => {
    if (!/^https?:\/\/[^/\\]/.test(value) || !URL.canParse(value)) return `must be a URL such as '${example}'`
    if (/[?#@]/.test(value)) return 'must have no query, fragment or credentials'
    if (value.endsWith('/')) return `must not end with a slash: write '${value.replace(/\/+$/, '')}'`
    if (value.includes('/.well-known'))
      return 'must not be the URL of the metadata: leave out /.well-known and the rest'
    return undefined
  }
}

/** Takes `8-4-4-4-12` hexadecimal digits. */
export function uuidFault(where: string): FaultOf<string> {
  return (value) => (isUuid(value) ? undefined : `must be a UUID: ${where}`)
}

/** Whether it is `8-4-4-4-12` hexadecimal digits. */
export function isUuid(value: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
}

/** The parts of what was typed where a host belongs, whether it is a URL or not. */
export function splitAddress(value: string): Readonly<Record<'host' | 'port' | 'path', string>> {
  const url = /^[a-z]+:\/\//i.test(value) ? value : `https://${value}`
  if (!URL.canParse(url)) return { host: value, port: '', path: '' }
  const { hostname, port, pathname } = new URL(url)
  return { host: hostname, port, path: pathname }
}

function emptyFault(value: string): string | undefined {
  return value === '' ? 'must not be empty' : undefined
}

/** `{yourOktaDomain}`, `${yourOktaDomain}`, `{{baseurl}}`, `<host>`. */
function placeholderFault(value: string): string | undefined {
  return /[{}<>$\s]/.test(value) ? 'still holds a placeholder or white space: put your own value there' : undefined
}

function hostFault(example: string): FaultOf<string> {
  return (value) => {
    const { host } = splitAddress(value)
    if (!/^[\w-]+(\.[\w-]+)+$/.test(host)) return `must be a whole host name, such as '${example}'`
    if (host === value.toLowerCase()) return undefined
    return `must be the host name alone, without https://, port, path and slash: write '${host}'`
  }
}
