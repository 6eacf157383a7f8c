// What a person does at the example app and at its provider.
import type { Page } from 'playwright-core'

/** Fills in the provider's form: the demo provider's and the simulators' have the same labels. */
export async function enter(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Signs in at the demo provider and comes back to the app; the password is the user name. */
export async function signIn(page: Page, appUrl: string, username = 'demo'): Promise<void> {
  await enter(page, username, username)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL((url) => url.href.startsWith(appUrl))
}

/** Presses a button and waits for the answer of that URL, which may be a redirect. */
export async function press(page: Page, button: string, url: string): Promise<number> {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.url().split('?')[0] === url),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  return response.status()
}

/** Whether the app, asked from its own page, knows who this browser is. */
export async function isSignedIn(page: Page): Promise<boolean> {
  return await page.evaluate(async () => (await fetch('/api/me')).ok)
}

/** When the access token ends, as the profile page says it. */
export async function expiryOf(page: Page): Promise<number> {
  const instant = await page.locator('dt:text-is("Expires") + dd time').getAttribute('datetime')
  return Date.parse(instant ?? '') / 1000
}
