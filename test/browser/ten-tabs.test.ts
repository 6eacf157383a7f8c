// Ten tabs that begin a login at the same moment: each ends on its own page, whatever the others do (design section 4).
import type { ServerResponse } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { useProviderAndApp } from '../fixture.ts'
import { useStage } from '../multi-process/use-stage.ts'
import { hasChromium, useChromium, type WatchedPage } from './chromium.ts'
import { startExampleApp } from './example-app.ts'
import { enter, signIn } from './people.ts'
import { goAtOnce, openTabs } from './tabs.ts'

/** Chromium gives up after 20; a person's own login has 3. */
const mostRedirects = 19

describe.skipIf(!hasChromium())('ten tabs at once', () => {
  const fixture = useProviderAndApp({ routes: [['/cart', fillCart]] })
  const stage = useStage({ store: 'redis', processes: 2 })
  const browser = useChromium()
  let tabs: WatchedPage[]

  beforeEach(async () => {
    tabs = await openTabs(browser, 10)
  })

  async function expectOwnPages(urlOf: (tab: number) => string): Promise<void> {
    const arrivals = await goAtOnce(tabs, urlOf)
    expect(arrivals.map(({ url, status }) => [url, status])).toEqual(tabs.map((_, tab) => [urlOf(tab), 200]))
    expect(Math.max(...arrivals.map(({ redirects }) => redirects))).toBeLessThanOrEqual(mostRedirects)
  }

  it('end on their own pages in a fresh browser, at a provider that answers at once', async () => {
    await expectOwnPages((tab) => `${fixture.app.url}/orders/${tab}?page=${tab}`)
  })

  it('end on their own pages in a browser that has a session', async () => {
    await tabs[0]?.page.goto(`${fixture.app.url}/cart`)
    await expectOwnPages((tab) => `${fixture.app.url}/orders/${tab}?page=${tab}`)
  })

  it('end on their own pages when two processes on one Redis answer in turn', async () => {
    stage.provider.user = { sub: 'alice' }
    await expectOwnPages((tab) => `${stage.cluster.url}/orders?page=${tab}`)
  })

  it('end on their own pages when the person signs in in one, and then in the others', async () => {
    const app = await startExampleApp()
    const urlOf = (tab: number) => `${app.url}/profile?tab=${tab}`
    await goAtOnce(tabs, urlOf)
    const [first, ...others] = tabs.map(({ page }) => page)
    if (first) await signIn(first, app.url)
    for (const [index, page] of others.entries()) {
      if (index % 2 === 0) await page.reload()
      await enter(page, 'demo', 'demo') // the provider remembers the consent of the first tab
      await page.waitForURL(urlOf(index + 1))
    }
    expect(tabs.map(({ page }) => page.url())).toEqual(tabs.map((_, tab) => urlOf(tab)))
    await app.close()
  })
})

interface WithCart {
  readonly session: { cart?: string }
}

function fillCart({ session }: WithCart, response: ServerResponse): void {
  session.cart = 'a book'
  response.end('one thing in the cart')
}
