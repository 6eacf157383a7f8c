// What a guarded request costs: the person is signed in, and the page answers a few bytes.
import { sampleGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { interleave, summarize } from '../rounds.mjs'
import { withStage } from '../stage.mjs'

export async function guardedRequest(pace) {
  const requestsPerRound = pace.scale(1500, 50)
  return await withStage(async (stage) => {
    const started = await stage.startAll(pace.only(parties))
    const people = {}
    for (const party of started) people[party.name] = { party, cookies: [(await login(party)).cookie] }
    const samples = await interleave(Object.keys(people), {
      rounds: pace.rounds(9),
      seconds: 70,
      run: (name) => sampleGuarded(people[name].party, people[name].cookies, requestsPerRound),
      progress: pace.progress,
    })
    const figures = Object.entries(samples).map(([name, own]) => [name, summarize(own, samples.floor)])
    return { rounds: samples.floor.length, requestsPerRound, parties: Object.fromEntries(figures) }
  })
}
