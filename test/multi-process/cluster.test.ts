// The processes of the tests end with whoever started them, and the balancer sends on what a dead one lost.
import { describe, expect, it } from 'vitest'
import { useStage } from './use-stage.ts'

describe('startCluster', () => {
  const stage = useStage({ store: 'redis', processes: 2 })

  it('has the balancer ask each process in turn', async () => {
    const person = await stage.signIn('alice')
    const answers = [await person.ask('/me'), await person.ask('/me'), await person.ask('/me')]
    const [first, second, third] = answers.map(({ process }) => process)
    expect([first, second, third]).toEqual([first, 1 - Number(first), first])
  })

  it('has the balancer repeat elsewhere what a killed process lost', async () => {
    const person = await stage.signIn('alice')
    const arrived = stage.cluster.arrivals('/slow', 2)
    const slow = person.askAtOnce(2, '/slow')
    await arrived
    const repeated = stage.cluster.arrivals('/slow', 1)
    await stage.cluster.kill(0)
    await repeated
    stage.cluster.release()
    expect((await slow).map(({ status, process }) => [status, process])).toEqual([
      [200, 1],
      [200, 1],
    ])
    await stage.cluster.restart(0)
  })

  it('ends a process when the one that started it is gone', async () => {
    const person = await stage.signIn('alice')
    await stage.cluster.abandon(0)
    expect((await person.ask('/me', { process: 0 })).status).toBe(502)
    await stage.cluster.restart(0)
    expect((await person.ask('/me', { process: 0 })).status).toBe(200)
  })
})
