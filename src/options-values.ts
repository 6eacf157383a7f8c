// What values of options look like: texts, paths, URLs, durations, functions; each with what it must be in words.
import * as v from 'valibot'
import { isSecureUrl } from './http/secure-url.ts'
import { loginRouteParameters, type Options } from './options.ts'
import { reservedParameters } from './options-client.ts'
import { howToMakeSecret, isGuessable, shortestSecret } from './options-strength.ts'
import { isPlain } from './strict-options.ts'

/** What goes into a header has to. */
function isAscii(value: string): boolean {
  return /^[\u0020-\u007e]*$/.test(value)
}

export const text: v.GenericSchema<string, string> = v.pipe(v.string(), v.nonEmpty('must not be empty'))
export const seconds: v.GenericSchema<number, number> = v.pipe(
  v.number(),
  v.finite('must be finite'),
  v.minValue(0, 'must not be negative'),
)
export const tenYears: number = 10 * 366 * 86_400
export const path: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^\/(?![/\\])[^?#\s\\]*$/, "must be a path: '/' first, no query"),
  v.check(isAscii, 'must be ASCII: percent-encode it'),
)
export const callbackPath: v.GenericSchema<string, string> = v.union(
  [v.literal(''), path],
  "must be a path: '/' first, no query; or ''",
)
export const pathOrFalse: v.GenericSchema<string | false, string | false> = v.union(
  [v.literal(false), path],
  'must be a path or false',
)
export const secret: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.minLength(shortestSecret, `must have at least ${shortestSecret} characters; ${howToMakeSecret}`),
  v.check(
    (value) => value.length < shortestSecret || !isGuessable(value),
    `must be random, not a pattern or a placeholder; ${howToMakeSecret}`,
  ),
)
export const url: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.check((value) => !/[{}<>\s]/.test(value), 'still holds a placeholder or white space'),
  v.check(isAscii, 'must be ASCII: percent-encode its path, write its host in Punycode'),
  v.check((value) => URL.canParse(value) && /^https?:\/\/[^/\\]/i.test(value), 'must be an http(s) URL'),
  v.check(
    (value) => !/[?#]/.test(value) && !/^[^/]*\/\/[^/]*@/.test(value),
    'must have no query, fragment or credentials',
  ),
)
export const parameters: v.GenericSchema<Record<string, string>, Record<string, string>> = v.pipe(
  v.custom<Record<string, string>>(isPlain, 'must be an object of strings, or a function'),
  v.record(v.string(), v.string('must be a string')),
  v.check(
    (given) => reservedParameters.every((name) => !(name in given)),
    `must not set what the middleware sets itself (${reservedParameters.join(', ')})`,
  ),
)

export const forwardedParameter: v.GenericSchema<string, string> = v.pipe(
  text,
  v.check(
    (name) => !reservedParameters.includes(name) && !loginRouteParameters.includes(name),
    `must not be what the middleware reads or sets itself (${[...loginRouteParameters, ...reservedParameters].join(', ')})`,
  ),
)

export const apiOrigin: v.GenericSchema<string, string> = v.pipe(
  url,
  v.check(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    "must be an origin: 'https://host', no path",
  ),
  v.check((value) => URL.canParse(value) && isSecureUrl(new URL(value)), 'must be https: (http: only on loopback)'),
)

export function positiveSeconds(most: number): v.GenericSchema<number, number> {
  return v.pipe(v.number(), v.gtValue(0, 'must be more than 0'), v.maxValue(most, `must be at most ${most}`))
}

export function callable<Type>(): v.GenericSchema<Type, Type> {
  return v.custom<Type>((value) => typeof value === 'function', 'must be a function')
}

export function objectWith<Type>(...methods: string[]): v.GenericSchema<Type, Type> {
  const has = (value: unknown, name: string) => typeof Object(value)[name] === 'function'
  return v.custom<Type>((value) => methods.every((name) => has(value, name)), `must have ${methods.join(', ')}()`)
}

export const logger: v.GenericSchema<NonNullable<Options['log']>> = v.custom<NonNullable<Options['log']>>(
  (value) => value === false || isLogger(value),
  "must be false, console, or a logger with error() and warn() (pino's shape) or log() and transports (winston's)",
)

function isLogger(value: unknown): boolean {
  const has = (name: string) => typeof Object(value)[name] === 'function'
  return (has('error') && has('warn')) || (has('log') && 'transports' in Object(value))
}
