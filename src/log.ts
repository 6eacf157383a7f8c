// The operator's log: one structured line for each failure, on stderr or in the app's own logger.
import { describeCauses, RelyingPartyError, type RelyingPartyErrorCode } from './errors.ts'
import { type Line, type LogFields, type LogOption, type RelyingPartyWarningCode, writerOf } from './log-lines.ts'
import { createTally } from './log-tally.ts'
import { randomOctets } from './random.ts'

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
  readonly log?: LogOption
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
