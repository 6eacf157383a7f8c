// What stands on our page about a login that got lost.
import type { Page } from 'playwright-core'

/** Its last line: the code, and the reason that was measured. */
export async function causeOn(page: Page): Promise<string | null> {
  return await page.locator('small').last().textContent()
}

/** The line above, for whoever runs the site: what to change. */
export async function fixOn(page: Page): Promise<string | null> {
  return await page.locator('small').first().textContent()
}
