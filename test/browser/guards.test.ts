// The guarded pages of the example app: by a claim, by a fresh sign-in, and by fetch() of a page's script.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium, type WatchedPage } from './chromium.ts'
import { type ExampleApp, startExampleApp } from './example-app.ts'
import { enter, signIn } from './people.ts'

const movableClock = new URL('movable-clock.mjs', import.meta.url).href

describe.skipIf(!hasChromium())('the guarded pages of the example app', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guards-'))
  const clock = join(folder, 'clock')
  let app: ExampleApp
  const browser = useChromium()
  let tab: WatchedPage

  async function open(person?: BrowserContextOptions): Promise<Page> {
    tab = await browser.openElsewhere(person)
    return tab.page
  }

  /** For the app and its demo provider, which are one process. */
  const clockIsAhead = (seconds: number) => writeFileSync(clock, String(seconds))

  beforeAll(async () => {
    clockIsAhead(0)
    app = await startExampleApp({ NODE_OPTIONS: `--import=${movableClock}`, CLOCK_FILE: clock })
  })
  beforeEach(() => clockIsAhead(0))
  afterEach(() => {
    expect(tab.complaints).toEqual([])
  })
  afterAll(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })

  describe('/admin', () => {
    it('is not shown to who has no such claim, and is to the administrator who signs in instead', async () => {
      const page = await open()
      await page.goto(`${app.url}/admin`)
      await signIn(page, app.url)
      expect(page.url()).toBe(`${app.url}/admin`)
      await expect(titleOf(page)).resolves.toBe('This page is for administrators')
      const problem = await page.evaluate(async () => await (await fetch('/admin')).json())
      expect(problem).toMatchObject({ status: 403, code: 'ERR_RP_CLAIM_REQUIRED' })
      expect(tab.complaints.splice(0)).toHaveLength(2) // Chromium reports both 403

      await page.context().clearCookies()
      const answer = page.waitForResponse((response) => response.url() === `${app.url}/admin` && response.ok())
      await page.goto(`${app.url}/admin`)
      await signIn(page, app.url, 'admin')
      expect((await answer).status()).toBe(200)
      await expect(titleOf(page)).resolves.toBe('For administrators')
    })
  })

  describe('/security', () => {
    it('says when the password was entered, asks for it anew when that is too long ago, and comes back', async () => {
      const page = await open()
      await page.goto(`${app.url}/profile`)
      await signIn(page, app.url)
      await page.goto(`${app.url}/security?from=home`)
      const first = await enteredAt(page)

      clockIsAhead(120)
      await page.goto(`${app.url}/profile`)
      expect(page.url()).toBe(`${app.url}/profile`) // which asks for nothing more
      await page.goto(`${app.url}/security?from=home`)
      await expect(page.getByLabel('Password').isVisible()).resolves.toBe(true)
      await enter(page, 'demo', 'demo')
      await page.waitForURL(`${app.url}/security?from=home`)
      expect((await enteredAt(page)) - first).toBeGreaterThanOrEqual(120)
      await page.reload()
      expect(page.url()).toBe(`${app.url}/security?from=home`)
    })

    it('leaves the person signed in who cancels, and asks again', async () => {
      const page = await open()
      await page.goto(`${app.url}/security`)
      await signIn(page, app.url)
      clockIsAhead(120)
      await page.goto(`${app.url}/security`)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.waitForURL((url) => url.href.startsWith(app.url))
      expect(tab.complaints.splice(0)).toHaveLength(1) // Chromium reports the 403
      await page.goto(`${app.url}/profile`)
      expect(page.url()).toBe(`${app.url}/profile`)
      await page.goto(`${app.url}/security`)
      await enter(page, 'demo', 'demo')
      await page.waitForURL(`${app.url}/security`)
    })

    it('tells scripts 401 with the challenge (RFC 9470 section 3)', async () => {
      const page = await open()
      await page.goto(`${app.url}/profile`)
      await signIn(page, app.url)
      clockIsAhead(120)
      const [challenge, problem] = await page.evaluate(async () => {
        const answer = await fetch('/security')
        return [answer.headers.get('www-authenticate'), await answer.json()] as const
      })
      expect(challenge).toContain('max_age="60"')
      expect(problem).toMatchObject({ status: 401, code: 'ERR_RP_STEP_UP_REQUIRED', max_age: 60 })
      expect(tab.complaints.splice(0)).toHaveLength(1) // Chromium reports the 401
    })
  })

  describe('/dashboard', () => {
    it('shows what the API says, fetched by its script', async () => {
      const page = await open()
      await page.goto(`${app.url}/dashboard`)
      await signIn(page, app.url)
      await fetchedBy(page)
      expect(await shownBy(page)).toMatchObject({ sub: 'user-1001', claims: { name: 'Demo User' } })
    })

    it('goes to the login when the API says 401, and comes back to where it was, fragment and all', async () => {
      const page = await open()
      await page.goto(`${app.url}/dashboard`)
      await signIn(page, app.url)
      await page.goto(`${app.url}/dashboard?tab=1#answer`)
      await fetchedBy(page)
      await page.context().clearCookies()
      const login = page.waitForRequest((request) => request.url().startsWith(`${app.url}/login`))
      await page.getByRole('link', { name: 'Ask again' }).click()
      expect(new URL((await login).url()).searchParams.get('return_to')).toBe('/dashboard?tab=1#answer')
      expect(tab.complaints.splice(0)).toHaveLength(1) // Chromium reports the 401
      await signIn(page, app.url, 'admin')
      expect(page.url()).toBe(`${app.url}/dashboard?tab=1#answer`)
      await fetchedBy(page)
      expect(await shownBy(page)).toMatchObject({ claims: { name: 'Alex Admin' } })
    })

    it('fits a phone, as the other guarded pages do', async () => {
      const page = await open({ viewport: { width: 390, height: 844 } })
      await page.goto(`${app.url}/security`)
      await signIn(page, app.url, 'admin')
      for (const path of ['/dashboard', '/security', '/admin', '/profile', '/']) {
        await page.goto(app.url + path)
        await expect(page.evaluate('document.documentElement.scrollWidth')).resolves.toBe(390)
      }
    })

    it('says so when the API cannot be reached, and keeps what it shows', async () => {
      const page = await open()
      await page.goto(`${app.url}/dashboard`)
      await signIn(page, app.url)
      await fetchedBy(page)
      await page.context().setOffline(true)
      await page.getByRole('link', { name: 'Ask again' }).click()
      await page.getByText('The API cannot be reached.').waitFor()
      expect(await shownBy(page)).toMatchObject({ sub: 'user-1001' })
      expect(tab.complaints.splice(0)).toHaveLength(1) // Chromium reports that it is offline
    })

    it('shows the same without JavaScript, by a link', async () => {
      const page = await open({ javaScriptEnabled: false })
      await page.goto(`${app.url}/dashboard`)
      await signIn(page, app.url)
      expect(await shownBy(page)).toMatchObject({ sub: 'user-1001', claims: { name: 'Demo User' } })
      await page.context().clearCookies()
      await page.getByRole('link', { name: 'Ask again' }).click()
      await signIn(page, app.url)
      expect(page.url()).toBe(`${app.url}/dashboard`)
    })
  })
})

async function titleOf(page: Page): Promise<string | null> {
  return await page.getByRole('heading', { level: 1 }).textContent()
}

/** When the provider asked for the password, as the security page says it. */
async function enteredAt(page: Page): Promise<number> {
  const instant = await page.locator('dt:text-is("Last entered") + dd time').getAttribute('datetime')
  return Date.parse(instant ?? '') / 1000
}

async function fetchedBy(page: Page): Promise<void> {
  await page.getByText('Fetched by the script of this page').waitFor()
}

async function shownBy(page: Page): Promise<unknown> {
  return JSON.parse((await page.locator('#answer').textContent()) ?? '')
}
