// What a whole login costs, from the login route to the redirect of the callback, one at a time and 32 at once.
import { atOnce } from '../load/at-once.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

const concurrencies = [1, 32]
const warmUpLogins = 300

export async function wholeLogin(pace) {
  const loginsPerRound = pace.scale(80, 8)
  const how = { rounds: pace.rounds(15), seconds: 120, progress: pace.progress }
  const samples = await inGenerations(how, ({ seconds, rounds, progress }) =>
    withStage(async (stage) => {
      const started = Object.fromEntries((await stage.startAll(pace.only(parties))).map((party) => [party.name, party]))
      // The code of a login is compiled and optimized then, as it is in an app that runs for a while.
      for (const party of Object.values(started)) await sampleLogins(party, pace.scale(warmUpLogins, 8), 32)
      const byConcurrency = {}
      for (const [index, concurrency] of concurrencies.entries()) {
        const own = await interleave(Object.keys(started), {
          rounds,
          seconds: seconds / concurrencies.length,
          run: (name) => sampleLogins(started[name], loginsPerRound, concurrency),
          progress: (share) => progress((index + share) / concurrencies.length),
        })
        for (const [name, more] of Object.entries(own)) byConcurrency[keyOf(name, concurrency)] = more
      }
      return byConcurrency
    }),
  )
  const figures = concurrencies.map((concurrency) => [concurrency, figuresAt(concurrency, samples, pace)])
  return { loginsPerRound, concurrencies: Object.fromEntries(figures) }
}

function keyOf(name, concurrency) {
  return `${name} at ${concurrency}`
}

function figuresAt(concurrency, samples, pace) {
  const floor = samples[keyOf('floor', concurrency)]
  const figures = pace.only(parties).map(({ name }) => [name, summarize(samples[keyOf(name, concurrency)], floor)])
  return { rounds: floor.length, parties: Object.fromEntries(figures) }
}

/** Each person has a browser of their own. */
async function sampleLogins(party, count, concurrency) {
  const before = await party.ask('cpu')
  const { milliseconds, seconds } = await atOnce({
    count,
    concurrency,
    work: (index) => login(party, { sub: `person-${index}` }),
  })
  return { cpu: ((await party.ask('cpu')) - before) / count, milliseconds, perSecond: count / seconds }
}
