// The example app with each vendor's preset, against that vendor's simulator, in real Chromium: one path for all five.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as simulators from '../simulators/index.ts'
import { hasChromium, useChromium } from './chromium.ts'
import { type ExampleApp, freePort, startExampleApp, startVendorExample } from './example-app.ts'
import { enter, expiryOf, press } from './people.ts'

/** Those that send Logout Tokens; at the others a sign-out at the vendor is not told to apps (wire 3.6, 4.7). */
const backchannelVendors = ['asgardeo', 'wso2', 'cidaas']

interface Vendor {
  readonly simulator: simulators.Simulator
  readonly environment: Readonly<Record<string, string>>
}

// Plain JavaScript, which this project of TypeScript files does not compile: hence the import by URL.
const {
  vendorNames,
  startVendor,
}: {
  vendorNames: readonly string[]
  startVendor(from: typeof simulators, name: string, baseUrl: string): Promise<Vendor>
} = await import(new URL('../../tools/example.mjs', import.meta.url).href)

const browser = useChromium()

describe.skipIf(!hasChromium()).each(vendorNames)('npm run example:%s', (vendor) => {
  it('says where the simulator and the app are, and signs in', async () => {
    const app = await startVendorExample(vendor)
    try {
      const { page } = await browser.open()
      await page.goto(`${app.url}/profile`)
      await enter(page, 'demo', 'demo')
      await page.waitForURL(`${app.url}/profile`)
    } finally {
      await app.close()
    }
  })
})

describe.skipIf(!hasChromium()).each(vendorNames)('the example app at %s', (vendor) => {
  let app: ExampleApp
  let simulator: simulators.Simulator
  let page: Page
  let registered: simulators.Simulator['clients'][number]
  let switches: simulators.Simulator['switches']

  beforeAll(async () => {
    const port = String(await freePort())
    const { environment, ...started } = await startVendor(simulators, vendor, `http://localhost:${port}`)
    simulator = started.simulator
    app = await startExampleApp({ ...environment, PORT: port })
    registered = { ...client() }
    switches = { ...simulator.switches }
  })
  beforeEach(async () => {
    simulator.requests.length = 0
    page = (await browser.open()).page
  })
  afterEach(() => {
    simulator.behave()
    Object.assign(simulator.switches, switches)
    Object.assign(client(), registered)
  })
  afterAll(async () => {
    await app.close()
    await simulator.close()
  })

  function client() {
    const [first] = simulator.clients
    if (first === undefined) throw new Error('the simulator has no client')
    return first
  }

  async function signIn(): Promise<void> {
    await page.goto(`${app.url}/profile`)
    await enter(page, 'demo', 'demo')
    await page.waitForURL(`${app.url}/profile`)
  }

  function refreshRequests(): number {
    return simulator.requestsTo('token').filter(({ form }) => form?.get('grant_type') === 'refresh_token').length
  }

  /** The URL at which the app wants the person to sign in, with some of its parameters changed; null removes one. */
  async function loginUrl(changes: Record<string, string | null>): Promise<string> {
    const answer = await page.request.get(`${app.url}/login?return_to=/profile`, { maxRedirects: 0 })
    const url = new URL(answer.headers()['location'] ?? '')
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    return url.href
  }

  /** Does what brings the browser to the callback, and answers with the status of its page. */
  async function statusOfCallback(act: () => Promise<unknown>): Promise<number> {
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.url().startsWith(`${app.url}/callback`)),
      act(),
    ])
    return response.status()
  }

  /** The person is on a page of the app that names the code and offers a way on; nothing was tried again by itself. */
  async function expectHelp(code: string, link = 'Sign in'): Promise<void> {
    await expect(page.getByText(code).isVisible()).resolves.toBe(true)
    await expect(page.getByRole('link', { name: link }).first().isVisible()).resolves.toBe(true)
    expect(simulator.requestsTo('authorization').length).toBeLessThanOrEqual(1)
  }

  /** The person is on a page of the vendor, which says what is wrong; the app has heard nothing of it. */
  async function expectVendorPage(status: number | undefined): Promise<void> {
    expect(status).toBeGreaterThanOrEqual(200)
    expect(new URL(page.url()).origin).toBe(simulator.url)
    await expect(page.locator('body').textContent()).resolves.toMatch(/redirect|callback|client|found|URI/i)
    expect(simulator.requestsTo('authorization')).toHaveLength(1)
  }

  it('signs in by the form of the vendor, shows the profile, refreshes, and signs out', async () => {
    await signIn()
    await expect(page.getByRole('table').first().textContent()).resolves.toContain('sub')

    const before = await expiryOf(page)
    expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(303)
    await page.waitForURL(`${app.url}/profile`)
    expect(await expiryOf(page)).toBeGreaterThanOrEqual(before)
    await expect(page.getByRole('status').isVisible()).resolves.toBe(true)
    expect(refreshRequests()).toBe(1)

    await press(page, 'Sign out', `${app.url}/logout`)
    await page.waitForURL((url) => url.origin === app.url && url.pathname === '/')
    await expect(page.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()).resolves.toBe(true)
  })

  it('signs out everywhere: the other browser on its next page', async () => {
    await signIn()
    const { page: other } = await browser.openElsewhere()
    await other.goto(`${app.url}/profile`)
    await enter(other, 'demo', 'demo')
    await other.waitForURL(`${app.url}/profile`)
    await press(page, 'Sign out everywhere', `${app.url}/sign-out-everywhere`)
    await page.waitForURL((url) => url.origin === app.url && url.pathname === '/')
    await other.goto(app.url)
    await expect(other.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()).resolves.toBe(true)
  })

  it.skipIf(!backchannelVendors.includes(vendor))(
    'ends the login when the person signs out at the vendor',
    async () => {
      await signIn()
      const tab = await page.context().newPage()
      await tab.goto(simulator.urls.logout)
      const deliveries = await simulator.logoutTokens()
      expect(deliveries.at(-1)?.status).toBe(200)
      await page.goto(app.url)
      await expect(page.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()).resolves.toBe(true)
    },
  )

  it('says so when the vendor is down, and refreshes when it is back', async () => {
    await signIn()
    await simulator.stop()
    try {
      expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(503)
      await expect(page.getByText('ERR_RP_REFRESH').isVisible()).resolves.toBe(true)
    } finally {
      await simulator.start()
    }
    await page.goto(`${app.url}/profile`)
    await page.waitForTimeout(2100) // a refresh that failed is not tried again at once
    expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(303)
  })

  it('ends the login when the vendor has ended the refresh token, and signs in again', async () => {
    await signIn()
    simulator.misbehave({ token: { status: 400, body: { error: 'invalid_grant' } } })
    expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(401)
    await expectHelp('ERR_RP_LOGIN_REQUIRED')
    simulator.behave()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL((url) => url.origin === app.url)
    await page.goto(`${app.url}/profile`)
    expect(page.url()).toBe(`${app.url}/profile`)
  })

  it('shows a 403 page when the person cancels', async () => {
    await page.goto(`${app.url}/profile`)
    const cancel = () => page.getByRole('button', { name: 'Cancel' }).click()
    expect(await statusOfCallback(cancel)).toBe(403)
    await expectHelp('ERR_RP_ACCESS_DENIED')
  })

  it('shows a 403 page when the vendor refuses the person without asking: not assigned to the app', async () => {
    Object.assign(simulator.switches, { interactive: false, consent: 'denied' })
    expect(await statusOfCallback(() => page.goto(`${app.url}/profile`))).toBe(403)
    await expectHelp('ERR_RP_ACCESS_DENIED')
  })

  it('leaves the person on the page of the vendor when the redirect URI is not registered', async () => {
    simulator.configureClient(client().clientId, { redirectUris: ['https://elsewhere.example/callback'] })
    const response = await page.goto(`${app.url}/profile`)
    await expectVendorPage(response?.status())
  })

  it('leaves the person on the page of the vendor when the client is not known there', async () => {
    const response = await page.goto(await loginUrl({ client_id: 'unknown' }))
    await expectVendorPage(response?.status())
  })

  it('says so when the vendor wants PKCE and the request lost it', async () => {
    simulator.switches.pkceErrorAt = 'redirect'
    const url = await loginUrl({ code_challenge: null, code_challenge_method: null })
    expect(await statusOfCallback(() => page.goto(url))).toBe(401)
    await expectHelp('ERR_RP_AUTHORIZATION_RESPONSE')
  })

  it('says so when the vendor finds that the verifier does not fit: PKCE refused', async () => {
    const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    await page.goto(await loginUrl({ code_challenge }))
    expect(await statusOfCallback(() => enter(page, 'demo', 'demo'))).toBe(502)
    await expectHelp('ERR_RP_TOKEN_REQUEST')
  })

  it('says so when the client was deleted at the vendor during the login', async () => {
    await page.goto(`${app.url}/profile`)
    simulator.misbehave({ token: { status: 401, body: { error: 'invalid_client' } } })
    expect(await statusOfCallback(() => enter(page, 'demo', 'demo'))).toBe(502)
    await expectHelp('ERR_RP_TOKEN_REQUEST')
  })

  it('says so when the code has expired on its way', async () => {
    await page.goto(`${app.url}/profile`)
    simulator.switches.codeLifetimeSeconds = 0
    expect(await statusOfCallback(() => enter(page, 'demo', 'demo'))).toBe(502)
    await expectHelp('ERR_RP_TOKEN_REQUEST')
  })

  it('says so when too many people sign in at the vendor at once', async () => {
    await page.goto(`${app.url}/profile`)
    simulator.switches.rateLimit = { limit: 0, windowSeconds: 1 }
    simulator.requests.length = 0
    const status = await statusOfCallback(() => enter(page, 'demo', 'demo'))
    expect(status).toBeGreaterThanOrEqual(500)
    await expectHelp('ERR_RP_')
  })
})
