// Scripts, frames and prefetches of a signed-out page in real Chromium: they are told, and nothing is begun for them.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Middleware } from '../../src/index.ts'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import { hasChromium, useChromium, type WatchedPage } from './chromium.ts'

const html =
  '<!doctype html><title>Start</title><link rel="icon" href="data:,"><link rel="prefetch" href="/orders/prefetched">' +
  '<iframe src="/orders/framed"></iframe><p>public'

/** A page of the app with a frame and a prefetch; it notes what is asked for below `/orders`. */
function startPage(asked: string[]): Middleware {
  return function start(request, response, next): void {
    if (request.url?.startsWith('/orders')) asked.push(`${request.headers['sec-fetch-dest']} ${request.url}`)
    if (request.url === '/start') {
      response.setHeader('Content-Type', 'text/html')
      response.end(html)
    } else next()
  }
}

describe.skipIf(!hasChromium())('a page of somebody who is signed out', () => {
  const browser = useChromium()
  let provider: TestProvider
  let app: TestApp
  let opened: WatchedPage
  let asked: string[]

  beforeAll(async () => {
    provider = await startTestProvider()
  })
  beforeEach(async () => {
    asked = []
    // On another site than the provider, so that a redirect of a script would end in an error of CORS.
    app = await startApp({
      host: 'localhost',
      options: { provider: { issuer: provider.issuer } },
      before: [startPage(asked)],
    })
    opened = await browser.open()
    await opened.page.goto(`${app.url}/start`)
  })
  afterEach(async () => {
    await opened.page.close()
    await app.close()
  })
  afterAll(async () => {
    await provider.close()
  })

  it('gets 401 with the login URL by fetch(), and no error of CORS', async () => {
    const answer = await opened.page.evaluate(async () => {
      const response = await fetch('/orders/fetched')
      return { status: response.status, type: response.headers.get('content-type'), body: await response.json() }
    })
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json; charset=utf-8' })
    expect(answer.body).toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED', login_url: '/login' })
    expect(opened.complaints.filter((text) => /cors/i.test(text))).toEqual([])
  })

  it('begins no login and no session for a script, a frame and a prefetch', async () => {
    await opened.page.evaluate(() => fetch('/orders/fetched'))
    await expect.poll(() => asked.length).toBeGreaterThanOrEqual(3)
    const kinds = ['empty /orders/fetched', 'empty /orders/prefetched', 'iframe /orders/framed']
    expect([...new Set(asked)].sort()).toEqual(kinds)
    expect(await opened.page.context().cookies(app.url)).toEqual([])
    expect((app.sessions as unknown as { sessions: object }).sessions).toEqual({})
    expect(provider.requests).toEqual([])
  })

  it('gets the login by a link, and comes back', async () => {
    await opened.page.evaluate("location.assign('/orders/linked')")
    await opened.page.waitForURL('**/orders/linked')
    await expect.poll(() => opened.page.textContent('body')).toBe('orders of test-user')
  })
})
