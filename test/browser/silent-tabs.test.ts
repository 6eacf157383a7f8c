// Five tabs of one Chromium that are opened at once, with silent login: each shows who is signed in at the provider.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { faults } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { hasChromium, useChromium } from './chromium.ts'
import { goAtOnce, openTabs } from './tabs.ts'

const showUser = (request: IncomingMessage & { user?: { sub: string } }, response: ServerResponse) => {
  response.setHeader('Content-Type', 'text/html')
  response.end(`<!doctype html><title>Shop</title><p>shop of ${request.user?.sub ?? 'a visitor'}</p>`)
}

describe.skipIf(!hasChromium())('five tabs at once with silent login', () => {
  const fixture = useProviderAndApp({ options: { silentLogin: true }, routes: [['/shop', showUser]] })
  const browser = useChromium()
  const urlOf = (tab: number) => `${fixture.app.url}/shop?tab=${tab}`

  async function visit(): Promise<[text: string | null, url: string][]> {
    const tabs = await openTabs(browser, 5)
    const arrivals = await goAtOnce(tabs, urlOf)
    const texts = await Promise.all(tabs.map(({ page }) => page.textContent('p')))
    return arrivals.map(({ url }, tab) => [texts[tab] ?? null, url])
  }

  const expected = (text: string) => [0, 1, 2, 3, 4].map((tab) => [text, urlOf(tab)])

  it('all show who is signed in there, five times in a row in a fresh browser', async () => {
    for (let round = 0; round < 5; round++) {
      expect(await visit()).toEqual(expected('shop of test-user'))
      await browser.clearCookies()
    }
  })

  it('all go on signed out when nobody is', async () => {
    fixture.provider.misbehave(faults.loginRequired)
    expect(await visit()).toEqual(expected('shop of a visitor'))
  })
})
