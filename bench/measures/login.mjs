// What a whole login costs, from the login route to the redirect of the callback, one at a time and 32 at once.
import { besideFloor } from '../beside-floor.mjs'
import { atOnce } from '../load/at-once.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

const concurrencies = [1, 32]
/** In one sample: half a second of CPU each, so that one collection of garbage more or less is not the figure. */
const loginsAt = { 1: 80, 32: 240 }
/** From then on a login costs no less: the code is compiled and optimized, as in an app that runs for a while. */
const warmUp = { logins: 2000, seconds: 6 }

export async function wholeLogin(pace) {
  const measured = await besideFloor(pace.only(parties), pace.progress, (pair, how) =>
    inGenerations({ ...how, rounds: pace.rounds(6), seconds: 6 }, (generation) =>
      withStage(async (stage) => {
        const started = await stage.startAll(pair)
        await Promise.all(started.map((party) => sampleLogins(party, pace.scale(warmUp.logins, 8), 32, warmUp.seconds)))
        return await sampleAtEach(started, generation, (concurrency) => pace.scale(loginsAt[concurrency], 8))
      }),
    ),
  )
  const figures = concurrencies.map((concurrency) => [concurrency, figuresAt(concurrency, measured)])
  return { loginsPerRound: loginsAt, concurrencies: Object.fromEntries(figures) }
}

/** A sample has the figures of each concurrency: `{ 1: ..., 32: ... }`. */
async function sampleAtEach(started, { rounds, seconds, progress }, countAt) {
  const byName = Object.fromEntries(started.map((party) => [party.name, party]))
  return await interleave(Object.keys(byName), {
    rounds,
    seconds,
    progress,
    run: async (name) => {
      const sample = {}
      for (const concurrency of concurrencies)
        sample[concurrency] = await sampleLogins(byName[name], countAt(concurrency), concurrency)
      return sample
    },
  })
}

function figuresAt(concurrency, measured) {
  const of = (samples) => samples.map((sample) => sample[concurrency])
  const figures = measured.map(({ name, own, floor }) => [name, summarize(of(own), of(floor))])
  return { rounds: measured.at(-1).own.length, parties: Object.fromEntries(figures) }
}

/** Each person has a browser of their own. */
async function sampleLogins(party, count, concurrency, atMostSeconds) {
  const before = await party.ask('cpu')
  const { milliseconds, seconds } = await atOnce({
    count,
    concurrency,
    atMostSeconds,
    work: (index) => login(party, { sub: `person-${index}` }),
  })
  return {
    cpu: ((await party.ask('cpu')) - before) / milliseconds.length,
    milliseconds,
    perSecond: milliseconds.length / seconds,
  }
}
