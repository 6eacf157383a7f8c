// A stage for one describe block, on a store server of its own; and what its tests expect of many answers.
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type AppAnswer, type Person, type Stage, type StageOptions, startStage } from './stage.ts'
import { type StoreServer, startStoreServer } from './store-server.ts'

/** Started before the first test; the gate behaves again and forgets its requests after each. */
export interface Fixture extends Stage {
  readonly storeServer: StoreServer
}

/** Call it in a `describe`; read its members in tests. */
export function useStage(options: Omit<StageOptions, 'storeUrl'>): Fixture {
  const started: Partial<Fixture> = {}
  beforeAll(async () => {
    const storeServer = await startStoreServer(options.store)
    Object.assign(started, { storeServer })
    Object.assign(started, await startStage({ ...options, storeUrl: storeServer.url }))
  })
  afterEach(() => started.reset?.())
  afterAll(async () => {
    await started.close?.()
    await started.storeServer?.stop()
  })
  return started as Fixture
}

/** All were answered, with one and the same token, which is the person's own. */
export function expectOneToken(stage: Stage, person: Person, answers: readonly AppAnswer[]): void {
  expect(countBy(answers, ({ status, error }) => `${status} ${error ?? ''}`)).toEqual({ '200 ': answers.length })
  expect(Object.keys(countBy(answers, ({ body }) => body.tokenHash))).toHaveLength(1)
  for (const { body } of answers) expect(ownersOf(stage, body)).toEqual({ app: person.sub, provider: person.sub })
}

/** Each process answered its part, so that no test is about one alone. */
export function expectAllProcesses({ cluster }: Stage, answers: readonly AppAnswer[]): void {
  expect(Object.keys(countBy(answers, ({ process }) => process))).toHaveLength(cluster.size)
}

/** For whom the app takes the token, and for whom the provider issued it (threat V13). */
function ownersOf({ gate }: Stage, { sub, tokenHash = '' }: AppAnswer['body']) {
  return { app: sub, provider: gate.ownerOf(tokenHash) }
}

/** The refreshed token, which the provider still honours: a refresh token sent twice would have ended it. */
export async function expectLivingGrant(person: Person): Promise<void> {
  const { status, body } = await person.ask('/userinfo')
  expect([status, body.sub]).toEqual([200, person.sub])
}

export function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[String(keyOf(item))] = (counts[String(keyOf(item))] ?? 0) + 1
  return counts
}
