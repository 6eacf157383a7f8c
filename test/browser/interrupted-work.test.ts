// What a login in between leaves of a person's work: the fragment of the URL, and the form that was being sent.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Middleware, requireAuth } from '../../src/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { hasChromium, useChromium, type WatchedPage } from './chromium.ts'
import { type ExampleApp, startExampleApp } from './example-app.ts'
import { signIn } from './people.ts'

/** helmet's default: Chromium holds it against every redirect of a form. */
const policy: Middleware = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', "default-src 'self'; form-action 'self'")
  next()
}

const form = `<!doctype html><title>Comments</title><form method="post" action="/comments?thread=7">
<textarea name="text"></textarea><select name="tag" multiple><option selected>1<option selected>2</select>
<button name="submit" value="&lt;Save&gt;">Save</button></form>`

let handled: string[] = []

const showForm = (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(form)
}
const comment = async (request: IncomingMessage, response: ServerResponse) => {
  handled.push(`${request.headers.origin} ${request.method} ${await text(request)}`)
  response.writeHead(303, { location: '/thanks' }).end()
}
const thank = (_request: IncomingMessage, response: ServerResponse) => response.end('thanks')

const people: readonly (readonly [who: string, person: BrowserContextOptions])[] = [
  ['a person', { colorScheme: 'light', viewport: { width: 1000, height: 600 } }],
  [
    'a person without JavaScript',
    { javaScriptEnabled: false, colorScheme: 'dark', viewport: { width: 360, height: 640 } },
  ],
]

describe.skipIf(!hasChromium())('interrupted work in Chromium', () => {
  const browser = useChromium()
  let tab: WatchedPage

  async function open(person?: BrowserContextOptions): Promise<WatchedPage['page']> {
    tab = await browser.openElsewhere(person)
    return tab.page
  }

  beforeEach(() => {
    handled = []
  })
  afterEach(() => {
    expect(tab.complaints).toEqual([])
  })

  describe('at a provider that knows the browser, and answers by redirects', () => {
    const fixture = useProviderAndApp({
      before: [policy],
      routes: [
        ['/form', showForm],
        ['/comments', requireAuth({ resumePost: true }), comment],
        ['/thanks', thank],
      ],
    })

    it('keeps the fragment of a guarded page over both origins (Fetch, HTTP-redirect fetch)', async () => {
      const page = await open()
      await page.goto(`${fixture.app.url}/orders?a=1#line-3`)
      expect(page.url()).toBe(`${fixture.app.url}/orders?a=1#line-3`)
      expect(
        fixture.provider
          .requestsTo('authorization')
          .map(({ query }) => `${query}`)
          .join(),
      ).not.toContain('line-3')
    })

    it.each(people)('sends the form of %s again, byte for byte, when they say so', async (who, person) => {
      const page = await open(person)
      const { app } = fixture
      const write = async () => {
        await page.goto(`${app.url}/form`)
        await page.locator('textarea').fill('one\n"two" & <b>\n\n\u00fc')
        await page.getByRole('button', { name: 'Save' }).click()
      }
      await write()
      await page.waitForURL(`${app.url}/resume-post`)
      if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/${who}.png` })
      expect(handled).toEqual([])
      await page.getByRole('button', { name: 'Send it now' }).click()
      if (person.javaScriptEnabled === false) await page.getByRole('button', { name: 'Send it' }).click()
      await page.waitForURL(`${app.url}/thanks`)
      await write() // signed in: nothing stands in between
      await page.waitForURL(`${app.url}/thanks`)
      expect(handled).toHaveLength(2)
      expect(handled[0]).toBe(handled[1])
      expect(handled[0]).toContain(`${app.url} POST text=one%0D%0A`)
    })

    it.each(people)('discards it when %s says so', async (_who, person) => {
      const page = await open(person)
      await page.goto(`${fixture.app.url}/form`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('button', { name: 'Discard it' }).click()
      await page.waitForURL(`${fixture.app.url}/`)
      expect(handled).toEqual([])
    })
  })

  describe('at a provider that asks for a password', () => {
    let app: ExampleApp
    beforeAll(async () => {
      app = await startExampleApp()
    })
    afterAll(async () => {
      await app.close()
    })

    it('loses the fragment with its form, unless the link to /login names it', async () => {
      const page = await open()
      await page.goto(`${app.url}/profile#tokens`)
      expect(page.url()).toContain('#tokens') // here the browser still has it
      await signIn(page, app.url)
      expect(page.url()).toBe(`${app.url}/profile`)
      await page.context().clearCookies()
      await page.goto(`${app.url}/login?return_to=/profile%23tokens`)
      await signIn(page, app.url)
      expect(page.url()).toBe(`${app.url}/profile#tokens`)
    })
  })
})
