// An answer by form_post from a provider on another site, on every framework: two posts, the second one with the cookie.
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type FaultName,
  faults,
  startTestProvider,
  TestBrowser,
  type TestPage,
  type TestProvider,
} from '../../src/testing/index.ts'
import { onSite } from '../other-site.ts'
import { setups, startApp, type TestApp, type TestAppOptions } from '../setups.ts'

const toCallback = { until: (url: URL) => url.pathname.endsWith('/callback') }

/** A provider on `localhost` and an app on 127.0.0.1, which are two sites. */
function useSites(given: Omit<TestAppOptions, 'options'> = {}) {
  const sites = {} as { provider: TestProvider; app: TestApp }
  beforeAll(async () => {
    sites.provider = await startTestProvider()
    const options = { provider: onSite(sites.provider, 'localhost'), responseMode: 'form_post' } as const
    sites.app = await startApp({ ...given, options })
  })
  beforeEach(() => {
    sites.provider.behave()
    sites.provider.requests.length = 0
    sites.app.errors.length = 0
  })
  afterAll(async () => {
    await sites.app.close()
    await sites.provider.close()
  })
  return sites
}

/** Goes as far as the provider's page with the form, and gives it. */
async function startLogin(app: TestApp, browser: TestBrowser): Promise<TestPage> {
  const page = await browser.follow(`${app.url}/orders`, toCallback)
  expect(page.form?.url).toBe(`${app.url}/callback`)
  return page
}

/** Posts what that page would, or something else in its place. */
async function postFrom(page: TestPage, browser: TestBrowser, change: (fields: URLSearchParams) => void = () => {}) {
  const fields = new URLSearchParams(page.form?.fields)
  change(fields)
  return await browser.post(page.form?.url ?? '', fields, { from: page.url })
}

function codeOf({ errors }: TestApp): unknown {
  return (errors.at(-1) as { code?: string } | undefined)?.code
}

describe.each(setups)('form_post on $name', (setup) => {
  const sites = useSites({ setup })

  it('is asked for, and signs the person in who then is where they wanted to be (Form Post Response Mode 2)', async () => {
    const page = await new TestBrowser().follow(`${sites.app.url}/orders?page=2`)
    expect([page.status, page.url, page.text]).toEqual([200, `${sites.app.url}/orders?page=2`, 'orders of test-user'])
    expect(sites.provider.requestsTo('authorization')[0]?.query.get('response_mode')).toBe('form_post')
    expect(page.redirects.filter((url) => url.includes('code='))).toEqual([])
  })

  it('answers the first post by a page that posts the same again, and touches nothing', async () => {
    const browser = new TestBrowser()
    const login = await startLogin(sites.app, browser)
    const page = await postFrom(login, browser)
    expect([page.status, page.form?.url]).toEqual([200, `${sites.app.url}/callback`])
    expect([...(page.form?.fields ?? [])].sort()).toEqual([...(login.form?.fields ?? []), ['continued', '1']].sort())
    expect(page.headers.getSetCookie()).toEqual([])
    expect(sites.provider.requestsTo('token')).toEqual([])
  })

  it('has that page under the strictest policy, stored by nobody', async () => {
    const browser = new TestBrowser()
    const { headers } = await postFrom(await startLogin(sites.app, browser), browser)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; script-src 'sha256-[^']+'; frame-ancestors 'none'$/,
    )
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'same-origin'])
  })

  it('goes to the return-to by 303 after the second post, with a new session id', async () => {
    const browser = new TestBrowser()
    const page = await postFrom(await startLogin(sites.app, browser), browser)
    const [before] = browser.cookies
    const last = await postFrom(page, browser)
    expect([last.status, last.headers.get('location')]).toEqual([303, '/orders'])
    expect(browser.cookies[0]?.value).not.toBe(before?.value)
  })

  it.each<[FaultName, number, string]>([
    ['accessDenied', 403, 'ERR_RP_ACCESS_DENIED'],
    ['loginRequired', 401, 'ERR_RP_AUTHORIZATION_RESPONSE'],
  ])('shows what the provider refused with %s once the session is known', async (fault, status, code) => {
    sites.provider.misbehave(faults[fault])
    const page = await new TestBrowser().follow(`${sites.app.url}/orders`)
    expect([page.status, codeOf(sites.app)]).toEqual([status, code])
  })

  const malformed: [string, (fields: URLSearchParams) => void][] = [
    ['nothing', (fields) => ['state', 'code', 'iss'].map((name) => fields.delete(name))],
    ['no state', (fields) => fields.delete('state')],
    ['a doubled state', (fields) => fields.append('state', 'x')],
    ['a doubled code', (fields) => fields.append('code', 'x')],
    ['a doubled iss', (fields) => fields.append('iss', 'x')],
    ['code and error', (fields) => fields.set('error', 'x')],
    ['more than 64 kB', (fields) => fields.set('code', 'x'.repeat(70_000))],
  ]
  it.each(malformed)('refuses a first post with %s by 400, and leaves the session alone', async (_what, change) => {
    const browser = new TestBrowser()
    const login = await startLogin(sites.app, browser)
    const page = await postFrom(login, browser, change)
    expect([page.status, codeOf(sites.app)]).toEqual([400, 'ERR_RP_RESPONSE_INVALID'])
    expect(page.headers.getSetCookie()).toEqual([])
    expect((await postFrom(await postFrom(login, browser), browser)).status).toBe(303)
  })

  it.each(malformed)('refuses a second post with %s by 400', async (_what, change) => {
    const browser = new TestBrowser()
    const first = await postFrom(await startLogin(sites.app, browser), browser)
    expect((await postFrom(first, browser, change)).status).toBe(400)
    expect(codeOf(sites.app)).toBe('ERR_RP_RESPONSE_INVALID')
    expect(sites.provider.requestsTo('token')).toEqual([])
  })

  it('refuses a body that is no form by 400', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const page = await new TestBrowser().post(`${sites.app.url}/callback`, {}, { headers: { 'content-type': type } })
      expect([page.status, codeOf(sites.app)], type).toEqual([400, 'ERR_RP_RESPONSE_INVALID'])
    }
  })

  it('refuses a code that comes in the URL: it was not asked for there', async () => {
    const browser = new TestBrowser()
    const login = await startLogin(sites.app, browser)
    const page = await browser.get(`${sites.app.url}/callback?${login.form?.fields}`, { from: login.url })
    expect([page.status, codeOf(sites.app)]).toEqual([400, 'ERR_RP_RESPONSE_INVALID'])
    expect(sites.provider.requestsTo('token')).toEqual([])
    expect((await postFrom(await postFrom(login, browser), browser)).status).toBe(303)
  })

  it('takes an error that comes in the URL: a provider may know no other way to say it', async () => {
    const browser = new TestBrowser()
    sites.provider.misbehave(faults.authorizationServerError)
    const login = await startLogin(sites.app, browser)
    const page = await browser.get(`${sites.app.url}/callback?${login.form?.fields}`, { from: login.url })
    expect([page.status, codeOf(sites.app)]).toEqual([401, 'ERR_RP_AUTHORIZATION_RESPONSE'])
  })
})

describe.each(setups)('the body of a form_post on $name', (setup) => {
  describe.each([
    ['express.urlencoded({ extended: false })', express.urlencoded({ extended: false })],
    ['express.urlencoded({ extended: true })', express.urlencoded({ extended: true })],
    ['express.text()', express.text({ type: '*/*' })],
    ['express.raw()', express.raw({ type: '*/*' })],
    ['express.json()', express.json()],
  ])('behind %s', (_name, parser) => {
    const sites = useSites({ setup, before: [parser] })

    it('signs the person in', async () => {
      expect((await new TestBrowser().follow(`${sites.app.url}/orders`)).text).toBe('orders of test-user')
    })

    it('is refused by 400 where a parameter comes twice', async () => {
      const browser = new TestBrowser()
      const login = await startLogin(sites.app, browser)
      expect((await postFrom(login, browser, (fields) => fields.append('code', 'x'))).status).toBe(400)
      expect(codeOf(sites.app)).toBe('ERR_RP_RESPONSE_INVALID')
    })
  })
})

describe.each(['lax', 'strict'] as const)(
  'form_post with a session cookie of SameSite=%s that every answer sets',
  (sameSite) => {
    const touch = (request: { session: { views?: number } }, _response: unknown, next: () => void) => {
      request.session.views = (request.session.views ?? 0) + 1
      next()
    }
    const cookie = { sameSite, httpOnly: true, maxAge: 600_000 }
    const sites = useSites({
      session: { saveUninitialized: true, rolling: true, resave: true, unset: 'destroy', cookie },
      afterSession: [touch],
    })

    it('leaves the real session in its place, however the app fills each one', async () => {
      const browser = new TestBrowser()
      const login = await startLogin(sites.app, browser)
      const [before] = browser.cookies
      const count = sessionsOf(sites.app)
      const first = await postFrom(login, browser)
      expect([first.headers.getSetCookie(), browser.cookies[0]?.value]).toEqual([[], before?.value])
      expect(sessionsOf(sites.app)).toBe(count)
      expect(
        (await browser.follow(first.form?.url ?? '', { form: first.form?.fields ?? {}, from: first.url })).text,
      ).toBe('orders of test-user')
    })

    it('leaves it there when the post is refused', async () => {
      const browser = new TestBrowser()
      const login = await startLogin(sites.app, browser)
      for (const change of [
        (fields: URLSearchParams) => fields.delete('state'),
        (fields: URLSearchParams) => fields.set('continued', '1'),
      ]) {
        const page = await postFrom(login, browser, change)
        expect([page.status, page.headers.getSetCookie()]).toEqual([400, []])
      }
      expect((await postFrom(await postFrom(login, browser), browser)).status).toBe(303)
    })
  },
)

function sessionsOf({ sessions }: TestApp): number {
  return Object.keys((sessions as unknown as { sessions: object }).sessions).length
}

describe('form_post below a mount path', () => {
  const sites = useSites({ mount: '/shop' })

  it('comes back to the callback there', async () => {
    const page = await new TestBrowser().follow(`${sites.app.url}/orders`)
    expect([page.url, page.text]).toEqual([`${sites.app.url}/orders`, 'orders of test-user'])
  })
})

describe('a POST to the callback of a provider that answers in the query', () => {
  it('is not ours: the app answers it, and no code is redeemed', async () => {
    const provider = await startTestProvider()
    const app = await startApp({ options: { provider: { issuer: provider.issuer } } })
    const browser = new TestBrowser()
    const { redirects } = await browser.follow(`${app.url}/orders`, toCallback)
    const page = await browser.post(`${app.url}/callback`, new URL(redirects.at(-1) ?? '').searchParams)
    expect([page.text, provider.requestsTo('token')]).toEqual(['public', []])
    await Promise.all([app.close(), provider.close()])
  })
})

describe('two providers, one of which answers by form_post', () => {
  it('signs in at both, and takes no answer of the one for the other (RFC 9700 section 4.4)', async () => {
    const [one, other] = [await startTestProvider(), await startTestProvider()]
    const providers = {
      form: { ...onSite(one, 'localhost'), responseMode: 'form_post' as const },
      query: { issuer: other.issuer },
    }
    const app = await startApp({ options: { providers } })
    for (const id of ['form', 'query']) {
      const page = await new TestBrowser().follow(`${app.url}/login?provider=${id}&return_to=/orders`)
      expect(page.text, id).toBe('orders of test-user')
    }
    const browser = new TestBrowser()
    const stopped = await browser.follow(`${app.url}/login?provider=query`, {
      until: (url) => url.pathname === '/callback/query',
    })
    one.requests.length = 0
    const form = { ...Object.fromEntries(new URL(stopped.redirects.at(-1) ?? '').searchParams), iss: one.issuer }
    const page = await browser.follow(`${app.url}/callback/form`, { form })
    expect([page.status, codeOf(app), one.requestsTo('token')]).toEqual([400, 'ERR_RP_RESPONSE_INVALID', []])
    await Promise.all([app.close(), one.close(), other.close()])
  })
})
