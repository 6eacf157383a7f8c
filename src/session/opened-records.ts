// Login records that this process has opened before, so that the requests of one page do not decipher one record each.

/** Knows records by all of their bytes: what was changed, or moved under another id, is not known. */
export interface OpenedRecords {
  /** What was kept of the record under that id, when it is sealed in exactly these bytes. */
  find(id: string, sealed: string): Opened | undefined
  /** @param plaintext - without tokens: what lies in memory for longer than a request holds no secret */
  add(id: string, sealed: string, plaintext: string): void
}

/** One that was opened. */
export interface Opened {
  /** The same for all requests: whoever keeps it keeps one text, and not each its own. */
  readonly sealed: string
  readonly plaintext: string
}

/** Some 1,000 people of usual tokens; the others cost what the first request of each costs. */
const mostCharacters = 4 * 1024 * 1024

/** Makes the memory of one process. It has two halves: when the younger one is full, the older one is forgotten as a whole. */
export function createOpenedRecords(): OpenedRecords {
  let younger = new Map<string, Opened>()
  let older = new Map<string, Opened>()
  let size = 0

  function keep(id: string, opened: Opened): void {
    const characters = opened.sealed.length + opened.plaintext.length
    if (characters > mostCharacters / 2) return
    size += characters
    if (size > mostCharacters / 2) {
      older = younger
      younger = new Map()
      size = characters
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

    add: (id, sealed, plaintext) => keep(id, { sealed, plaintext }),
  }
}
