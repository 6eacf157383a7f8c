// A page for some: who is signed in but not allowed gets a 403, and is never sent to login again.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, useChromium, useTab } from './chromium.ts'
import { type ExampleApp, startExampleApp } from './example-app.ts'
import { signIn } from './people.ts'

describe.skipIf(!hasChromium())('/admin of the example app', () => {
  const tab = useTab(useChromium())
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

  it('lets the administrator in, who comes back to it from the login', async () => {
    await page.goto(`${app.url}/admin`)
    await signIn(page, app.url, 'admin')
    expect(page.url()).toBe(`${app.url}/admin`)
    await expect(page.getByRole('heading', { name: 'For administrators' }).isVisible()).resolves.toBe(true)
  })

  it('shows others a 403 page with a way out, without a new login', async () => {
    await page.goto(`${app.url}/profile`)
    await signIn(page, app.url)
    const response = await page.goto(`${app.url}/admin`)
    expect([response?.status(), page.url()]).toEqual([403, `${app.url}/admin`])
    await page.getByRole('link', { name: 'View your claims' }).click()
    expect(page.url()).toBe(`${app.url}/profile`)
    tab.complaints.length = 0 // Chromium reports the 403 of the page itself
  })

  it('tells scripts 403 with a problem', async () => {
    await page.goto(`${app.url}/profile`)
    await signIn(page, app.url)
    const [status, type] = await page.evaluate(async () => {
      const answer = await fetch('/admin')
      return [answer.status, answer.headers.get('content-type')] as const
    })
    expect(status).toBe(403)
    expect(type).toContain('application/problem+json')
    tab.complaints.length = 0 // Chromium reports the 403 of the script
  })
})
