// Logout pages in real Chromium: the form that carries a long logout request, and the frame of a front-channel logout.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import helmet from 'helmet'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import { hasChromium, startChromium, type TestChromium, type WatchedPage } from './chromium.ts'

type Respond = (
  request: unknown,
  response: { setHeader(name: string, value: string): void; end(body: string): void },
) => void

const form: Respond = (_request, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.end('<!doctype html><title>App</title><form method="post" action="/logout"><button>Sign out</button></form>')
}

/** A page that shows another one in a frame. */
function startFramer(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const src = new URL(request.url ?? '/', 'http://localhost').searchParams.get('src') ?? 'about:blank'
    response.setHeader('Content-Type', 'text/html')
    response.end(
      `<!doctype html><title>Framer</title><link rel="icon" href="data:,"><iframe src="${src.replaceAll('&', '&amp;')}"></iframe>`,
    )
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    })
  })
}

describe.skipIf(!hasChromium())('logout in Chromium, under the policy of helmet', () => {
  let provider: TestProvider
  let app: TestApp
  let browser: TestChromium
  let tab: WatchedPage
  let page: Page
  let framer: Awaited<ReturnType<typeof startFramer>>
  let stranger: Awaited<ReturnType<typeof startFramer>>

  beforeAll(async () => {
    ;[framer, stranger] = [await startFramer(), await startFramer()]
    const groups = Array.from({ length: 300 }, (_, index) => `group-${index}`)
    provider = await startTestProvider({
      user: { sub: 'alice', groups },
      metadata: { check_session_iframe: undefined },
    })
    app = await startApp({
      options: { provider: { issuer: provider.issuer } },
      before: [helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })],
      routes: [['/form', form]],
    })
  })
  beforeEach(async () => {
    browser = await startChromium()
    tab = await browser.open()
    page = tab.page
    await page.goto(`${app.url}/orders`)
    provider.requests.length = 0
  })
  afterEach(() => browser.close())
  afterAll(async () => {
    await app.close()
    await provider.close()
    framer.server.close()
    stranger.server.close()
  })

  it('takes a long logout request to the provider by itself, and the person comes back', async () => {
    await page.goto(`${app.url}/form`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL((url) => url.href.startsWith(`${app.url}/?state=`))
    const [request] = provider.requestsTo('end_session')
    expect([request?.method, request?.body?.get('id_token_hint')?.length]).toEqual(['POST', expect.any(Number)])
    expect(tab.complaints).toEqual([])
  })

  it('takes it there by the button where scripts do not run', async () => {
    await page.goto(`${app.url}/form`)
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL((url) => url.href.startsWith(`${app.url}/?state=`))
    expect(provider.requestsTo('end_session').map(({ method }) => method)).toEqual(['POST'])
    expect(tab.complaints).toEqual([])
  })
})
