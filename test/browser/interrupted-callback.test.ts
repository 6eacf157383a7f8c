// A person who gives up on the callback and loads it again, or whose connection is lost, ends on the page, signed in.
import type { IncomingMessage } from 'node:http'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { useProviderAndApp } from '../fixture.ts'
import { holdTokens } from '../held-tokens.ts'
import { hasChromium, useChromium } from './chromium.ts'

const places: [what: string, path: string, end: string][] = [
  ['a guarded page', '/orders/7', '/orders/7'],
  ['a public page', '/login?return_to=/shop', '/shop'],
]

describe.skipIf(!hasChromium())('a callback that never gets its answer', () => {
  const tokens = holdTokens()
  let callback: IncomingMessage | undefined
  const keepCallback = (request: IncomingMessage, _response: unknown, next: () => void) => {
    if (request.url?.startsWith('/callback?code=') && callback === undefined) callback = request
    next()
  }
  const fixture = useProviderAndApp({ before: [keepCallback], options: { fetch: tokens.fetch } })
  const browser = useChromium()
  let page: Page

  beforeEach(async () => {
    callback = undefined
    page = (await browser.open()).page
  })

  /** Goes to a page, as far as the token request of the callback, which is held. */
  async function goAsFarAsTokens(path: string): Promise<string> {
    const held = tokens.hold()
    page.goto(fixture.app.url + path).catch(() => undefined) // it is cut off
    await held
    return fixture.app.url + callback?.url
  }

  async function expectSignedInAt(end: string): Promise<void> {
    expect(page.url()).toBe(fixture.app.url + end)
    await page.goto(`${fixture.app.url}/whoami`)
    expect(await page.textContent('body')).toContain('test-user')
    expect(fixture.app.errors).toEqual([])
  }

  describe.each(places)('and that leads to %s', (_what, path, end) => {
    it.each(['while the first request still runs', 'after the first request has finished'])(
      'leads there when the person stops and loads it again %s',
      async (when) => {
        const url = await goAsFarAsTokens(path)
        await (await page.context().newCDPSession(page)).send('Page.stopLoading')
        if (when.startsWith('after')) {
          await expect.poll(() => callback?.socket.destroyed).toBe(true)
          tokens.release()
        }
        await page.goto(url)
        await expectSignedInAt(end)
        tokens.release()
      },
    )

    it('leads there when the connection is lost and the person reloads the error page', async () => {
      await goAsFarAsTokens(path)
      callback?.socket.destroy()
      // Chromium itself may try again where the connection had been used before.
      await page.waitForURL((url) => url.protocol === 'chrome-error:' || url.origin === fixture.app.url)
      tokens.release()
      if (page.url() !== fixture.app.url + end) await page.reload()
      await page.waitForURL(fixture.app.url + end)
      await expectSignedInAt(end)
    })
  })
})
