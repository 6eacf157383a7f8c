// How long it takes to import each, and from the start of the process to the end of the first login; always fresh processes.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { interleave } from '../rounds.mjs'
import { withStage } from '../stage.mjs'
import { median, pairedRatio } from '../statistics.mjs'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../import-time.mjs', import.meta.url))

export async function startUp(pace) {
  const contestants = Object.fromEntries(
    pace
      .only(parties)
      .filter(({ imports }) => imports)
      .map((party) => [party.name, party]),
  )
  const imports = await interleave(Object.keys(contestants), {
    rounds: pace.rounds(8),
    seconds: 40,
    run: (name) => importMilliseconds(contestants[name].imports),
    progress: (share) => pace.progress(share / 2),
  })
  const firstLogins = await withStage((stage) =>
    interleave(Object.keys(contestants), {
      rounds: pace.rounds(5),
      seconds: 40,
      run: (name) => firstLoginMilliseconds(stage, contestants[name]),
      progress: (share) => pace.progress(0.5 + share / 2),
    }),
  )
  const figures = Object.keys(contestants).map((name) => [
    name,
    {
      importMilliseconds: median(imports[name]),
      importRatio: pairedRatio(imports[name], imports.floor),
      firstLoginMilliseconds: median(firstLogins[name]),
      firstLoginRatio: pairedRatio(firstLogins[name], firstLogins.floor),
    },
  ])
  return { rounds: imports.floor.length, loginRounds: firstLogins.floor.length, parties: Object.fromEntries(figures) }
}

async function importMilliseconds(names) {
  const { stdout } = await run(process.execPath, [script, ...names], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return Number(stdout)
}

async function firstLoginMilliseconds(stage, contestant) {
  const start = performance.now()
  const party = await stage.start(contestant, { isChecked: false })
  await login(party)
  const milliseconds = performance.now() - start
  await party.stop()
  return milliseconds
}
