// @ts-check
// Which name was probably meant: the one that takes the fewest edits.

/**
 * @param {string} given
 * @param {readonly string[]} names
 */
export function nearestName(given, names) {
  const ranked = names.map((name) => ({ name, distance: editDistance(given, name) }))
  return ranked.sort((left, right) => left.distance - right.distance)[0]?.name
}

/**
 * How many letters have to be added, removed or changed to make one text the other (Levenshtein).
 *
 * @param {string} from
 * @param {string} to
 */
function editDistance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...to].entries()) {
      const changed = Number(row[column]) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, Number(row[column + 1]) + 1, Number(next[column]) + 1))
    }
    row = next
  }
  return Number(row.at(-1))
}
