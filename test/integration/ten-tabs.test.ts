// Ten tabs of one browser that begin a login at the same moment, on every framework: each ends on its own page.
import { setTimeout as delay } from 'node:timers/promises'
import session from 'express-session'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestPage, type TestProvider } from '../../src/testing/index.ts'
import { LateStore, seed, seeded } from '../late-store.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

const tabs = Array.from({ length: 10 }, (_, index) => index)
const toCallback = { until: (url: URL) => url.pathname === '/callback' }

/** The order in which the provider's answers come back to the app. */
const orders: readonly [name: string, order: (tabs: readonly number[]) => number[]][] = [
  ['in order', (given) => [...given]],
  ['in reverse', (given) => [...given].reverse()],
  ['shuffled', shuffled],
]

function shuffled(given: readonly number[]): number[] {
  const random = seeded(seed)
  return given
    .map((tab) => [random(), tab] as const)
    .sort(([one], [other]) => one - other)
    .map(([, tab]) => tab)
}

describe.each(setups)('ten tabs on $name', (setup) => {
  let provider: TestProvider
  let app: TestApp
  let sessions: session.MemoryStore
  let random: () => number

  const late = (_request: unknown, _response: unknown, next: () => void) => void setTimeout(next, random() * 20)

  beforeEach(async () => {
    random = seeded(seed)
    provider = await startTestProvider()
  })
  afterEach(async () => {
    await app.close()
    await provider.close()
  })

  const start = async (store = new session.MemoryStore()) => {
    sessions = store
    app = await startApp({
      setup,
      options: { provider: { issuer: provider.issuer } },
      before: [late],
      session: { store },
    })
  }
  const page = (tab: number) => `${app.url}/orders/${tab}`

  async function expectAllIn(browser: TestBrowser, pages: readonly TestPage[], redirectsBefore = 0): Promise<void> {
    expect(app.errors).toEqual([])
    expect(pages.map(({ status, url }) => [status, url])).toEqual(tabs.map((tab) => [200, page(tab)]))
    const most = Math.max(...pages.map(({ redirects }) => redirects.length)) + redirectsBefore
    expect(most).toBeLessThanOrEqual(20) // then browsers give up
    expect((await browser.get(`${app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
    expect((await browser.get(page(0))).status).toBe(200)
  }

  const browsers: readonly [name: string, open: () => Promise<TestBrowser>][] = [
    ['a fresh browser', async () => new TestBrowser()],
    [
      'a browser with a session',
      async () => {
        const browser = new TestBrowser()
        await browser.follow(`${app.url}/login`, toCallback)
        return browser
      },
    ],
    [
      'a browser whose session is gone',
      async () => {
        const browser = new TestBrowser()
        await browser.follow(`${app.url}/login`, toCallback)
        await new Promise<void>((resolve) => sessions.clear(() => resolve()))
        return browser
      },
    ],
  ]

  it.each(browsers)('all at once, in %s', async (_name, open) => {
    await start()
    const browser = await open()
    const pages = await Promise.all(tabs.map((tab) => browser.follow(page(tab))))
    await expectAllIn(browser, pages)
  })

  it('all at once, over a session store that answers late', async () => {
    await start(new LateStore())
    const browser = new TestBrowser()
    await expectAllIn(browser, await Promise.all(tabs.map((tab) => browser.follow(page(tab)))))
  })

  it('one a moment after the other, so that some begin while others come back', async () => {
    await start(new LateStore())
    const browser = new TestBrowser()
    const pages = tabs.map(async (tab) => {
      await delay(tab * 15)
      return await browser.follow(page(tab))
    })
    await expectAllIn(browser, await Promise.all(pages))
  })

  describe.each(orders)('whose answers come %s', (_order, order) => {
    it('one by one', async () => {
      await start()
      const browser = new TestBrowser()
      const started = await Promise.all(tabs.map((tab) => browser.follow(page(tab), toCallback)))
      const pages: TestPage[] = []
      for (const tab of order(tabs)) pages[tab] = await browser.follow(started[tab]?.redirects.at(-1) ?? '')
      await expectAllIn(browser, pages, started[0]?.redirects.length)
    })
  })

  it.each(browsers.slice(0, 2))('whose answers come all at once, in %s', async (_name, open) => {
    await start(new LateStore())
    const browser = await open()
    const started = await Promise.all(tabs.map((tab) => browser.follow(page(tab), toCallback)))
    const pages = await Promise.all(
      shuffled(tabs).map(async (tab) => {
        return [tab, await browser.follow(started[tab]?.redirects.at(-1) ?? '')] as const
      }),
    )
    await expectAllIn(
      browser,
      pages.sort(([one], [other]) => one - other).map(([, each]) => each),
      2,
    )
  })
})
