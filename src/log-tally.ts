// Counts equal lines of the log, so that no client can flood it.
import type { Line, Write } from './log-lines.ts'

interface Count {
  line: Line
  more: number
  readonly timer: NodeJS.Timeout
}

/** What counts lines. */
export interface Tally {
  /** Writes the first of equal lines at once, and counts the others. */
  add(key: string, line: Line): void
  /** Writes the summaries that are due, now. */
  flush(): void
}

/** Writes the first of equal lines at once, and how many came after it once per period. */
export function createTally(write: Write, summarySeconds: number): Tally {
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
