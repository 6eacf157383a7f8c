// What a guarded request costs: the person is signed in, and the page answers a few bytes.
import { besideFloor } from '../beside-floor.mjs'
import { sampleGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

/** From then on a request costs no less: the code is compiled and optimized, as in an app that runs for a while. */
const warmUp = { requests: 5000, seconds: 4 }

export async function guardedRequest(pace) {
  const requestsPerRound = pace.scale(800, 50)
  const measured = await besideFloor(pace.only(parties), pace.progress, (pair, how) =>
    inGenerations({ ...how, rounds: pace.rounds(6), seconds: 8 }, (generation) =>
      withStage(async (stage) => {
        const people = {}
        for (const party of await stage.startAll(pair))
          people[party.name] = { party, cookies: [(await login(party)).cookie] }
        await Promise.all(
          Object.values(people).map(({ party, cookies }) =>
            sampleGuarded(party, cookies, pace.scale(warmUp.requests, 50), warmUp.seconds),
          ),
        )
        return await interleave(Object.keys(people), {
          ...generation,
          run: (name) => sampleGuarded(people[name].party, people[name].cookies, requestsPerRound),
        })
      }),
    ),
  )
  const figures = measured.map(({ name, own, floor }) => [name, summarize(own, floor)])
  return { rounds: measured.at(-1).own.length, requestsPerRound, parties: Object.fromEntries(figures) }
}
