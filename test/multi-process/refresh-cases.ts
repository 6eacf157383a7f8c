// The cases of "one refresh, whoever asks": each declares one test on a stage of several processes.
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Person, Stage } from './stage.ts'
import { firstBy, type GateAnswer, hold } from './token-gate.ts'
import { countBy, expectAllProcesses, expectLivingGrant, expectOneToken, type Fixture } from './use-stage.ts'

const requests = 100

export function refreshesOnce(stage: Fixture): void {
  it(`makes one refresh request for ${requests} parallel requests with an expired token (RFC 9700 section 4.14.2)`, async () => {
    const person = await stage.signIn('alice')
    const answers = await person.askAtOnce(requests, '/token')
    expectAllProcesses(stage, answers)
    expectOneToken(stage, person, answers)
    expect(stage.gate.refreshes).toHaveLength(1)
    expect(answers[0]?.body.expiresAt).toBeGreaterThan(Date.now() / 1000 + 3000)
    await expectLivingGrant(person)
  })
}

export function waitsForSlowProvider(stage: Fixture, seconds: number): void {
  it(`makes one refresh request when the provider answers after ${seconds} s`, async () => {
    const person = await stage.signIn('alice')
    stage.gate.rule = async (forward) => {
      const answer = await forward()
      await delay(seconds * 1000)
      return answer
    }
    expectOneToken(stage, person, await person.askAtOnce(requests, '/token'))
    expect(stage.gate.refreshes).toHaveLength(1)
    await expectLivingGrant(person)
  })
}

export function succeedsKilledHolder(stage: Fixture): void {
  it('answers every request when the process that refreshes is killed before the provider acts', async () => {
    const person = await stage.signIn('alice')
    const { rule, held, release } = hold('before')
    stage.gate.rule = firstBy(rule)
    const arrived = stage.cluster.arrivals('/token', requests)
    const answers = person.askAtOnce(requests, '/token')
    const { process } = await held
    await arrived
    await stage.cluster.kill(process)
    const settled = await answers
    release()
    await stage.cluster.restart(process)
    expect(settled.filter((answer) => answer.process === process)).toEqual([])
    expectOneToken(stage, person, settled)
    expect(stage.gate.refreshes.map((refresh) => refresh.process === process)).toEqual([true, false])
    await expectLivingGrant(person)
  })
}

export function signsOutWhenTokenIsLost(stage: Fixture): void {
  it('signs out, without an error page, when the process is killed after the provider spent the token', async () => {
    const person = await stage.signIn('alice')
    const { rule, held, release } = hold('after')
    stage.gate.rule = firstBy(rule)
    const arrived = stage.cluster.arrivals('/token', requests)
    const answers = person.askAtOnce(requests, '/token')
    const { process } = await held
    await arrived
    await stage.cluster.kill(process)
    const settled = await answers
    release()
    await stage.cluster.restart(process)
    // Nobody has the new refresh token, and the old one is spent: only a new login helps (RFC 9700 section 4.14.2).
    expect(countBy(settled, ({ status }) => status)).toEqual({ 401: requests })
    expect(stage.gate.refreshes).toHaveLength(2)
    expect(await person.ask('/me')).toMatchObject({ status: 200, body: { sub: null } })
  })
}

export function survivesStoreRestart(stage: Fixture): void {
  // The stores promise to bear 2 s; on a busy machine a restart may take longer, hence the second try.
  const name = 'makes one refresh request and fails nobody when the store restarts while the provider is asked'
  it(name, { retry: 1 }, async () => {
    const person = await stage.signIn('alice')
    const { rule, held, release } = hold('before')
    stage.gate.rule = firstBy(rule)
    const arrived = stage.cluster.arrivals('/token', requests)
    const answers = person.askAtOnce(requests, '/token')
    await Promise.all([held, arrived])
    await stage.storeServer.restart()
    release()
    expectOneToken(stage, person, await answers)
    expect(stage.gate.refreshes).toHaveLength(1)
    await expectLivingGrant(person)
  })
}

export function crossesNoUsers(stage: Fixture, users: number): void {
  it(`refreshes once for each of ${users} people at once and never crosses their tokens (threat V13)`, async () => {
    const people = []
    for (let number = 1; number <= users; number++) people.push(await stage.signIn(`person-${number}`))
    const all = await Promise.all(
      people.map(async (person) => ({ person, answers: await person.askAtOnce(4, '/token') })),
    )
    for (const { person, answers } of all) expectOneToken(stage, person, answers)
    expect(stage.gate.refreshes).toHaveLength(users)
    expect(new Set(all.map(({ answers }) => answers[0]?.body.tokenHash)).size).toBe(users)
    await Promise.all(people.map(expectLivingGrant))
  })
}

export function usesOldTokenAfterError(stage: Fixture): void {
  it('goes on with the old token after HTTP 500 and asks again only after a pause', async () => {
    const alice = await signInWithDueToken(stage, 'alice')
    await refuseFirst(stage, { status: 500, body: '' }, alice)
    // The pause is three times as long as the failure took, and on a busy machine that took its time.
    await stage.cluster.putAhead(dueAfterSeconds + 300)
    expectOneToken(stage, alice, await alice.askAtOnce(4, '/token'))
    expect(stage.gate.refreshes).toHaveLength(2)
    await expectLivingGrant(alice)
  })
}

/** The last case of a stage: with the clocks right again, the pause of its provider lasts. */
export function honoursRetryAfter(stage: Fixture): void {
  it('asks a provider that answers 429 nothing before Retry-After has passed, for nobody (RFC 9110 section 10.2.3)', async () => {
    const [alice, bob] = [await signInWithDueToken(stage, 'alice'), await signInWithDueToken(stage, 'bob')]
    await refuseFirst(stage, { status: 429, headers: { 'retry-after': '20' }, body: '' }, alice)
    expectOneToken(stage, bob, await bob.askAtOnce(4, '/token'))
    expect(stage.gate.refreshes).toHaveLength(1)
    await stage.cluster.putAhead(dueAfterSeconds + 21)
    expectOneToken(stage, bob, await bob.askAtOnce(4, '/token'))
    expect(stage.gate.refreshes).toHaveLength(2)
    await expectLivingGrant(alice)
  })
}

/** Of a token that lives 600 s, so that a minute is left: it is due, and good. */
const dueAfterSeconds = 545

/** Leaves the clocks ahead. */
async function signInWithDueToken(stage: Stage, sub: string): Promise<Person> {
  await stage.cluster.putAhead(0)
  stage.gate.lifeSeconds.code = 600
  const person = await stage.signIn(sub)
  await stage.cluster.putAhead(dueAfterSeconds)
  return person
}

/** The provider refuses when all requests are in; they go on with the token that there is, and nobody asks again. */
async function refuseFirst(stage: Fixture, refusal: GateAnswer, person: Person): Promise<void> {
  const arrived = stage.cluster.arrivals('/token', requests)
  stage.gate.rule = firstBy(async () => {
    await arrived
    return refusal
  })
  const answers = await person.askAtOnce(requests, '/token')
  expectOneToken(stage, person, answers)
  expect(answers[0]?.body.expiresAt).toBeLessThan(Date.now() / 1000 + 600)
  expect(stage.gate.refreshes).toHaveLength(1)
}
