// What a guarded request costs: the person is signed in, and the page answers a few bytes.
import { sampleGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { inGenerations, interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

export async function guardedRequest(pace) {
  const requestsPerRound = pace.scale(1200, 50)
  const how = { rounds: pace.rounds(12), seconds: 90, progress: pace.progress }
  const samples = await inGenerations(how, (generation) =>
    withStage(async (stage) => {
      const people = {}
      for (const party of await stage.startAll(pace.only(parties)))
        people[party.name] = { party, cookies: [(await login(party)).cookie] }
      return await interleave(Object.keys(people), {
        ...generation,
        run: (name) => sampleGuarded(people[name].party, people[name].cookies, requestsPerRound),
      })
    }),
  )
  const figures = Object.entries(samples).map(([name, own]) => [name, summarize(own, samples.floor)])
  return { rounds: samples.floor.length, requestsPerRound, parties: Object.fromEntries(figures) }
}
