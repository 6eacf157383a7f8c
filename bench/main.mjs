// `npm run bench`: runs the measures one after the other, prints their tables and writes the results.
import { loadavg } from 'node:os'
import { parseCommandLine, usage } from './command-line.mjs'
import { install, isInstalled } from './install.mjs'
import { expectedSeconds } from './measures/names.mjs'
import { textOf } from './report.mjs'
import { describeEnvironment, readResults, writeResults } from './results.mjs'

/** More than this, and others take the cores that are measured. */
const quietLoad = 0.5
const usageFault = 64 // EX_USAGE of sysexits.h

function readCommandLine() {
  try {
    return parseCommandLine(process.argv.slice(2))
  } catch (error) {
    console.error(`bench: ${error.message}`)
    process.exit(usageFault)
  }
}

/** How much of everything a measure does, and where it tells how far it is. */
function createPace({ isQuick, rounds, parties }, progress) {
  return {
    scale: (normal, quick) => (isQuick ? quick : normal),
    rounds: (normal) => (isQuick ? 1 : Math.min(normal, rounds)),
    only: (all) => all.filter(({ name }) => parties.length === 0 || name === 'floor' || parties.includes(name)),
    progress,
  }
}

/** A line on stderr: what runs, how far it is, and how long all will still take. */
function createProgress(names, index) {
  const rest = names.slice(index + 1).reduce((sum, name) => sum + expectedSeconds[name], 0)
  const name = names[index]
  return (share) => {
    const seconds = rest + expectedSeconds[name] * (1 - share)
    const left = seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`
    console.error(`[${index + 1}/${names.length}] ${name} ${Math.round(share * 100)} %, about ${left} left`)
  }
}

async function run(commandLine) {
  const { measures } = await import('./measures/index.mjs')
  const names = commandLine.measures
  const results = {}
  for (const [index, name] of names.entries()) {
    const progress = createProgress(names, index)
    if (!commandLine.isQuick) progress(0)
    const start = Date.now()
    const data = await measures[name](createPace(commandLine, commandLine.isQuick ? () => {} : progress))
    const seconds = Math.round((Date.now() - start) / 1000)
    results[name] = { at: new Date(start).toISOString(), seconds, ...data }
    console.log(textOf(name, results[name]))
  }
  return results
}

/** The load average of the last minute, before the bench adds its own. */
function warnOfLoad() {
  const [load = 0] = loadavg()
  if (load > quietLoad)
    console.error(
      `bench: other programs are at work here (load ${load.toFixed(1)}); the figures will not be worth much`,
    )
  return load
}

async function main(commandLine) {
  const loadBefore = warnOfLoad()
  if (!isInstalled()) {
    console.error("bench: installing the bench's packages (npm ci) ...")
    install()
  }
  if (commandLine.isReport) return await writeResults(readResults())
  const measured = await run(commandLine)
  if (commandLine.isQuick || commandLine.parties.length > 0) console.error('bench: no results are written')
  else
    await writeResults({
      environment: { ...describeEnvironment(), loadBefore },
      measures: { ...readResults().measures, ...measured },
    })
}

const commandLine = readCommandLine()
if (commandLine.isHelp) {
  console.log(usage)
} else {
  try {
    await main(commandLine)
  } catch (error) {
    console.error(`bench: ${error.message}`)
    process.exitCode = 1
  }
}
