// What a guarded request costs: the person is signed in, and the page answers a few bytes.
import { besideFloor } from '../beside-floor.mjs'
import { sampleGuarded, warmUpGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

export async function guardedRequest(pace) {
  const requestsPerRound = pace.scale(800, 50)
  const measured = await besideFloor(pace.only(parties), pace.progress, (pair, how) =>
    inGenerations({ ...how, rounds: pace.rounds(6), seconds: 6 }, (generation) =>
      withStage(async (stage) => {
        const people = {}
        for (const party of await stage.startAll(pair))
          people[party.name] = { party, cookies: [(await login(party)).cookie] }
        await warmUpGuarded(Object.values(people), pace)
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
