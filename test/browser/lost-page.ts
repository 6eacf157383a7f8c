// What stands on our page about a login that got lost.
import type { Page } from 'playwright-core'

/** Its last line: the code, and the reason that was measured; without the reference, which is random. */
export async function causeOn(page: Page): Promise<string | undefined> {
  const text = await page.locator('small').last().textContent()
  return text?.replace(/, reference [0-9a-f]{10}$/, '')
}

/** The line above, for the site's administrator: what to change. */
export async function fixOn(page: Page): Promise<string | null> {
  return await page.locator('small').first().textContent()
}
