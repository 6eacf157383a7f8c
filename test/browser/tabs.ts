// Several tabs of one browser that go to their pages at the same moment.
import type { Page, Request, Response } from 'playwright-core'
import type { TestChromium, WatchedPage } from './chromium.ts'

/** Where a navigation ended, and over how many redirects; Chromium gives up after 20. */
export interface Arrival {
  readonly url: string
  readonly status: number | undefined
  readonly redirects: number
}

/** That many tabs, all empty. */
export async function openTabs(browser: TestChromium, count: number): Promise<WatchedPage[]> {
  return await Promise.all(Array.from({ length: count }, () => browser.open()))
}

/** Sends each tab to the page of its number, all at once, and waits until all have arrived somewhere. */
export async function goAtOnce(tabs: readonly WatchedPage[], urlOf: (tab: number) => string): Promise<Arrival[]> {
  return await Promise.all(tabs.map(async ({ page }, tab) => arrival(page, await page.goto(urlOf(tab)))))
}

function arrival(page: Page, response: Response | null): Arrival {
  return { url: page.url(), status: response?.status(), redirects: redirectsBefore(response?.request()) }
}

/** Over how many redirects the request came. */
export function redirectsBefore(request: Request | undefined): number {
  let redirects = 0
  for (let each = request?.redirectedFrom(); each; each = each.redirectedFrom()) redirects++
  return redirects
}
