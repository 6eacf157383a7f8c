// The example app with each vendor's preset, against that vendor's simulator, in real Chromium.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, startChromium, type TestChromium } from './chromium.ts'
import { type ExampleApp, startVendorExample } from './example-app.ts'

describe.skipIf(!hasChromium()).each(['asgardeo', 'wso2', 'cidaas', 'pingone', 'okta'])('example:%s', (vendor) => {
  let app: ExampleApp
  let browser: TestChromium
  let page: Page

  beforeAll(async () => {
    app = await startVendorExample(vendor)
  })
  beforeEach(async () => {
    browser = await startChromium()
    page = (await browser.open()).page
  })
  afterEach(async () => {
    await browser.close()
  })
  afterAll(async () => {
    await app.close()
  })

  it('signs in by the form of the vendor, shows the profile, and signs out', async () => {
    await page.goto(`${app.url}/profile`)
    await page.getByLabel('User name').fill('demo')
    await page.getByLabel('Password').fill('demo')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${app.url}/profile`)
    await expect(page.getByRole('table').first().textContent()).resolves.toContain('sub')

    await page.getByRole('button', { name: 'Sign out' }).first().click()
    await page.waitForURL((url) => url.origin === app.url && url.pathname === '/')
    await expect(page.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()).resolves.toBe(true)
  })

  it('shows a 403 page when the person cancels at the vendor', async () => {
    await page.goto(`${app.url}/profile`)
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.url().startsWith(`${app.url}/callback`)),
      page.getByRole('button', { name: 'Cancel' }).click(),
    ])
    expect(response.status()).toBe(403)
  })
})
