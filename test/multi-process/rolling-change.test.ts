// A rolling change of the secret: processes that have the new one beside processes that do not.
import { describe, expect, it } from 'vitest'
import { useStage } from './use-stage.ts'

const [older, newer] = ['the older secret of the app', 'the newer secret of the app']
const isRefreshed = { status: 200, body: { expiresAt: expect.any(Number) } }

describe('a process that seals with a new secret beside one that does not know it', () => {
  const secrets = [[newer, older], [older]]
  const stage = useStage({ store: 'redis', processes: 2, options: (index) => ({ secret: secrets[index] }) })

  it('opens what the other one sealed', async () => {
    const person = await stage.signIn('alice', 1)
    expect(await person.ask('/orders', { process: 0 })).toMatchObject({ status: 200, body: { sub: 'alice' } })
  })

  it('signs people out in the other one, without an error, and only there', async () => {
    const person = await stage.signIn('alice', 0)
    expect(await person.ask('/me', { process: 1 })).toMatchObject({ status: 200, process: 1, body: { sub: null } })
    expect(await person.ask('/orders', { process: 1 })).toMatchObject({ status: 401 })
    expect(await person.ask('/orders', { process: 0 })).toMatchObject({ status: 200, body: { sub: 'alice' } })
    expect(stage.cluster.warnings).toEqual(['WARN_RP_RECORD_UNREADABLE'])
  })
})

describe('a process that seals with a new secret beside one that opens it already', () => {
  const secrets = [
    [newer, older],
    [older, newer],
  ]
  const stage = useStage({ store: 'redis', processes: 2, options: (index) => ({ secret: secrets[index] }) })

  it.each([0, 1])(
    'signs nobody out: a login of process %s is good in both, also after each has refreshed it',
    async (at) => {
      const person = await stage.signIn('alice', at)
      stage.gate.lifeSeconds.refreshed = 0 // so that each has to
      for (const process of [0, 1, 0]) {
        expect(await person.ask('/token', { process })).toMatchObject(isRefreshed)
        expect(await person.ask('/orders', { process: 1 - process })).toMatchObject({
          status: 200,
          body: { sub: 'alice' },
        })
      }
      expect(stage.gate.refreshes.map(({ process }) => process)).toEqual([0, 1, 0])
    },
  )
})
