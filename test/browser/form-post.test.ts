// An answer by form_post in real Chromium, from a provider on another site: no SameSite cookie comes with the first post.
import helmet from 'helmet'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { onSite } from '../other-site.ts'
import { startApp, type TestApp } from '../setups.ts'
import { hasChromium, useChromium, useTab } from './chromium.ts'

/** Without what Chromium complains about where plain http is off localhost. */
const helmets = helmet({
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
})
const browser = useChromium(['--host-resolver-rules=MAP app.example 127.0.0.1, MAP id.example 127.0.0.1'])

interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly hasCookie: boolean
  readonly site: string | string[] | undefined
  readonly origin: string | undefined
}

interface Sites {
  /** Where the app is; undefined leaves it at 127.0.0.1. */
  readonly app: string | undefined
  readonly provider: string
  /** Browsers tell plain http off localhost nothing but `Origin`. */
  readonly hasFetchMetadata: boolean
}

const pairs: Sites[] = [
  { app: undefined, provider: 'localhost', hasFetchMetadata: true },
  { app: 'app.example', provider: 'id.example', hasFetchMetadata: false },
]
const cookies = (['lax', 'strict'] as const).flatMap((sameSite) => pairs.map((sites) => ({ sameSite, ...sites })))

describe.skipIf(!hasChromium()).each(cookies)(
  'form_post from $provider with a cookie of SameSite=$sameSite in Chromium',
  ({ app: host, provider: providerHost, sameSite, hasFetchMetadata }) => {
    const tab = useTab(browser)
    const seen: SeenRequest[] = []
    let provider: TestProvider
    let app: TestApp
    let url: string

    const note = (
      request: { method: string; url: string; headers: Record<string, string> },
      _: unknown,
      next: () => void,
    ) => {
      const { cookie, origin, 'sec-fetch-site': site } = request.headers
      seen.push({ method: request.method, path: request.url, hasCookie: cookie !== undefined, site, origin })
      next()
    }

    beforeAll(async () => {
      provider = await startTestProvider()
      app = await startApp({
        options: { provider: onSite(provider, providerHost), responseMode: 'form_post' },
        ...(host === undefined ? {} : { host }),
        before: [helmets, note],
        session: { cookie: { sameSite, httpOnly: true }, saveUninitialized: true, rolling: true },
      })
      url = app.url
    })
    beforeEach(() => {
      seen.length = 0
    })
    afterAll(async () => {
      await app.close()
      await provider.close()
    })

    const posts = () => seen.filter(({ method }) => method === 'POST')

    it('signs the person in by two posts, of which the second one has the cookie', async () => {
      await tab.page.goto(`${url}/orders?page=2`)
      await tab.page.waitForURL(`${url}/orders?page=2`)
      expect(await tab.page.textContent('body')).toBe('orders of test-user')
      expect(posts().map(({ path, hasCookie }) => [path, hasCookie])).toEqual([
        ['/callback', false],
        ['/callback', true],
      ])
      expect(posts().map(({ site }) => site)).toEqual(
        hasFetchMetadata ? ['cross-site', 'same-origin'] : [undefined, undefined],
      )
      expect(posts()[1]?.origin).toBe(url)
    })

    it('signs the person in by the buttons where scripts do not run', async () => {
      const session = await tab.page.context().newCDPSession(tab.page)
      await session.send('Emulation.setScriptExecutionDisabled', { value: true })
      await tab.page.goto(`${url}/orders`)
      await tab.page.getByRole('button', { name: 'Continue' }).click()
      await tab.page.waitForURL(`${url}/callback`)
      await tab.page.getByRole('button', { name: 'Continue' }).click()
      await tab.page.waitForURL(`${url}/orders`)
      expect(await tab.page.textContent('body')).toBe('orders of test-user')
    })
  },
)

describe.skipIf(!hasChromium())('form_post in Chromium without cookies', () => {
  it('ends on an error, and does not go round', async () => {
    const provider = await startTestProvider()
    const session = { cookie: { secure: true } } // never set: the app does not see TLS
    const app = await startApp({
      options: { provider: onSite(provider, 'localhost'), responseMode: 'form_post' },
      session,
    })
    const { page } = await browser.open()
    await page.goto(`${app.url}/orders`)
    await page.getByText('ERR_RP_TRANSACTION_MISSING').waitFor()
    expect(provider.requestsTo('token')).toEqual([])
    await Promise.all([app.close(), provider.close()])
  })
})
