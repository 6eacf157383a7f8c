// How a guarded request's cost grows with the size and number of what the provider sent, at the floor and with ours.
import { sampleGuarded, warmUpGuarded } from '../load/guarded.mjs'
import { login } from '../load/login.mjs'
import { ours, partiesNamed } from '../parties/index.mjs'
import { cpuOf, inGenerations, interleave } from '../rounds.mjs'
import { withStage } from '../stage.mjs'
import { median, pairedRatio } from '../statistics.mjs'

const sizes = ['small', 'medium', 'large', 'manyClaims']

export async function tokenSize(pace) {
  const requestsPerRound = pace.scale(800, 50)
  const how = { generations: 2, rounds: pace.rounds(6), seconds: 20, progress: pace.progress }
  const samples = await inGenerations(how, (generation) =>
    withStage(async (stage) => {
      const contestants = {}
      for (const party of await stage.startAll(partiesNamed('floor', ours))) {
        for (const shape of sizes) {
          const { cookie } = await login(party, { sub: shape, shape })
          contestants[`${party.name} ${shape}`] = { party, cookies: [cookie] }
        }
      }
      await warmUpGuarded([contestants['floor small'], contestants[`${ours} small`]], pace)
      return await interleave(Object.keys(contestants), {
        ...generation,
        run: (name) => sampleGuarded(contestants[name].party, contestants[name].cookies, requestsPerRound),
      })
    }),
  )
  const cpu = (party, shape) => cpuOf(samples[`${party} ${shape}`])
  const rows = sizes.map((shape) => [
    shape,
    {
      floorMicroseconds: median(cpu('floor', shape)),
      oursMicroseconds: median(cpu(ours, shape)),
      ratio: pairedRatio(cpu(ours, shape), cpu('floor', shape)),
      floorOverSmall: pairedRatio(cpu('floor', shape), cpu('floor', 'small')),
      oursOverSmall: pairedRatio(cpu(ours, shape), cpu(ours, 'small')),
    },
  ])
  return { rounds: samples[`${ours} small`].length, requestsPerRound, shapes: Object.fromEntries(rows) }
}
