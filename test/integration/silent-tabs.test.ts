// Silent login in several tabs of one browser at once, on every framework: each shows what the provider said.
import type { IncomingMessage, ServerResponse } from 'node:http'
import session from 'express-session'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faults, startTestProvider, TestBrowser, type TestPage, type TestProvider } from '../../src/testing/index.ts'
import { cookiesOf } from '../held-tokens.ts'
import { LateStore, seed, seeded } from '../late-store.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

const tabs = [0, 1, 2, 3, 4]
const toCallback = { until: (url: URL) => url.pathname === '/callback' }

type ShopRequest = IncomingMessage & { user?: { sub: string }; session: { cart?: string } }

/** A public page that says who is signed in. */
const shop = [
  '/shop',
  (request: ShopRequest, response: ServerResponse) => response.end(`shop of ${request.user?.sub ?? 'a visitor'}`),
] as const
const cart = [
  '/cart',
  (request: ShopRequest, response: ServerResponse) => {
    request.session.cart = 'a book'
    response.end('in the cart')
  },
] as const

describe.each(setups)('five tabs at once with silent login on $name', (setup) => {
  let provider: TestProvider
  let app: TestApp
  let random: () => number

  const late = (_request: unknown, _response: unknown, next: () => void) => void setTimeout(next, random() * 20)
  /** So many requests read the session before the first of them goes on. */
  let together = 0
  const waiting: (() => void)[] = []
  const gather = (_request: unknown, _response: unknown, next: () => void) => {
    waiting.push(next)
    if (waiting.length >= together) for (const go of waiting.splice(0)) go()
  }

  beforeAll(async () => {
    provider = await startTestProvider()
  })
  beforeEach(() => {
    random = seeded(seed)
  })
  afterEach(async () => {
    provider.behave()
    provider.requests.length = 0
    await app.close()
  })
  afterAll(() => provider.close())

  const start = async (store = new session.MemoryStore()) => {
    app = await startApp({
      setup,
      options: { provider: { issuer: provider.issuer }, silentLogin: true },
      before: [late],
      afterSession: [gather],
      session: { store },
      routes: [shop, cart],
    })
  }
  const urlOf = (tab: number) => `${app.url}/shop?tab=${tab}`
  const visit = (browser: TestBrowser) => Promise.all(tabs.map((tab) => browser.follow(urlOf(tab))))
  const asked = () => provider.requestsTo('authorization').map(({ query }) => query.get('prompt'))

  function expectPages(pages: readonly TestPage[], text: string): void {
    expect(pages.map(({ status, text: shown, url }) => [status, shown, url])).toEqual(
      tabs.map((tab) => [200, text, urlOf(tab)]),
    )
    expect(Math.max(...pages.map(({ redirects }) => redirects.length))).toBeLessThanOrEqual(20) // then browsers give up
    expect(app.errors).toEqual([])
  }

  const browsers: readonly [name: string, open: () => Promise<TestBrowser>][] = [
    ['a fresh browser', async () => new TestBrowser()],
    [
      'a browser with a session',
      async () => {
        const browser = new TestBrowser()
        await browser.get(`${app.url}/cart`, { headers: { 'sec-fetch-mode': undefined } })
        return browser
      },
    ],
  ]

  describe.each(browsers)('in %s', (_name, open) => {
    it('all show who is signed in at the provider, five times in a row', async () => {
      for (let round = 0; round < 5; round++) {
        await start()
        const browser = await open()
        expectPages(await visit(browser), 'shop of test-user')
        expect((await browser.get(urlOf(9))).text).toBe('shop of test-user')
        if (round < 4) await app.close()
      }
    })

    it('all show it over a session store that answers late', async () => {
      await start(new LateStore())
      expectPages(await visit(await open()), 'shop of test-user')
    })

    it('all show it while the token endpoint takes its time', async () => {
      await start()
      provider.misbehave({ token: { delaySeconds: 0.4 } })
      expectPages(await visit(await open()), 'shop of test-user')
    })

    it('all go on signed out when the provider says login_required, each asked once at most, without a mark', async () => {
      await start(new LateStore())
      provider.misbehave(faults.loginRequired)
      const browser = await open()
      expectPages(await visit(browser), 'shop of a visitor')
      expect(asked().length).toBeLessThanOrEqual(tabs.length)
      expectPages(await visit(browser), 'shop of a visitor')
      expect(asked().length).toBeLessThanOrEqual(tabs.length)
    })

    it('all go on signed out when the code is refused', async () => {
      await start()
      provider.misbehave(faults.tokenRefused)
      const browser = await open()
      expectPages(await visit(browser), 'shop of a visitor')
      expect(await browser.get(urlOf(9))).toMatchObject({ status: 200, text: 'shop of a visitor' })
    })

    it('all go on signed out when the provider goes down after it has answered the first', async () => {
      await start()
      const browser = await open()
      await browser.follow(urlOf(9), toCallback)
      await provider.stop()
      const pages = await Promise.all(tabs.map((tab) => browser.get(urlOf(tab))))
      await provider.start()
      expect(pages.map(({ status }) => status < 400)).toEqual(tabs.map(() => true))
      expect(app.errors).toEqual([])
    })
  })

  it('all end on their page with a mark in a browser that keeps no cookies, which is asked twice for each', async () => {
    await start()
    const headers = { cookie: undefined }
    const pages = await Promise.all(tabs.map((tab) => new TestBrowser().follow(urlOf(tab), { headers })))
    const marked = tabs.map((tab) => [200, 'shop of a visitor', `${urlOf(tab)}&silent_login=lost`])
    expect(pages.map(({ status, text, url }) => [status, text, url])).toEqual(marked)
    expect(asked()).toEqual(Array(10).fill('none'))
  })

  it('sign nobody in whose answers come after a sign-out, with the session from before it or after it', async () => {
    await start()
    const browser = new TestBrowser()
    await browser.get(`${app.url}/cart`, { headers: { 'sec-fetch-mode': undefined } })
    together = tabs.length
    const started = await Promise.all(tabs.map((tab) => browser.follow(urlOf(tab), toCallback)))
    together = 0
    expect(asked()).toHaveLength(tabs.length)
    const [first = '', ...others] = started.map(({ redirects }) => redirects.at(-1) ?? '')
    await browser.follow(first)
    const before = cookiesOf(browser)
    await browser.follow(`${app.url}/logout`, { form: {} })
    provider.requests.length = 0
    for (const [tab, callback] of others.slice(0, 2).entries()) {
      const page = await browser.follow(callback)
      expect([page.status, page.text, page.url]).toEqual([200, 'shop of a visitor', urlOf(tab + 1)])
    }
    // The answer of the sign-out has not arrived yet.
    const late = await new TestBrowser().get(others[2] ?? '', { headers: { cookie: before } })
    expect(late.headers.getSetCookie()).toEqual([])
    const page = await browser.follow(late.redirects[0] ?? '')
    expect([page.text, (await browser.get(urlOf(9))).text]).toEqual(['shop of a visitor', 'shop of a visitor'])
    expect(asked()).toEqual([])
  })

  it('let a page that is asked for right before the cookie of a sign-out arrives wait for that cookie', async () => {
    await start()
    const browser = new TestBrowser()
    await browser.follow(urlOf(0))
    const headers = { cookie: cookiesOf(browser) }
    await browser.follow(`${app.url}/logout`, { form: {} })
    provider.requests.length = 0
    const page = await new TestBrowser().get(urlOf(1), { headers })
    expect([page.redirects, page.headers.getSetCookie(), asked()]).toEqual([[urlOf(1)], [], []])
  })

  it('do not wait for a code that was refused', async () => {
    await start()
    provider.misbehave(faults.tokenRefused)
    const page = await new TestBrowser().follow(urlOf(0))
    expect([page.text, page.redirects.length]).toEqual(['shop of a visitor', 3])
  })

  it('wait three seconds at most for the answer that another tab gets', async () => {
    await start()
    const browser = new TestBrowser()
    await browser.follow(urlOf(0), toCallback) // and is closed
    const startedAt = performance.now()
    expect((await browser.follow(urlOf(1))).text).toBe('shop of a visitor')
    const waited = performance.now() - startedAt
    expect([waited > 1500, waited < 15_000]).toEqual([true, true])
  })
})
