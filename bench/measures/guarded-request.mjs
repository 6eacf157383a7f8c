// What a guarded request costs: the person is signed in, and the page answers a few bytes.
import { besideFloor } from '../beside-floor.mjs'
import { sampleGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

const warmUpRequests = 1000

export async function guardedRequest(pace) {
  const requestsPerRound = pace.scale(800, 50)
  const measured = await besideFloor(pace.only(parties), pace.progress, (pair, progress) =>
    inGenerations({ rounds: pace.rounds(6), seconds: 8, progress }, (generation) =>
      withStage(async (stage) => {
        const people = {}
        for (const party of await stage.startAll(pair))
          people[party.name] = { party, cookies: [(await login(party)).cookie] }
        // The code is compiled and optimized then, as it is in an app that runs for a while.
        for (const { party, cookies } of Object.values(people))
          await sampleGuarded(party, cookies, pace.scale(warmUpRequests, 50))
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
