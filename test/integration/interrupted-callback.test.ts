// A callback whose answer never reaches the browser (given up, reloaded, a lost connection), on every framework.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Options, RequestOidc } from '../../src/index.ts'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { cookiesOf, holdTokens, startNavigation } from '../held-tokens.ts'
import { setups } from '../setups.ts'

const toCallback = { until: ({ searchParams }: URL) => searchParams.has('code') || searchParams.has('error') }
const places: [what: string, path: string, text: string][] = [
  ['a guarded page', '/orders/7', 'orders of test-user'],
  ['a public page', '/login?return_to=/shop', 'public'],
]

async function callbackOf(browser: TestBrowser, url: string): Promise<string> {
  return (await browser.follow(url, toCallback)).redirects.at(-1) ?? ''
}

async function whoIs({ app }: Fixture, browser: TestBrowser): Promise<string | undefined> {
  return ((await browser.get(`${app.url}/whoami`)).json() as { sub?: string } | null)?.sub
}

function codesSent({ provider }: Fixture): (string | null | undefined)[] {
  return provider.requestsTo('token').map(({ body }) => body?.get('code'))
}

describe.each(setups)('a callback that the browser gives up on, on $name', (setup) => {
  const tokens = holdTokens()
  const fixture = useProviderAndApp({ setup, options: { fetch: tokens.fetch } })

  async function expectIn(browser: TestBrowser, page: TestPage, text: string): Promise<void> {
    expect([page.status, page.text, await whoIs(fixture, browser)]).toEqual([200, text, 'test-user'])
    expect(page.redirects.length).toBeLessThanOrEqual(12)
    expect(fixture.app.errors).toEqual([])
    expect(new Set(codesSent(fixture)).size).toBe(codesSent(fixture).length) // each code once (invariant 5)
  }

  describe.each(places)('and that leads to %s', (_what, path, text) => {
    it('leads there when it is loaded again while the first request still runs', async () => {
      const browser = new TestBrowser()
      const callback = await callbackOf(browser, fixture.app.url + path)
      const held = tokens.hold()
      const first = startNavigation(callback, browser)
      await held
      await first.abort()
      const page = await browser.follow(callback)
      await expectIn(browser, page, text)
      tokens.release()
      await delay(100)
      await expectIn(browser, await browser.get(page.url), text) // the first request has not thrown anyone out
    })

    it('leads there when it is loaded again after the first request has finished', async () => {
      const browser = new TestBrowser()
      const callback = await callbackOf(browser, fixture.app.url + path)
      const held = tokens.hold()
      const first = startNavigation(callback, browser)
      await held
      await first.abort()
      tokens.release()
      await delay(100)
      await expectIn(browser, await browser.follow(callback), text)
    })

    // As behind a proxy that reads the answer of a browser that has gone: the session is renewed, the cookie is lost.
    it.each([0, 3100])('leads there when its session was renewed %i ms before', async (milliseconds) => {
      const browser = new TestBrowser()
      const callback = await callbackOf(browser, fixture.app.url + path)
      await new TestBrowser().get(callback, { headers: { cookie: cookiesOf(browser) } })
      await delay(milliseconds)
      await expectIn(browser, await browser.follow(callback), text)
    })

    it('leads there when its session is renewed while the login that was started again is in flight', async () => {
      const browser = new TestBrowser()
      const callback = await callbackOf(browser, fixture.app.url + path)
      const held = tokens.hold()
      const first = new TestBrowser().get(callback, { headers: { cookie: cookiesOf(browser) } })
      await held
      const second = await callbackOf(browser, callback)
      tokens.release()
      await first
      await expectIn(browser, await browser.follow(second), text)
    })
  })

  it('lets a login in another tab of the same session finish: the session is not renewed for no one', async () => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${fixture.app.url}/orders/7`)
    const other = await callbackOf(browser, `${fixture.app.url}/orders/8`)
    const held = tokens.hold()
    const first = startNavigation(callback, browser)
    await held
    await first.abort()
    tokens.release()
    await delay(100)
    const page = await browser.follow(other)
    await expectIn(browser, page, 'orders of test-user')
    expect(page.redirects).toHaveLength(1)
  })

  it('starts one login and then says why, in a browser that brings no cookies', async () => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${fixture.app.url}/orders/7`)
    await browser.follow(callback)
    fixture.provider.requests.length = 0
    const page = await new TestBrowser().follow(callback, { headers: { cookie: undefined } })
    expect([page.status, fixture.app.errors]).toMatchObject([400, [{ lostLogin: { reason: 'cookie_missing' } }]])
    expect([fixture.provider.requestsTo('authorization').length, codesSent(fixture)]).toEqual([1, []])
  })

  it('never leads a browser with the session from before the sign-in to the login of its owner (session fixation)', async () => {
    const { app, provider } = fixture
    const [owner, stranger] = [new TestBrowser(), new TestBrowser()]
    const callback = await callbackOf(owner, `${app.url}/orders/7`)
    const planted = cookiesOf(owner)
    await owner.follow(callback)
    const user = provider.user
    provider.user = { sub: 'mallory' }
    for (const url of [callback, `${app.url}/shop`, `${app.url}/orders/7`]) {
      const page = await stranger.follow(url, {
        headers: { cookie: planted },
        until: ({ origin }) => origin !== app.url,
      })
      expect(page.text).not.toContain('test-user')
      expect((await stranger.get(`${app.url}/whoami`, { headers: { cookie: planted } })).json()).toBeNull()
    }
    const page = await stranger.follow(callback)
    expect([page.text, await whoIs(fixture, owner)]).toEqual(['orders of mallory', 'test-user'])
    provider.user = user
  })
})

describe('a callback that something else always asks for first', () => {
  // A scanner of links, or a proxy that fetches ahead of the browser, with its cookies.
  const askTwice = (request: Request, _response: unknown, next: () => void) => {
    if (!request.url.startsWith('/callback?') || !request.url.includes('code=') || request.headers['x-twice'])
      return next()
    const headers = { cookie: request.headers['cookie'] ?? '', accept: 'text/html', 'x-twice': '1' }
    fetch(`http://${request.headers['host']}${request.url}`, { headers, redirect: 'manual' }).then(() => next(), next)
  }
  const fixture = useProviderAndApp({ before: [askTwice] })

  it('ends on a page, and not in a loop', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders/7`)
    expect([page.status, page.redirects.length <= 15]).toEqual([400, true])
  })
})

interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

describe('a callback by form_post that the browser gives up on', () => {
  const tokens = holdTokens()
  const options: Partial<Options> = { responseMode: 'form_post', fetch: tokens.fetch }
  const fixture = useProviderAndApp({ options })

  it('leads to its page when the form is posted again', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const isCallback = ({ pathname }: URL) => pathname === '/callback'
    const { form, url } = await browser.follow(`${app.url}/orders/7`, { until: isCallback })
    const continuation = await browser.post(form?.url ?? '', form?.fields ?? {}, { from: url })
    const fields = continuation.form?.fields ?? {}
    const headers = { cookie: cookiesOf(browser) }
    await new TestBrowser().post(continuation.url, Object.fromEntries(new URLSearchParams(fields)), {
      headers,
      from: app.url,
    })
    const page = await browser.follow(continuation.url, { form: fields, from: app.url })
    expect([page.status, page.text, await whoIs(fixture, browser)]).toEqual([200, 'orders of test-user', 'test-user'])
  })
})

describe('a silent login that the browser gives up on', () => {
  const tokens = holdTokens()
  const fixture = useProviderAndApp({ options: { silentLogin: true, fetch: tokens.fetch } })

  it.each(['at once', 'later'])('signs in silently when its callback is loaded again %s', async (when) => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${fixture.app.url}/shop`)
    const held = tokens.hold()
    const first = startNavigation(callback, browser)
    await held
    await first.abort()
    if (when === 'later') tokens.release()
    await delay(100)
    const page = await browser.follow(callback)
    tokens.release()
    expect([page.url, await whoIs(fixture, browser)]).toEqual([`${fixture.app.url}/shop`, 'test-user'])
    const prompts = fixture.provider.requestsTo('authorization').map(({ query }) => query.get('prompt'))
    expect(prompts).toEqual(['none', 'none'])
  })
})

describe('a login with parameters of its own that the browser gives up on', () => {
  const tokens = holdTokens()
  const danger = (request: { oidc: RequestOidc }, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login({ authorizationParameters: { max_age: '0' }, returnTo: '/danger' }).catch(next)
  const fixture = useProviderAndApp({ routes: [['/confirm', danger]], options: { fetch: tokens.fetch } })

  it('is not started again without them: its page says that it was used', async () => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${fixture.app.url}/confirm`)
    const held = tokens.hold()
    const first = startNavigation(callback, browser)
    await held
    await first.abort()
    const page = await browser.follow(callback)
    tokens.release()
    expect([page.status, fixture.app.errors]).toMatchObject([400, [{ lostLogin: { reason: 'used' } }]])
    expect(fixture.provider.requestsTo('authorization')).toHaveLength(1)
  })

  it('does not lead to its page without them when another tab has just signed in', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${app.url}/orders/7`)
    const headers = { cookie: cookiesOf(browser) }
    await browser.follow(callback)
    const answer = await new TestBrowser().get(`${app.url}/confirm`, { headers })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/confirm'])
    const posted = await new TestBrowser().post(`${app.url}/confirm`, {}, { headers })
    expect([posted.status, posted.headers.get('location')]).toEqual([303, '/'])
  })
})

describe('a link to sign in, right after a callback that the browser gave up on', () => {
  const fixture = useProviderAndApp()

  it('signs in, and does not lead back to the public page signed out', async () => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser, `${fixture.app.url}/orders/7`)
    await new TestBrowser().get(callback, { headers: { cookie: cookiesOf(browser) } })
    const page = await browser.follow(`${fixture.app.url}/login?return_to=/shop`)
    expect([page.url, await whoIs(fixture, browser)]).toEqual([`${fixture.app.url}/shop`, 'test-user'])
  })
})
