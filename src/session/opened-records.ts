// Login records that this process has opened before, so that the requests of one page do not decipher one record each.

/** Knows records by all of their bytes: what was changed, or moved under another id, is not known. */
export interface OpenedRecords<Facts> {
  /** What was kept of the record under that id, when it is sealed in exactly these bytes. */
  find(id: string, sealed: string): Opened<Facts> | undefined
  /**
   * @param facts - without tokens: what lies in memory for longer than a request holds no secret; frozen, as requests share it
   * @param values - how many there are in the facts
   */
  add(id: string, sealed: string, facts: Facts, values: number): void
}

/** One that was opened. */
export interface Opened<Facts> {
  /** The same for all requests: whoever keeps it keeps one text, and not each its own. */
  readonly sealed: string
  readonly facts: Facts
  readonly bytes: number
}

/** Some 900 people of usual tokens; the others cost what the first request of each costs. */
const mostBytes = 4 * 1024 * 1024
/** About what V8 takes for a value beside its text: a claim may be a list of thousands of empty objects. */
const bytesOfValue = 32

/** Makes the memory of one process. It has two halves: when the younger one is full, the older one is forgotten as a whole. */
export function createOpenedRecords<Facts>(): OpenedRecords<Facts> {
  let younger = new Map<string, Opened<Facts>>()
  let older = new Map<string, Opened<Facts>>()
  let size = 0

  function keep(id: string, opened: Opened<Facts>): void {
    if (opened.bytes > mostBytes / 2) return
    size += opened.bytes
    if (size > mostBytes / 2) {
      older = younger
      younger = new Map()
      size = opened.bytes
    }
    younger.set(id, opened)
  }

  return {
    find(id, sealed) {
      const young = younger.get(id)
      const opened = young ?? older.get(id)
      if (opened?.sealed !== sealed) return undefined
      if (young === undefined) keep(id, opened)
      return opened
    },

    add: (id, sealed, facts, values) => keep(id, { sealed, facts, bytes: sealed.length + values * bytesOfValue }),
  }
}
