// A deployment ends one process after the other by SIGTERM: no refresh token that was rotated at that moment is lost.
import { describe, expect, it } from 'vitest'
import { firstBy, hold } from './token-gate.ts'
import { expectLivingGrant, expectOneToken, useStage } from './use-stage.ts'

describe.each(['redis', 'postgres'] as const)('a process on %s that is told to end by SIGTERM', (store) => {
  const stage = useStage({ store, processes: 2 })

  it.each(['before', 'after'] as const)(
    'stores the tokens of a refresh, answers its request and ends by itself: %s the provider has acted',
    async (when) => {
      const person = await stage.signIn('alice')
      const { rule, held, release } = hold(when)
      stage.gate.rule = firstBy(rule)
      const answer = person.ask('/token', { process: 0 })
      await held
      const stopping = stage.cluster.arrivals('SIGTERM', 1)
      const ended = stage.cluster.terminate(0)
      await stopping
      release()
      expect(await ended).toBe(0)
      const [first, next] = [await answer, await person.ask('/token', { process: 1 })]
      expectOneToken(stage, person, [first, next])
      expect(stage.gate.refreshes).toHaveLength(1)
      await expectLivingGrant(person)
      await stage.cluster.restart(0)
    },
  )

  it('stores them also when nobody waits for the answer any more', async () => {
    const person = await stage.signIn('alice')
    const { rule, held, release } = hold('after')
    stage.gate.rule = firstBy(rule)
    const gone = new AbortController()
    const asked = person.ask('/token', { process: 0, signal: gone.signal }).catch(() => undefined)
    await held
    gone.abort()
    await asked
    const stopping = stage.cluster.arrivals('SIGTERM', 1)
    const ended = stage.cluster.terminate(0)
    await stopping
    release()
    expect(await ended).toBe(0)
    expectOneToken(stage, person, [await person.ask('/token', { process: 1 })])
    expect(stage.gate.refreshes).toHaveLength(1)
    await expectLivingGrant(person)
    await stage.cluster.restart(0)
  })

  it('ends by itself when nothing is under way', async () => {
    await (await stage.signIn('alice', 0)).ask('/token', { process: 0 })
    expect(await stage.cluster.terminate(0)).toBe(0)
    await stage.cluster.restart(0)
  })
})
