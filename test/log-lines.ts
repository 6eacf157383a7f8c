// A log that keeps its lines, in the place of the console.
import { createLog, type Log } from '../src/log.ts'
import type { LogFields, Logger, LogLevel } from '../src/log-lines.ts'

/** One line, as the middleware wrote it. */
export interface LogLine extends LogFields {
  readonly level: LogLevel
  readonly message: string
}

/** A logger for the option `log`, in pino's shape, and the lines that it was given. */
export interface LogLines {
  readonly lines: LogLine[]
  readonly logger: Logger
  readonly log: Log
  /** The codes of the lines, in order. */
  codes(): (string | undefined)[]
}

export function keepLogLines(): LogLines {
  const lines: LogLine[] = []
  const keep = (level: LogLevel) => (fields: LogFields, message: string) => lines.push({ level, ...fields, message })
  const logger = { error: keep('error'), warn: keep('warn') }
  return { lines, logger, log: createLog({ log: logger }), codes: () => lines.map(({ code }) => code) }
}

/** For what is not about the log. */
export const silentLog: Log = createLog({ log: false })
