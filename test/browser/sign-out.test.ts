// One person in two browsers: signing out here, everywhere, and at the provider.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium, type WatchedPage } from './chromium.ts'
import { type ExampleApp, startExampleApp } from './example-app.ts'
import { isSignedIn, press, signIn } from './people.ts'

describe.skipIf(!hasChromium())('signing out of the example app', () => {
  const browser = useChromium()
  let app: ExampleApp
  let here: WatchedPage
  let there: WatchedPage

  beforeAll(async () => {
    app = await startExampleApp()
  })
  beforeEach(async () => {
    here = await browser.open()
    there = await browser.openElsewhere()
    for (const { page } of [here, there]) {
      await page.goto(`${app.url}/profile`)
      await signIn(page, app.url)
    }
  })
  afterEach(() => {
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })
  afterAll(async () => {
    await app.close()
  })

  /** What the app's next page says, not the one that is open. */
  async function isSignedOut(page: Page): Promise<boolean> {
    await page.goto(app.url)
    return await page.getByRole('link', { name: 'Sign in', exact: true }).first().isVisible()
  }

  /** Leaves the provider by one of its buttons; the app's page stays open in another tab. */
  async function signOutAtProvider(button: string): Promise<Page> {
    const tab = (await browser.open()).page
    const link = here.page.getByRole('link', { name: 'Sign out at the provider' })
    await tab.goto((await link.getAttribute('href')) ?? '')
    await tab.getByRole('button', { name: button }).click()
    await tab.getByRole('heading', { name: 'You are signed out' }).waitFor()
    return tab
  }

  it('ends the sign-in of this browser alone by "Sign out"', async () => {
    expect(await press(here.page, 'Sign out', `${app.url}/logout`)).toBe(200)
    await here.page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await here.page.waitForURL((url) => url.origin === app.url && url.pathname === '/')
    await expect(isSignedOut(here.page)).resolves.toBe(true)
    await expect(isSignedOut(there.page)).resolves.toBe(false)
  })

  it('ends the sign-ins of both browsers by "Sign out everywhere", on their next page', async () => {
    expect(await press(here.page, 'Sign out everywhere', `${app.url}/sign-out-everywhere`)).toBe(200)
    await here.page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await here.page.waitForURL((url) => url.origin === app.url && url.pathname === '/')
    await expect(isSignedOut(here.page)).resolves.toBe(true)
    await expect(isSignedOut(there.page)).resolves.toBe(true)
  })

  it('lets a person sign in again after "Sign out everywhere"', async () => {
    await press(here.page, 'Sign out everywhere', `${app.url}/sign-out-everywhere`)
    await there.page.goto(`${app.url}/profile`) // the provider still knows this browser
    await there.page.waitForURL(`${app.url}/profile`)
    await expect(isSignedIn(there.page)).resolves.toBe(true)
  })

  it('ends the sign-in when the person signs out at the provider, which tells the app', async () => {
    await signOutAtProvider('Yes, sign me out')
    await expect(isSignedOut(here.page)).resolves.toBe(true)
    await expect(isSignedOut(there.page)).resolves.toBe(false)
  })

  it('ends it in the other browser too when the person signs out in all browsers at the provider', async () => {
    await signOutAtProvider('Yes, in all browsers')
    await expect(isSignedOut(there.page)).resolves.toBe(true)
    await there.page.goto(`${app.url}/profile`) // and the provider asks again
    await expect(there.page.getByLabel('Password').isVisible()).resolves.toBe(true)
  })
})
