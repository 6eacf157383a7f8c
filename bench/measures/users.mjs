// How the cost grows with the people who are signed in: 100 and 10,000, at the floor and with ours.
import { atOnce } from '../load/at-once.mjs'
import { sampleGuarded, warmUpGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { ours, partiesNamed } from '../parties/index.mjs'
import { cpuOf, interleave } from '../rounds.mjs'
import { withStage } from '../stage.mjs'
import { median, pairedRatio } from '../statistics.mjs'

const monthSeconds = 31 * 86_400

export async function users(pace) {
  const few = pace.scale(100, 10)
  const many = pace.scale(10_000, 40)
  const requestsPerRound = pace.scale(2000, 50)
  return await withStage(async (stage) => {
    const contestants = partiesNamed('floor', ours).flatMap((party) => [
      { party, count: few },
      { party, count: many },
    ])
    const ready = {}
    // At the same time: signing in is not what is measured here.
    await Promise.all(
      contestants.map(async ({ party, count }) => {
        ready[`${party.name} ${count}`] = await signIn(await stage.start(party, { store: 'forgetful' }), count)
      }),
    )
    await warmUpGuarded(Object.values(ready), pace)
    pace.progress(0.7)
    const samples = await interleave(Object.keys(ready), {
      rounds: pace.rounds(5),
      seconds: 12,
      run: (name) => sampleGuarded(ready[name].party, ready[name].cookies, requestsPerRound),
      progress: (share) => pace.progress(0.7 + 0.3 * share),
    })
    const rows = contestants.map(({ party: { name }, count }) => {
      const own = `${name} ${count}`
      return {
        party: name,
        users: count,
        cpuMicroseconds: median(cpuOf(samples[own])),
        ratio: pairedRatio(cpuOf(samples[own]), cpuOf(samples[`floor ${count}`])),
        overFew: pairedRatio(cpuOf(samples[own]), cpuOf(samples[`${name} ${few}`])),
        storeBytesEach: ready[own].storeBytesEach,
        heapBytesEach: ready[own].heapBytesEach,
      }
    })
    return { rounds: samples[`floor ${few}`].length, requestsPerRound, rows }
  })
}

async function signIn(party, count) {
  // The code is compiled before the first look at the heap, and who came for that is forgotten.
  await atOnce({ count: Math.min(count, 200), concurrency: 16, work: () => login(party) })
  await party.ask('passSeconds', { seconds: monthSeconds })
  const before = { ...(await party.ask('store')), heap: await party.ask('heap') }
  const cookies = []
  await atOnce({
    count,
    concurrency: 16,
    work: async (index) => cookies.push((await login(party, { sub: `person-${index}` })).cookie),
  })
  const after = { ...(await party.ask('store')), heap: await party.ask('heap') }
  return {
    party,
    cookies,
    storeBytesEach: (after.bytes - before.bytes) / count,
    heapBytesEach: (after.heap - before.heap) / count,
  }
}
