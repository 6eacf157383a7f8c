// A person at the example app: real Chromium, the certified provider, helmet's strict policy.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium, useTab } from './chromium.ts'
import { type ExampleApp, startExampleApp } from './example-app.ts'
import { enter, signIn } from './people.ts'

describe.skipIf(!hasChromium())('the example app in Chromium', () => {
  const browser = useChromium()
  const tab = useTab(browser)
  let app: ExampleApp
  let page: Page

  beforeAll(async () => {
    app = await startExampleApp()
  })
  beforeEach(() => {
    page = tab.page
  })
  afterAll(async () => {
    await app.close()
  })

  it('prints one line with the URL and the demo credentials', () => {
    expect(app.line).toBe(`Example app: ${app.url}  (sign in as demo / demo)\n`)
  })

  it('signs in by the button of the start page', async () => {
    await page.goto(app.url)
    await page.getByRole('link', { name: 'Sign in', exact: true }).first().click()
    await signIn(page, app.url)
    expect(page.url()).toBe(`${app.url}/`)
    await expect(page.getByRole('heading', { level: 1 }).textContent()).resolves.toContain('Demo')
  })

  it('keeps a deep link over the login, its query included', async () => {
    await page.goto(`${app.url}/profile?tab=tokens`)
    await signIn(page, app.url)
    expect(page.url()).toBe(`${app.url}/profile?tab=tokens`)
  })

  it('says so when the password is wrong, and signs in after that', async () => {
    await page.goto(`${app.url}/profile`)
    await enter(page, 'demo', 'wrong')
    await expect(page.getByRole('alert').textContent()).resolves.toContain('wrong')
    tab.complaints.length = 0 // Chromium reports the form's own 4xx
    await signIn(page, app.url)
    expect(page.url()).toBe(`${app.url}/profile`)
  })

  it('brings two tabs that each started a login to their own pages', async () => {
    const second = await browser.open()
    await page.goto(`${app.url}/profile?tab=1`)
    await second.page.goto(`${app.url}/profile?tab=2`)
    await signIn(page, app.url)
    await enter(second.page, 'demo', 'demo') // the provider remembers the consent of the first tab
    await second.page.waitForURL((url) => url.href.startsWith(app.url))
    expect([page.url(), second.page.url()]).toEqual([`${app.url}/profile?tab=1`, `${app.url}/profile?tab=2`])
    expect(second.complaints).toEqual([])
  })

  it('stays signed in when the person goes back after the login', async () => {
    await page.goto(app.url)
    await page.goto(`${app.url}/profile`)
    await signIn(page, app.url)
    await page.goto(`${app.url}/api/me`)
    await page.goBack()
    expect(page.url()).toBe(`${app.url}/profile`)
    await page.goto(app.url)
    await expect(page.getByRole('button', { name: 'Sign out' }).first().isVisible()).resolves.toBe(true)
  })

  it("signs out here and at the provider, by a form, under helmet's form-action 'self'", async () => {
    await page.goto(`${app.url}/profile`)
    await signIn(page, app.url)
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.url() === `${app.url}/logout`),
      page.getByRole('button', { name: 'Sign out' }).first().click(),
    ])
    expect(response.status()).toBe(200)
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await page.waitForURL((url) => url.href.startsWith(app.url))
    await expect(page.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()).resolves.toBe(true)

    await page.goto(`${app.url}/profile`) // the provider asks again: the login there has ended too
    await expect(page.getByLabel('Password').isVisible()).resolves.toBe(true)
  })

  it('shows a 403 page when the person cancels at the provider, with a way back', async () => {
    await page.goto(`${app.url}/profile`)
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.url().startsWith(`${app.url}/callback`)),
      page.getByRole('button', { name: 'Cancel' }).click(),
    ])
    expect(response.status()).toBe(403)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await expect(page.getByLabel('Password').isVisible()).resolves.toBe(true)
    tab.complaints.length = 0 // Chromium reports the 403 of the page itself
  })
})
