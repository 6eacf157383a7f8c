// A service worker that passes everything on, as those of offline apps do: people behind it can still sign in.
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { useProviderAndApp } from '../fixture.ts'
import { hasChromium, useChromium } from './chromium.ts'

const worker =
  'oninstall = () => skipWaiting();' +
  'onactivate = (event) => event.waitUntil(clients.claim());' +
  'onfetch = (event) => event.respondWith(fetch(event.request))'

/** Runs in the page. */
const becomeControlled = `new Promise((resolve) => {
  navigator.serviceWorker.addEventListener('controllerchange', () => resolve())
  void navigator.serviceWorker.register('/worker.js')
})`

function serveWorker(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(worker)
}

describe.skipIf(!hasChromium())('behind a service worker', () => {
  const fixture = useProviderAndApp({ routes: [['/worker.js', serveWorker]] })
  const browser = useChromium()

  it('a page is sent to login and comes back, while fetch() gets 401 (Fetch, section 5.4)', async () => {
    const { app } = fixture
    const { page } = await browser.open()
    await page.goto(app.url)
    await page.evaluate(becomeControlled)

    await expect(page.evaluate(async () => (await fetch('/orders')).status)).resolves.toBe(401)
    const answer = await page.goto(`${app.url}/orders/7`)

    expect([answer?.fromServiceWorker(), page.url()]).toEqual([true, `${app.url}/orders/7`])
    expect(await page.textContent('body')).toBe('orders of test-user')
  })
})
