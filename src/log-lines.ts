// A line of the log, and where it is written: to the console, or to the app's own logger.
import { Console } from 'node:console'
import type { RelyingPartyErrorCode } from './errors.ts'

/** Codes of conditions that fail no request, but that an operator needs to know. `docs/errors.md` lists them. */
export type RelyingPartyWarningCode =
  | 'WARN_RP_SECRET'
  | 'WARN_RP_CLIENT_SECRET'
  | 'WARN_RP_BASE_URL_INSECURE'
  | 'WARN_RP_BASE_URL_PORT'
  | 'WARN_RP_SESSION_COOKIE'
  | 'WARN_RP_MOUNTED_TWICE'
  | 'WARN_RP_ROUTE_TAKEN'
  | 'WARN_RP_MEMORY_STORE'
  | 'WARN_RP_STORE_NOT_ATOMIC'
  | 'WARN_RP_RECORD_UNREADABLE'
  | 'WARN_RP_RETURN_TO'
  | 'WARN_RP_SILENT_LOGIN'
  | 'WARN_RP_PROVIDER_STALE'
  | 'WARN_RP_BACKCHANNEL_LOGOUT'
  | 'WARN_RP_REFRESHED_ID_TOKEN'
  | 'WARN_RP_REVOCATION'
  | 'WARN_RP_METADATA'

/** The fields of one log line. None of them holds a token, code, secret, cookie or session id. */
export interface LogFields {
  /** An error code or a warning code; both are listed in `docs/errors.md`. Absent for an error of the app's own code. */
  readonly code?: RelyingPartyErrorCode | RelyingPartyWarningCode | undefined
  /** HTTP status of the answer. */
  readonly status?: number | undefined
  /** Where it happened: a route of the middleware (`/callback`), or the function that the app called (`requireClaim()`). */
  readonly route?: string | undefined
  /** Issuer Identifier of the provider. */
  readonly provider?: string | undefined
  /** Random; the error page shows it too. Find the line of a user's error page by it. */
  readonly reference?: string | undefined
  /** The provider's `error` (RFC 6749 section 5.2). */
  readonly error?: string | undefined
  /** The provider's `error_description`. */
  readonly errorDescription?: string | undefined
  /** The errors underneath, outermost first: name, code and message of each. */
  readonly causes?: readonly string[] | undefined
  /** In a summary: how often it happened since the last line. */
  readonly count?: number | undefined
}

/** `error`: an answer of 500 and above. `warn`: anything else that the operator needs to know. */
export type LogLevel = 'error' | 'warn'

/** A logger that takes the fields first and then the message, as pino does. */
export interface Logger {
  error(fields: LogFields, message: string): unknown
  warn(fields: LogFields, message: string): unknown
}

/** A logger that takes one object, as winston does. */
export interface EntryLogger {
  readonly transports: unknown
  log(entry: LogFields & { readonly level: LogLevel; readonly message: string }): unknown
}

/** What the option `log` takes. */
export type LogOption = false | Logger | EntryLogger | undefined

/** One line. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** Writes one line. */
export type Write = (line: Line) => void

/** Creates the writer for the option `log`. */
export function writerOf(log: LogOption): Write {
  if (log === false) return () => undefined
  if (log === undefined || isConsole(log)) return (line) => print(log ?? globalThis.console, line)
  const write = 'transports' in log ? toEntryLogger(log) : toLogger(log)
  // A logger that throws or rejects must neither fail the request, nor end the process, nor lose the line.
  return (line) => void write(line).catch(() => print(globalThis.console, line))
}

type Pass = (line: Line) => Promise<unknown>

function toLogger(log: Logger): Pass {
  return async ({ level, message, fields }) => log[level](fields, message)
}

function toEntryLogger(log: EntryLogger): Pass {
  return async ({ level, message, fields }) => log.log({ level, message, ...fields })
}

function isConsole(log: Logger | EntryLogger): log is Console {
  return log === globalThis.console || log instanceof Console // test runners replace the global one
}

function print(to: Console, { level, message, fields }: Line): void {
  const pairs = Object.entries({ level, ...fields, message }).filter(([, value]) => value !== undefined)
  to[level](`express-relying-party ${pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')}`)
}

/** As logfmt has it. What others chose must not end the line, nor move the cursor of a terminal. */
function quoted(value: unknown): string {
  const text = Array.isArray(value) ? value.join('; ') : String(value)
  if (/^[\w./:@()-]+$/.test(text)) return text
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
