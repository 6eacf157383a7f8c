// Logout pages in real Chromium: the form that carries a long logout request, and the frame of a front-channel logout.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import escapeHtml from 'escape-html'
import helmet from 'helmet'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import { hasChromium, useChromium, useTab } from './chromium.ts'

interface PageResponse {
  setHeader(name: string, value: string): void
  end(body: string): void
}

const head = '<!doctype html><title>Test</title><link rel="icon" href="data:,">'
const before = [helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })]

const browser = useChromium()

describe.skipIf(!hasChromium())('a long logout request in Chromium, under the policy of helmet', () => {
  const tab = useTab(browser)
  let provider: TestProvider
  let app: TestApp
  let page: Page

  const form = (_request: unknown, response: PageResponse) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(`${head}<form method="post" action="/logout"><button>Sign out</button></form>`)
  }

  beforeAll(async () => {
    const groups = Array.from({ length: 300 }, (_, index) => `group-${index}`)
    provider = await startTestProvider({ user: { sub: 'alice', groups } })
    app = await startApp({ options: { provider: { issuer: provider.issuer } }, before, routes: [['/form', form]] })
  })
  beforeEach(async () => {
    page = tab.page
    await page.goto(`${app.url}/orders`)
    provider.requests.length = 0
    await page.goto(`${app.url}/form`)
  })
  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  async function expectBack(): Promise<void> {
    await page.waitForURL((url) => url.href.startsWith(`${app.url}/?state=`))
    const [request, ...more] = provider.requestsTo('end_session')
    expect([request?.method, more]).toEqual(['POST', []])
    expect(request?.body?.get('id_token_hint')).toMatch(/^eyJ/)
  }

  it('goes to the provider by itself, and the person comes back (CSP Level 3 section 6.4.1)', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expectBack()
  })

  it('goes there by the button where scripts do not run', async () => {
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await expectBack()
  })
})

/** A page of its own origin that shows another one in a frame: `/?src=`. */
function startFramer(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const src = new URL(request.url ?? '/', 'http://localhost').searchParams.get('src') ?? ''
    response.setHeader('Content-Type', 'text/html')
    response.end(`${head}<iframe src="${escapeHtml(src)}"></iframe>`)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    })
  })
}

describe.skipIf(!hasChromium())('the page of a front-channel logout in Chromium, under the headers of helmet', () => {
  const started: { ours?: Awaited<ReturnType<typeof startFramer>>; foreign?: Awaited<ReturnType<typeof startFramer>> } =
    {}
  let provider: TestProvider
  let app: TestApp

  beforeAll(async () => {
    const [ours, foreign] = [await startFramer(), await startFramer()]
    Object.assign(started, { ours, foreign })
    provider = await startTestProvider({ metadata: { end_session_endpoint: `${ours.url}/bye` } })
    app = await startApp({ options: { provider: { issuer: provider.issuer } }, before })
  })
  afterAll(async () => {
    await app.close()
    await provider.close()
    started.ours?.server.close()
    started.foreign?.server.close()
  })

  /** What the frame shows on a page of that origin. */
  async function framedText(origin = ''): Promise<string | undefined> {
    const { page } = await browser.open()
    const src = `${app.url}/frontchannel-logout?${new URLSearchParams({ iss: provider.issuer, sid: 'a' })}`
    await page.goto(`${origin}/?${new URLSearchParams({ src })}`)
    const frame = page.frames().find((candidate) => candidate !== page.mainFrame())
    return (await frame?.locator('body').textContent()) ?? undefined
  }

  it('is shown in a frame of the provider (threat V32)', async () => {
    expect(await framedText(started.ours?.url)).toContain('Signed out')
  })

  it('is not shown in a frame of anybody else', async () => {
    expect(await framedText(started.foreign?.url)).not.toContain('Signed out')
  })
})
