// The operator's log: one structured line for each failure, on stderr or in the app's own logger.
import { Console } from 'node:console'
import { describeCauses, RelyingPartyError, type RelyingPartyErrorCode } from './errors.ts'
import { randomOctets } from './random.ts'

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

/** Reports failures to the operator. */
export interface Log {
  /**
   * Reports the error of a request once, however often it is reported, and gives it its `reference`. Errors that any
   * client can cause at will are counted instead: the first is logged, the others are summarized once a minute.
   */
  report(error: unknown, route: string): void
  /** Reports a condition that fails no request; repetitions within a minute are counted and summarized. */
  warn(code: RelyingPartyWarningCode, message: string, fields?: Pick<LogFields, 'provider' | 'causes'>): void
  /** Reports a condition of the set-up: the same message once for the life of the process. */
  warnOnce(code: RelyingPartyWarningCode, message: string, fields?: Pick<LogFields, 'provider'>): void
  /** Writes the summaries that are still due. */
  flush(): void
}

/** What a log is made of. */
export interface LogParts {
  /** The option `log`. @defaultValue the console, which prints to stderr */
  readonly log?: false | Logger | EntryLogger | undefined
  /** Error pages show the messages of errors reported here: only on the developer's own machine. @defaultValue `false` */
  readonly showsMessages?: boolean
  /** @defaultValue `60` */
  readonly summarySeconds?: number
}

/** Creates the log of one middleware or guard. */
export function createLog({ log, showsMessages = false, summarySeconds = 60 }: LogParts = {}): Log {
  const write = writerOf(log)
  const countOrWrite = createTally(write, summarySeconds)
  const reported = new WeakSet<object>()
  const said = new Set<string>()

  function isFirst(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return true
    const isNew = !reported.has(error)
    reported.add(error)
    return isNew
  }

  function reportOwn(error: RelyingPartyError, route: string): void {
    const { code, message } = error
    if (code === 'ERR_RP_STEP_UP_REQUIRED') return // nothing has failed: the answer is a login
    const level = error.status >= 500 ? 'error' : 'warn'
    if (isOfAnyClient(error)) {
      // Messages have no text of the request in them, so there are only a few of them.
      countOrWrite.add(`${route} ${message}`, { level, message, fields: { ...fieldsOf(error), route } })
      return
    }
    const reference = randomOctets(5).toString('hex')
    Object.defineProperty(error, 'reference', { value: reference, enumerable: true })
    write({ level, message, fields: { ...fieldsOf(error), route, reference } })
  }

  return {
    report(error, route) {
      if (!isFirst(error)) return
      if (!(error instanceof RelyingPartyError)) return write(foreignError(error, route))
      if (showsMessages) shown.add(error)
      if (error.reference === undefined) reportOwn(error, route)
    },

    warn(code, message, fields = {}) {
      const line = { level: 'warn', message, fields: { code, ...fields } } as const
      countOrWrite.add(`${code} ${fields.provider} ${message}`, line)
    },

    warnOnce(code, message, fields = {}) {
      const key = `${code} ${fields.provider} ${message}`
      if (said.has(key)) return
      said.add(key)
      write({ level: 'warn', message, fields: { code, ...fields } })
    },

    flush: countOrWrite.flush,
  }
}

/** The log of guards and pages that find no middleware on the request, and so no option `log`. */
export const logWithoutMiddleware: Log = createLog()

const shown = new WeakSet<RelyingPartyError>()

/** Whether a page may show the error's message: it was reported on the developer's own machine. */
export function mayShowMessage(error: RelyingPartyError): boolean {
  return shown.has(error)
}

interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

type Write = (line: Line) => void

/** Any client can cause these as often as it likes: a line for each would flood the log. */
const codesOfAnyClient: readonly RelyingPartyErrorCode[] = [
  'ERR_RP_HOST_UNKNOWN',
  'ERR_RP_PROVIDER_UNKNOWN',
  'ERR_RP_LOGIN_PARAMETER',
  'ERR_RP_INTERRUPTED_POST',
  'ERR_RP_LOGOUT_CROSS_SITE',
  'ERR_RP_LOGOUT_TOKEN',
]
/** These too, unless they are about a login that this app started: then they have a cause or name the provider. */
const codesWithoutLogin: readonly RelyingPartyErrorCode[] = ['ERR_RP_LOGIN_REQUIRED', 'ERR_RP_RESPONSE_INVALID']

function isOfAnyClient({ code, cause, provider, lostLogin }: RelyingPartyError): boolean {
  const isUnmatched = cause === undefined && provider === undefined
  return (
    codesOfAnyClient.includes(code) ||
    (codesWithoutLogin.includes(code) && isUnmatched) ||
    lostLogin?.reason === 'state_unknown'
  )
}

function fieldsOf({ code, status, provider, error, errorDescription, cause }: RelyingPartyError): LogFields {
  const causes = describeCauses(cause)
  return {
    code,
    status,
    ...(provider !== undefined && { provider }),
    ...(error !== undefined && { error: cut(error) }),
    ...(errorDescription !== undefined && { errorDescription: cut(errorDescription) }),
    ...(causes.length > 0 && { causes }),
  }
}

const longestForeignText = 300

/** The provider, or a client in its name, chooses this text. */
function cut(text: string): string {
  return text.length > longestForeignText ? `${text.slice(0, longestForeignText)}...` : text
}

/** Only the name of a foreign error is known to hold no secret; the app's error handler gets all of it. */
function foreignError(error: unknown, route: string): Line {
  const name = error instanceof Error ? error.name : typeof error
  const message = `The app's own code failed with ${name}. The error was passed to the app's error handler.`
  return { level: 'error', message, fields: { status: 500, route } }
}

interface Count {
  line: Line
  more: number
  readonly timer: NodeJS.Timeout
}

/** Writes the first of equal lines at once, and how many came after it once per period. */
function createTally(write: Write, summarySeconds: number) {
  const counts = new Map<string, Count>()

  function open(key: string, line: Line): void {
    const timer = setTimeout(() => close(key), summarySeconds * 1000).unref()
    counts.set(key, { line, more: 0, timer })
  }

  function close(key: string): void {
    const count = counts.get(key)
    if (count === undefined) return
    clearTimeout(count.timer)
    counts.delete(key)
    if (count.more === 0) return
    summarize(count)
    open(key, count.line)
  }

  function summarize({ line: { level, message, fields }, more }: Count): void {
    write({
      level,
      message: `This happened ${more} more times; most recently: ${message}`,
      fields: { ...fields, count: more },
    })
  }

  return {
    add(key: string, line: Line): void {
      const count = counts.get(key)
      if (count === undefined) {
        write(line)
        open(key, line)
      } else {
        count.more += 1
        count.line = line
      }
    },

    flush(): void {
      for (const key of [...counts.keys()]) {
        close(key)
        clearTimeout(counts.get(key)?.timer)
        counts.delete(key)
      }
    },
  }
}

function writerOf(log: LogParts['log']): Write {
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
