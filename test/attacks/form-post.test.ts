// A post to the callback is anybody's: what a foreign page, or a forged answer, can do with the page that continues it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { onSite } from '../other-site.ts'
import { startApp, type TestApp } from '../setups.ts'

describe('a forged post to the callback of form_post', () => {
  const from = 'http://evil.example/'
  let provider: TestProvider
  let app: TestApp

  beforeAll(async () => {
    provider = await startTestProvider()
    app = await startApp({ options: { provider: onSite(provider, 'localhost'), responseMode: 'form_post' } })
  })
  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  /** The answer that the provider gave to somebody, who has not posted it. */
  async function answerFor(browser: TestBrowser): Promise<URLSearchParams> {
    const page = await browser.follow(`${app.url}/orders`, { until: (url) => url.pathname === '/callback' })
    return page.form?.fields ?? new URLSearchParams()
  }

  it("signs nobody in by an attacker's answer (login CSRF, RFC 9700 section 4.7)", async () => {
    const form = await answerFor(new TestBrowser())
    const victim = new TestBrowser()
    await answerFor(victim) // with a session, and a login of its own in flight
    // At most a login of the victim's own begins; the attacker's code is never redeemed.
    const page = await victim.follow(`${app.url}/callback`, { form, from, until: (url) => url.origin !== app.url })
    expect(page.redirects.at(-1)).toContain('/authorize?')
    expect(provider.requestsTo('token')).toEqual([])
    expect((await victim.get(`${app.url}/whoami`)).json()).toBeNull()
  })

  it('does not sign a signed-in person out, marked as continued or not', async () => {
    const person = new TestBrowser()
    await person.follow(`${app.url}/orders`)
    for (const form of [{}, { state: 'a', code: 'b' }, { state: 'a', code: 'b', continued: '1' }, { continued: '1' }]) {
      await person.follow(`${app.url}/callback`, { form, from })
      expect((await person.get(`${app.url}/orders`)).status).toBe(200)
    }
  })

  it('cannot skip the page by marking itself as continued, and the login in flight is still there', async () => {
    const browser = new TestBrowser()
    const form = await answerFor(browser)
    const marked = new URLSearchParams([...form, ['continued', '1']])
    const page = await browser.post(`${app.url}/callback`, marked, { from })
    expect([page.status, (app.errors.at(-1) as { code: string }).code]).toEqual([400, 'ERR_RP_RESPONSE_INVALID'])
    expect((await browser.follow(`${app.url}/callback`, { form, from })).text).toBe('orders of test-user')
  })

  it('is known by its Origin where the browser sends no Fetch Metadata', async () => {
    const headers = { 'sec-fetch-site': undefined, 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }
    const browser = new TestBrowser()
    const form = new URLSearchParams([...(await answerFor(browser)), ['continued', '1']])
    expect((await browser.post(`${app.url}/callback`, form, { from, headers })).status).toBe(400)
    expect((await browser.post(`${app.url}/callback`, form, { headers })).status).toBe(303)
  })

  it('is not read to its end when it is too large: the connection ends with the answer (threat V30)', async () => {
    const headers = { connection: 'keep-alive' }
    const send = (code: string) =>
      new TestBrowser().post(`${app.url}/callback`, { state: 'a', code }, { from, headers })
    const [large, small] = [await send('x'.repeat(70_000)), await send('x')]
    expect([large.status, large.headers.get('connection')]).toEqual([400, 'close'])
    expect([small.status, small.headers.get('connection')]).toEqual([200, 'keep-alive'])
  })

  it('puts no markup and no field of its own on the page', async () => {
    const html = `"><script>alert(1)</script><input name='x`
    const form = { state: html, error: html, error_description: html, submit: '1', action: html, id_token: 'secret' }
    const page = await new TestBrowser().post(`${app.url}/callback`, form, { from })
    expect([...(page.form?.fields.keys() ?? [])]).toEqual(['state', 'error', 'error_description', 'continued'])
    expect(page.form?.fields.get('state')).toBe(html)
    expect([page.text.match(/<script>/g)?.length, page.text.includes('secret')]).toEqual([1, false])
  })

  it('ends in a browser that keeps no cookies by an error, and not by another page', async () => {
    const browser = new TestBrowser()
    const form = await answerFor(browser)
    browser.clearCookies()
    const headers = { cookie: undefined }
    const page = await browser.follow(`${app.url}/callback`, { form, from, headers })
    expect([page.status, page.form]).toEqual([400, undefined])
  })
})
