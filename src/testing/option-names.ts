// Refuses options that the test kit does not know: a test with a misspelt one would pass and test nothing.

/** All names of an interface; the compiler holds the list against it. */
export type NamesOf<Options extends object> = Readonly<Record<keyof Options, true>>

/** Throws a `TypeError` unless the options are an object that has only these names; `caller` is the function they are for. */
export function requireNames<Options extends object>(caller: string, options: Options, names: NamesOf<Options>): void {
  if (Object.prototype.toString.call(options) !== '[object Object]') throw new TypeError(`${caller} takes an object.`)
  const known = Object.keys(names)
  for (const name in options) {
    if (known.includes(name)) continue
    const hint =
      known.length === 0 ? 'there are none' : `did you mean ${nearest(name, known)}? (known: ${known.join(', ')})`
    throw new TypeError(`${caller}: unknown option ${name}: ${hint}`)
  }
}

/** Throws a `TypeError` unless the value is undefined or one of these words. */
export function requireWord(caller: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.some((word) => word === value)) return
  throw new TypeError(`${caller} must be one of ${words.join(', ')}.`)
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
  }))
  return ranked.sort((left, right) => left.distance - right.distance)[0]?.candidate
}

/** Levenshtein's. The test kit imports nothing of the rest of the package, which has it too. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [rowIndex, character] of [...left].entries()) {
    const next = [rowIndex + 1]
    for (const [column, other] of [...right].entries()) {
      const substitution = (row[column] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min(substitution, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
