// The access token at the example app: its end, the button that refreshes it, and the API that is called with it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium, useTab } from './chromium.ts'
import { type ExampleApp, freePort, startExampleApp } from './example-app.ts'
import { expiryOf, press, signIn } from './people.ts'

/** An API that says which header it was called with, and one that lets the answer drip. */
async function startApi(): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(207, { 'content-type': 'application/vnd.example+json', 'x-not-passed-on': '1' })
    response.write('{"scheme":')
    setTimeout(() => response.end(JSON.stringify(request.headers.authorization?.split(' ')[0]).concat('}')), 50)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const browser = useChromium()

describe.skipIf(!hasChromium())('the access token at the example app', () => {
  const tab = useTab(browser)
  let api: Server
  let app: ExampleApp
  let page: Page

  beforeAll(async () => {
    api = await startApi()
    const { port } = api.address() as AddressInfo
    app = await startExampleApp({ RESOURCE_URL: `http://127.0.0.1:${port}/orders?open=1` })
  })
  beforeEach(async () => {
    page = tab.page
    await page.goto(`${app.url}/profile`)
    await signIn(page, app.url)
  })
  afterAll(async () => {
    await app.close()
    api.close()
  })

  /** Asks as a script of the page does. */
  function ask(path: string, method: string): Promise<{ status: number; type: string | null; body: string }> {
    return page.evaluate(
      async ([url, verb]) => {
        const answer = await fetch(url, { method: verb })
        return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
      },
      [path, method] as const,
    )
  }

  it('shows when the token ends, and after "Refresh now" its new end and that it was refreshed', async () => {
    const before = await expiryOf(page)
    expect(before).toBeGreaterThan(Date.now() / 1000)
    await page.waitForTimeout(1100)
    expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(303)
    await page.waitForURL(`${app.url}/profile`)
    expect(await expiryOf(page)).toBeGreaterThan(before)
    await expect(page.getByRole('status').isVisible()).resolves.toBe(true)
    await page.reload()
    await expect(page.getByRole('status').isVisible()).resolves.toBe(true)
  })

  it('answers a script of the page with the new end as JSON', async () => {
    const before = await expiryOf(page)
    const { status, body } = await ask('/api/refresh', 'POST')
    expect(status).toBe(200)
    expect(JSON.parse(body).expiresAt).toBeGreaterThanOrEqual(before)
    const me = await ask('/api/me', 'GET')
    expect(JSON.parse(me.body).expiresAt).toBe(JSON.parse(body).expiresAt)
  })

  it('refuses a POST from a foreign page, even where the cookie comes along', async () => {
    const cookies = await page.context().cookies(app.url)
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const headers = { cookie, 'sec-fetch-site': 'cross-site', accept: 'text/html' }
    for (const path of ['/api/refresh', '/sign-out-everywhere']) {
      const answer = await fetch(app.url + path, { method: 'POST', headers, redirect: 'manual' })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
    const foreign = await fetch(`${app.url}/api/refresh`, {
      method: 'POST',
      headers: { cookie, origin: 'https://evil.example' },
    })
    expect(foreign.status).toBe(403)
    await expect(ask('/api/me', 'GET')).resolves.toMatchObject({ status: 200 })
  })

  it('is not sent by a form of a foreign page', async () => {
    const other = await browser.open()
    await other.page.setContent(`<form method="post" action="${app.url}/api/refresh"><button>Go</button></form>`)
    expect(await press(other.page, 'Go', `${app.url}/api/refresh`)).toBe(403)
  })

  it('calls the API with the token, and passes status, type and body on', async () => {
    const { status, type, body } = await ask('/api/resource', 'GET')
    expect({ status, type, body }).toEqual({
      status: 207,
      type: 'application/vnd.example+json',
      body: '{"scheme":"Bearer"}',
    })
  })

  it('tells programs that are signed out 401, and that there is nobody to refresh for', async () => {
    for (const [path, method] of [
      ['/api/refresh', 'POST'],
      ['/api/resource', 'GET'],
    ] as const) {
      const answer = await fetch(app.url + path, { method })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      await expect(answer.json()).resolves.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED', login_url: '/login' })
    }
  })

  it('shows a person who was signed out meanwhile a page with a way to sign in', async () => {
    await page.context().clearCookies()
    expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(401)
    await expect(page.getByRole('link', { name: 'Sign in' }).isVisible()).resolves.toBe(true)
    tab.complaints.length = 0 // Chromium reports the 401 of the page itself
  })
})

describe.skipIf(!hasChromium())('the example app', () => {
  it.each([
    ['without RESOURCE_URL', 404, async () => ({})],
    [
      'with a RESOURCE_URL where nobody is',
      502,
      async () => ({ RESOURCE_URL: `http://127.0.0.1:${await freePort()}/` }),
    ],
  ] as const)('says so %s, with a problem', async (_case, expected, environment) => {
    const app = await startExampleApp(await environment())
    try {
      const { page } = await browser.open()
      await page.goto(`${app.url}/profile`)
      await signIn(page, app.url)
      const [status, type] = await page.evaluate(async () => {
        const answer = await fetch('/api/resource')
        return [answer.status, answer.headers.get('content-type')] as const
      })
      expect(status).toBe(expected)
      expect(type).toContain('application/problem+json')
    } finally {
      await app.close()
    }
  })
})
