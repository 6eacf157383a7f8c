// What a whole login costs, from the login route to the redirect of the callback, one at a time and 32 at once.
import { atOnce } from '../load/at-once.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

const concurrencies = [1, 32]
/** The code of a login is compiled and optimized by then, as it is in an app that runs for a while. */
const warmUpLogins = 500

export async function wholeLogin(pace) {
  const loginsPerRound = pace.scale(100, 8)
  return await withStage(async (stage) => {
    const started = Object.fromEntries((await stage.startAll(pace.only(parties))).map((party) => [party.name, party]))
    for (const party of Object.values(started)) await sampleLogins(party, pace.scale(warmUpLogins, 8), 32)
    const result = { loginsPerRound, concurrencies: {} }
    for (const [index, concurrency] of concurrencies.entries()) {
      const samples = await interleave(Object.keys(started), {
        rounds: pace.rounds(13),
        seconds: 55,
        run: (name) => sampleLogins(started[name], loginsPerRound, concurrency),
        progress: (share) => pace.progress((index + share) / concurrencies.length),
      })
      const figures = Object.entries(samples).map(([name, own]) => [name, summarize(own, samples.floor)])
      result.concurrencies[concurrency] = { rounds: samples.floor.length, parties: Object.fromEntries(figures) }
    }
    return result
  })
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
