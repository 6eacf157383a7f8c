// The provider refuses a login in one tab while the user has signed in by another: the tab goes on to its page.
import { describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { faults, TestBrowser } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { cookiesOf } from '../held-tokens.ts'
import { setups } from '../setups.ts'

const toCallback = { until: ({ pathname }: URL) => pathname === '/callback' }

/** Begins a login in a tab, and gives the callback URL of its answer. */
async function begin({ app }: Fixture, browser: TestBrowser, path: string): Promise<URL> {
  return new URL((await browser.follow(app.url + path, toCallback)).redirects.at(-1) ?? '')
}

/** The answer that the provider gives instead: an error, by the same provider. */
function refused(answer: URL, error: string): URL {
  const url = new URL(answer)
  url.searchParams.delete('code')
  url.searchParams.set('error', error)
  return url
}

/** Two tabs of one session begin a login, and one of them signs in. Gives the answer to the other. */
async function signInBeside(fixture: Fixture, browser: TestBrowser, path = '/orders/1'): Promise<URL> {
  const answer = await begin(fixture, browser, path)
  await browser.follow(await begin(fixture, browser, '/orders/2'))
  return answer
}

const again = (parameters: Record<string, string>) => [
  `/again-${Object.keys(parameters)[0]}`,
  (request: { oidc: RequestOidc }, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login({ authorizationParameters: parameters, returnTo: '/danger' }).catch(next),
]

const routes = [
  ['/payments', requireAuth({ acrValues: ['mfa'] })],
  again({ prompt: 'select_account' }),
  again({ max_age: '0' }),
] as unknown as readonly (readonly [path: string, ...handlers: unknown[]])[]

describe.each(setups)('a login that the provider refuses in one tab, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes })

  it.each(['request_forbidden', 'access_denied', 'login_required', 'server_error'])(
    'by %s goes on to its page when another tab has signed in meanwhile, and is logged',
    async (error) => {
      const browser = new TestBrowser()
      const answer = await signInBeside(fixture, browser)
      const page = await browser.follow(refused(answer, error))
      expect([page.status, page.url]).toEqual([200, `${fixture.app.url}/orders/1`])
      expect(fixture.app.errors).toEqual([])
      const code = error === 'access_denied' ? 'ERR_RP_ACCESS_DENIED' : 'ERR_RP_AUTHORIZATION_RESPONSE'
      expect(fixture.app.log.lines).toMatchObject([{ level: 'warn', code, error, route: '/callback' }])
    },
  )

  it('goes on to its page when the cookie of the other tab is on the way', async () => {
    const browser = new TestBrowser()
    const answer = await begin(fixture, browser, '/orders/1')
    const other = await begin(fixture, browser, '/orders/2')
    const headers = { cookie: cookiesOf(browser) }
    await browser.follow(other)
    const lost = await new TestBrowser().get(refused(answer, 'request_forbidden'), { headers })
    const page = await browser.follow(lost.redirects[0] ?? '')
    expect([page.status, page.url]).toEqual([200, `${fixture.app.url}/orders/1`])
  })

  it('shows the error when nobody has signed in', async () => {
    const browser = new TestBrowser()
    const page = await browser.follow(refused(await begin(fixture, browser, '/orders/1'), 'request_forbidden'))
    expect([page.status, fixture.app.errors]).toMatchObject([401, [{ error: 'request_forbidden' }]])
  })

  it('shows the error to a user who had signed in before: the app started it for more than that', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    const page = await browser.follow(refused(await begin(fixture, browser, '/login'), 'access_denied'))
    expect([page.status, fixture.app.errors]).toMatchObject([403, [{ code: 'ERR_RP_ACCESS_DENIED' }]])
  })

  it('shows the error when its iss is that of another provider (mix-up, RFC 9207 section 2.4)', async () => {
    for (const iss of ['https://other.example', undefined]) {
      const browser = new TestBrowser()
      const url = refused(await signInBeside(fixture, browser), 'access_denied')
      if (iss === undefined) url.searchParams.delete('iss')
      else url.searchParams.set('iss', iss)
      expect((await browser.follow(url)).status).toBe(400)
    }
    expect(fixture.app.errors.map((error) => (error as { code: string }).code)).toEqual(
      Array(2).fill('ERR_RP_RESPONSE_INVALID'),
    )
  })

  it.each(['/again-prompt', '/again-max_age'])(
    'shows the error when it had parameters of its own: %s',
    async (path) => {
      const browser = new TestBrowser()
      const page = await browser.follow(refused(await signInBeside(fixture, browser, path), 'access_denied'))
      expect([page.status, page.url.includes('/danger')]).toEqual([403, false])
    },
  )

  it('shows the error when it was a step-up', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    const answer = await begin(fixture, browser, '/payments')
    await browser.follow(`${fixture.app.url}/login`)
    const page = await browser.follow(refused(answer, 'access_denied'))
    expect([page.status, fixture.app.errors]).toMatchObject([403, [{ code: 'ERR_RP_ACCESS_DENIED' }]])
  })

  it('shows the error when it is not the provider that refuses, but its tokens that are wrong', async () => {
    const browser = new TestBrowser()
    const answer = await signInBeside(fixture, browser)
    fixture.provider.misbehave(faults.wrongNonce)
    expect((await browser.follow(answer)).status).toBe(502)
  })
})
