// The cases of a login in many processes: begun in one, known in all, ended in all at once, and never back.
import { TestBrowser } from 'express-relying-party/testing'
import { expect, it } from 'vitest'
import { type Person, pin, type Stage } from './stage.ts'
import { firstBy, hold } from './token-gate.ts'
import type { Fixture } from './use-stage.ts'

export function signsInAcrossProcesses(stage: Fixture): void {
  it('is begun by one process, finished by another and known to the others', async () => {
    const { url } = stage.cluster
    const browser = new TestBrowser()
    stage.provider.user = { sub: 'alice' }
    const isCallback = (to: URL) => to.origin === url
    const started = await browser.follow(`${url}/orders`, { headers: pin(0), until: isCallback })
    const callback = started.redirects.at(-1) ?? ''
    expect(new URL(callback).pathname).toBe('/callback')
    const finished = await browser.get(callback, { headers: pin(1) })
    expect(finished.redirects).toEqual([`${url}/orders`])
    const last = stage.cluster.size - 1
    const orders = await browser.get(`${url}/orders`, { headers: pin(last) })
    expect([orders.status, orders.json()]).toEqual([200, { sub: 'alice' }])
    const processes = [finished, orders].map(({ headers }) => Number(headers.get('x-process')))
    expect(processes).toEqual([1, last])
  })
}

export function endsPersonEverywhere(stage: Fixture): void {
  it('ends in all processes on the next request after endLogins() in one, also the older of two (threat V31)', async () => {
    const [older, newer, other] = [await stage.signIn('alice'), await stage.signIn('alice'), await stage.signIn('bob')]
    await older.browser.post(`${stage.cluster.url}/logout`, {}, { headers: pin(0) })
    await expectSignedOut(stage, older)
    await expectSignedIn(stage, newer)
    await newer.ask('/sign-out-everywhere', { process: 1, method: 'POST' })
    await expectSignedOut(stage, newer)
    await expectSignedIn(stage, other)
    await expectSignedIn(stage, await stage.signIn('alice'))
  })
}

export function endsSessionEverywhere(stage: Fixture): void {
  it('ends by its session at the provider, and no other login of that person does', async () => {
    const [one, two] = [await stage.signIn('alice'), await stage.signIn('alice')]
    const target = new URLSearchParams({ iss: stage.provider.issuer, sid: one.sid })
    const ended = await two.ask(`/admin/end-logins?${target}`, { process: 1, method: 'POST' })
    expect(ended.status).toBe(200)
    await expectSignedOut(stage, one)
    await expectSignedIn(stage, two)
  })
}

export function hearsOfLogoutToken(stage: Fixture): void {
  it('ends in all processes when one receives a Logout Token (OpenID Connect Back-Channel Logout 1.0 section 2.7)', async () => {
    const [one, two, other] = [await stage.signIn('alice'), await stage.signIn('alice'), await stage.signIn('bob')]
    expect(await postLogoutToken(stage, { sub: 'alice', sid: one.sid })).toBe(200)
    await expectSignedOut(stage, one)
    await expectSignedIn(stage, two)
    expect(await postLogoutToken(stage, { sub: 'alice' })).toBe(200)
    await expectSignedOut(stage, two)
    await expectSignedIn(stage, other)
  })
}

/** By the provider, to one process. */
async function postLogoutToken({ provider, cluster }: Stage, claims: Record<string, unknown>): Promise<number> {
  const body = new URLSearchParams({ logout_token: provider.logoutToken(claims) })
  const { status } = await fetch(`${cluster.url}/backchannel-logout`, { method: 'POST', body, headers: pin(1) })
  return status
}

export function staysEndedDuringRefresh(stage: Fixture, when: 'before' | 'after'): void {
  it(`stays ended when a logout comes ${when} the provider has answered a refresh in another process`, async () => {
    const person = await stage.signIn('alice')
    const { rule, held, release } = hold(when)
    stage.gate.rule = firstBy(rule)
    const refreshing = person.ask('/token', { process: 0 })
    await held
    await person.browser.post(`${stage.cluster.url}/logout`, {}, { headers: pin(1) })
    release()
    expect((await refreshing).status).toBe(401)
    await expectSignedOut(stage, person)
  })
}

export function staysEndedAfterSlowRequest(stage: Fixture): void {
  it('stays ended when a request from before the logout saves its session after it', async () => {
    const person = await stage.signIn('alice')
    const arrived = stage.cluster.arrivals('/slow', 1)
    const slow = person.ask('/slow', { process: 0 })
    await arrived
    await person.browser.post(`${stage.cluster.url}/logout`, {}, { headers: pin(1) })
    stage.cluster.release()
    expect((await slow).status).toBe(200)
    // The session is back in the store, as every session is that is saved late; the login is not.
    await expect.poll(async () => (await person.ask('/me')).body).toMatchObject({ visits: 1 })
    await expectSignedOut(stage, person)
  })
}

/** In every process, with the cookie from before. */
async function expectSignedOut(stage: Stage, person: Person): Promise<void> {
  for (let process = 0; process < stage.cluster.size; process++) {
    expect(await person.ask('/me', { process })).toMatchObject({ status: 200, process, body: { sub: null } })
    expect((await person.ask('/orders', { process })).status).toBe(401)
  }
}

async function expectSignedIn(stage: Stage, person: Person): Promise<void> {
  for (let process = 0; process < stage.cluster.size; process++) {
    expect(await person.ask('/orders', { process })).toMatchObject({ status: 200, process, body: { sub: person.sub } })
  }
}

export function warnsOnce(stage: Fixture, code: string): void {
  it(`each process warns once: ${code}`, () => {
    expect(stage.cluster.warnings).toEqual(Array.from({ length: stage.cluster.size }, () => code))
  })
}
