// A login that gets lost between the provider's sign-in page and the app: people end on their page, or read why not.
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium } from './chromium.ts'
import { enter } from './people.ts'
import { useSignInPage } from './sign-in-page.ts'

describe.skipIf(!hasChromium())('a login that got lost', () => {
  const fixture = useSignInPage()
  const browser = useChromium()
  let page: Page

  beforeEach(async () => {
    page = (await browser.open()).page
  })

  /** Begins a login and stops at the provider; answers with the request that it got, as a bookmark keeps it. */
  async function beginAt(path: string): Promise<string> {
    const asked = page.waitForRequest((request) => request.url().includes('code_challenge='))
    await page.goto(fixture.app.url + path)
    await page.getByLabel('Password').waitFor()
    return (await asked).url()
  }

  /** Signs in on the page that is open, and waits for the app's answer. */
  async function signInTo(path: string): Promise<void> {
    await enter(page, 'demo', 'demo')
    await page.waitForURL(fixture.app.url + path)
    expect(await page.textContent('body')).toContain('orders of')
  }

  it('leads to the page when somebody goes back to the provider, which answers the same request again', async () => {
    const asked = await beginAt('/orders/7?from=mail')
    await signInTo('/orders/7?from=mail')
    await page.goto(asked)
    await page.waitForURL(`${fixture.app.url}/orders/7?from=mail`)
    expect(fixture.app.errors).toEqual([])
  })

  it('leads to the page when a bookmark of the sign-in page is used in a browser without any cookie', async () => {
    const bookmark = await beginAt('/orders/8')
    await browser.clearCookies()
    await page.goto(bookmark)
    await signInTo('/orders/8')
  })

  it('leads to the page when a bookmark of the sign-in page is a month old', async () => {
    const bookmark = await beginAt('/orders/10')
    fixture.simulator.clock.advance(30 * 24 * 3600)
    await page.goto(bookmark)
    await signInTo('/orders/10')
  })

  it('leads to the page when signing in took longer than a login lives (a slow second factor)', async () => {
    await beginAt('/orders/11')
    fixture.simulator.clock.advance(3601)
    await signInTo('/orders/11')
  })

  it('leads to the page when the answer of the provider is loaded again, or followed from the history', async () => {
    await beginAt('/orders/12')
    const answered = page.waitForRequest((request) => request.url().startsWith(`${fixture.app.url}/callback`))
    await signInTo('/orders/12')
    await page.goto((await answered).url())
    expect(page.url()).toBe(`${fixture.app.url}/orders/12`)
  })

  it('starts one new login when an answer that signed somebody in comes again after cookies were cleared', async () => {
    await beginAt('/orders/13')
    const answered = page.waitForRequest((request) => request.url().startsWith(`${fixture.app.url}/callback`))
    await signInTo('/orders/13')
    await browser.clearCookies()
    await page.goto((await answered).url())
    await signInTo('/orders/13')
  })

  it('leads to the page after the store has lost all sessions', async () => {
    await beginAt('/orders/14')
    await new Promise((resolve) => fixture.app.sessions.clear?.(resolve))
    await signInTo('/orders/14')
  })
})
