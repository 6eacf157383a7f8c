// The command line of the bench: which measures to run, and how thoroughly.
import { parseArgs } from 'node:util'
import { measureNames, soakName } from './measures/names.mjs'
import { parties } from './parties/index.mjs'

export const usage = `usage: npm run bench [-- [--quick] [--rounds N] [--party NAME]... [--report] [MEASURE]...]
  measures: ${[...measureNames, soakName].join(', ')} (the beginning of a name will do); all but ${soakName} by default
  --quick   very few requests, to see that everything works; writes no results
  --rounds  at most so many rounds of each measure
  --party   only this one beside the floor; writes no results
  --report  measures nothing; writes the documents anew from results.json`

const options = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  party: { type: 'string', multiple: true, default: [] },
  report: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/**
 * Throws a RangeError or TypeError whose message is one line for the user.
 *
 * @param {readonly string[]} args
 */
export function parseCommandLine(args) {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const unknown = values.party.find((name) => !parties.some((party) => party.name === name))
  if (unknown !== undefined) {
    throw new RangeError(`there is no party "${unknown}"; known: ${parties.map(({ name }) => name).join(', ')}`)
  }
  return {
    measures: positionals.length === 0 ? measureNames : [...new Set(positionals.map(measureNamed))],
    isQuick: values.quick,
    rounds: values.rounds === undefined ? Number.POSITIVE_INFINITY : parseRounds(values.rounds),
    parties: values.party,
    isReport: values.report,
    isHelp: values.help,
  }
}

function measureNamed(beginning) {
  const all = [...measureNames, soakName]
  const found = all.filter((name) => name.startsWith(beginning))
  if (found.length === 1) return found[0]
  throw new RangeError(`there is no measure "${beginning}"; known: ${all.join(', ')}`)
}

function parseRounds(text) {
  const rounds = Number(text)
  if (Number.isInteger(rounds) && rounds > 0) return rounds
  throw new RangeError(`--rounds takes a whole number from 1, not "${text}"`)
}
