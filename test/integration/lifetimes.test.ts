// How logins end by themselves, and that no slow request brings an ended one back (threat V11; no ghosts).
import { beforeEach, describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { createRefreshGate } from '../refresh-gate.ts'
import { setups } from '../setups.ts'

const hour = 3600
const day = 24 * hour

let ahead = 0
const clock = () => Date.now() / 1000 + ahead

beforeEach(() => {
  ahead = 0
})

/** Requests that are held open until the test lets them go. */
const held: (() => void)[] = []

type Request = { session: Record<string, unknown>; oidc: RequestOidc }
type Response = { end(body: string): void }

async function holdAndSave({ session }: Request, response: Response): Promise<void> {
  await new Promise<void>((resolve) => held.push(resolve))
  session['cart'] = ['book'] // express-session saves the whole session, the login id in it, when the response ends
  response.end('saved')
}

const forced = ({ oidc }: Request, response: Response, next: (error: unknown) => void) =>
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)

const network = createRefreshGate()
const options = { scope: 'openid offline_access', clock, clockToleranceSeconds: 30 * day, fetch: network.fetch }
const routes = [
  ['/hold', requireAuth(), holdAndSave],
  ['/forced', requireAuth(), forced],
] as const

/** The cookie that a slow request has come with. */
function cookieOf(browser: TestBrowser): string {
  return browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

describe.each(setups)('a login on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options, routes })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  async function isSignedIn(browser: TestBrowser, cookie?: string): Promise<boolean> {
    const options = cookie === undefined ? {} : { headers: { cookie } }
    return (await browser.get(`${fixture.app.url}/whoami`, options)).text !== 'null'
  }

  it('ends after a day without a request: pages go to login, fetch() gets 401', async () => {
    const browser = await signedIn()
    ahead = day
    expect((await browser.get(`${fixture.app.url}/orders`)).status).toBe(302)
    const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' }
    expect((await browser.get(`${fixture.app.url}/orders`, { headers })).status).toBe(401)
  })

  it('goes on while there are requests, and ends after seven days all the same', async () => {
    const browser = await signedIn()
    for (ahead = 0; ahead < 7 * day; ahead += 20 * hour) expect(await isSignedIn(browser)).toBe(true)
    ahead = 7 * day
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('is not longer for a cookie that lives longer, nor for a session that is touched', async () => {
    const browser = await signedIn()
    ahead = day - 1
    expect(await isSignedIn(browser)).toBe(true)
    ahead = 2 * day - 2
    expect(await isSignedIn(browser)).toBe(true)
    ahead = 3 * day
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('ends when session_expiry of its ID token says so', async () => {
    const expiry = Math.floor(clock()) + hour
    fixture.provider.misbehave({ idToken: { claims: { session_expiry: expiry } } })
    const browser = await signedIn()
    ahead = hour - 10
    expect(await isSignedIn(browser)).toBe(true)
    ahead = hour + 1
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('does not begin when its session_expiry has passed, instead of going round in circles', async () => {
    fixture.provider.misbehave({ idToken: { claims: { session_expiry: Math.floor(clock()) - 1 } } })
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders`)
    expect(page.status).toBe(502)
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_ID_TOKEN' }])
  })

  it('does not come back when a request that began before the logout saves its session after it', async () => {
    const browser = await signedIn()
    const cookie = cookieOf(browser)
    const saved = browser.get(`${fixture.app.url}/hold`)
    await expect.poll(() => held.length).toBe(1)
    expect(await isSignedIn(browser, cookie)).toBe(true)
    await browser.post(`${fixture.app.url}/logout`)
    held.pop()?.()
    expect((await saved).text).toBe('saved')
    expect([await isSignedIn(browser, cookie), await isSignedIn(browser)]).toEqual([false, false])
  })

  it('does not come back when its refresh ends after the logout', async () => {
    const browser = await signedIn()
    const cookie = cookieOf(browser)
    const { answered, release } = network.hold()
    const refreshed = browser.get(`${fixture.app.url}/forced`)
    await answered
    await browser.post(`${fixture.app.url}/logout`)
    release()
    expect((await refreshed).status).toBe(401)
    expect(await isSignedIn(browser, cookie)).toBe(false)
  })

  it('ends everywhere by endLogins(), in other browsers too, and a later sign-in lives', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    await new Promise((resolve) => setTimeout(resolve, 5))
    const { relyingParty } = fixture.app
    await relyingParty.endLogins({ iss: fixture.provider.issuer, sub: 'test-user' })
    expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([false, false])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const later = await signedIn()
    expect([await isSignedIn(later), await isSignedIn(one)]).toEqual([true, false])
  })

  it('refuses endLogins() without a person or a session', async () => {
    const target = { iss: fixture.provider.issuer } as never
    await expect(fixture.app.relyingParty.endLogins(target)).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})
