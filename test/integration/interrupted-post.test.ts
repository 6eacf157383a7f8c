// A form that meets an ended login is kept over the login, confirmed, and sent again by the browser.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import express5 from 'express'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Middleware, type RequestOidc, requireAuth, requireClaim } from '../../src/index.ts'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { formOf, submit } from '../forms.ts'
import { setups } from '../setups.ts'

type Handled = IncomingMessage & { body?: unknown; user?: { sub: string }; oidc: RequestOidc }

/** What reached the handler: who, and the body or what a parser made of it. */
let handled: unknown[][] = []

const handler = async (request: Handled, response: ServerResponse) => {
  const body = request.readableDidRead ? request.body : await text(request)
  handled.push([request.method, request.user?.sub, body])
  response.end('done')
}
const keep = requireAuth({ resumePost: true })

beforeEach(() => {
  handled = []
})

/** A form that was posted, up to the page that asks. */
async function interrupt(url: string, form: Record<string, string> | URLSearchParams, browser = new TestBrowser()) {
  return { browser, page: await browser.follow(url, { form }) }
}

/** Says yes, and lets the browser send the form. */
async function confirm(browser: TestBrowser, page: TestPage): Promise<TestPage> {
  return await submit(browser, await submit(browser, page, { answer: 'send' }))
}

describe.each(setups)('requireAuth({ resumePost: true }) on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes: [['/comments', keep, handler]] })

  it('asks after the login, and then the browser sends the very same form', async () => {
    const { app } = fixture
    const form = new URLSearchParams('text=a+%26+%3Cb%3E+%22%C3%BC%22%0D%0Ac&tag=1&tag=2&submit=Save&empty=')
    const { browser, page } = await interrupt(`${app.url}/comments?thread=7`, form)
    expect([page.status, page.url]).toEqual([200, `${app.url}/resume-post`])
    expect(handled).toEqual([])
    expect((await confirm(browser, page)).url).toBe(`${app.url}/comments?thread=7`)
    expect(handled).toEqual([['POST', 'test-user', form.toString()]])
    expect(app.errors).toEqual([])
  })

  it('sends the browser to login by 303, which is a GET there (RFC 9110 section 15.4.4)', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().post(`${app.url}/comments`, { text: 'a' })
    expect([page.status, page.headers.get('cache-control')]).toEqual([303, 'no-store'])
    expect(page.headers.get('location')).toContain(`${provider.issuer}/authorize?`)
  })

  it('shows where the form goes, and neither its query nor anything that is in it', async () => {
    const { page } = await interrupt(`${fixture.app.url}/comments?t=SECRET-1`, { 'SECRET-2': 'SECRET-3' })
    expect(page.text).toContain('for /comments came')
    expect(page.text).not.toContain('SECRET')
    expect(formOf(page).buttons).toEqual(['Send it now', 'Discard it'])
    expect([...formOf(page).fields.keys()]).toEqual(['token'])
  })

  it('sends nothing by itself: the page has no script and no way to get one (CSP Level 3)', async () => {
    const { page } = await interrupt(`${fixture.app.url}/comments`, { text: 'a' })
    expect(page.text).not.toContain('<script')
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('script-src')
  })

  it('is neither cached nor silent about its origin, which checks against foreign forms need (Fetch: Origin)', async () => {
    const { browser, page } = await interrupt(`${fixture.app.url}/comments`, { text: 'a' })
    for (const each of [page, await submit(browser, page, { answer: 'send' })]) {
      expect(each.headers.get('cache-control')).toBe('no-store')
      expect(each.headers.get('referrer-policy')).toBe('same-origin')
    }
  })

  it('discards it, goes to the start page, and has nothing to send any more', async () => {
    const { app } = fixture
    const { browser, page } = await interrupt(`${app.url}/comments`, { text: 'a' })
    const start = await submit(browser, page, { answer: 'discard' })
    expect([start.url, start.text]).toEqual([`${app.url}/`, 'public'])
    expect((await browser.get(`${app.url}/resume-post`)).status).toBe(403)
    expect(handled).toEqual([])
  })

  it('keeps a form without fields, such as one with nothing but a button', async () => {
    const { browser, page } = await interrupt(`${fixture.app.url}/comments`, {})
    await confirm(browser, page)
    expect(handled).toEqual([['POST', 'test-user', '']])
  })

  it('keeps 100 kB, and answers more with 401', async () => {
    const { app } = fixture
    const { browser, page } = await interrupt(`${app.url}/comments`, { a: 'x'.repeat(100 * 1024 - 2) })
    await confirm(browser, page)
    expect(String(handled[0]?.[2])).toHaveLength(100 * 1024)
    const more = await new TestBrowser().post(`${app.url}/comments`, { a: 'x'.repeat(100 * 1024 - 1) })
    expect([more.status, more.json()]).toMatchObject([401, { code: 'ERR_RP_LOGIN_REQUIRED', login_url: '/login' }])
    expect(more.headers.getSetCookie()).toEqual([])
  })

  it('keeps the newest of two, and nothing when it was sent', async () => {
    const { app } = fixture
    const before = keptIn(app.sessions)
    const browser = new TestBrowser()
    await browser.post(`${app.url}/comments`, { text: 'first' })
    const { page } = await interrupt(`${app.url}/comments`, { text: 'second' }, browser)
    expect(keptIn(app.sessions)).toBe(before + 1)
    await confirm(browser, page)
    expect(handled.map(([, , body]) => body)).toEqual(['text=second'])
    expect(keptIn(app.sessions)).toBe(before)
  })

  it('keeps the form of a person whose login has ended, for the same person', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/comments`)
    await app.relyingParty.endLogins({ iss: provider.issuer, sub: 'test-user' })
    const { page } = await interrupt(`${app.url}/comments`, { text: 'a' }, browser)
    await confirm(browser, page)
    expect(handled.at(-1)).toEqual(['POST', 'test-user', 'text=a'])
  })

  it('asks whoever comes back later to sign in first, and then about the form', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.post(`${app.url}/comments`, { text: 'a' })
    const page = await browser.follow(`${app.url}/resume-post`)
    await confirm(browser, page)
    expect(handled).toHaveLength(1)
  })

  it('lets the person sign in again when the login ends while the question stands', async () => {
    const { app, provider } = fixture
    const { browser, page } = await interrupt(`${app.url}/comments`, { text: 'a' })
    await app.relyingParty.endLogins({ iss: provider.issuer, sub: 'test-user' })
    const again = await submit(browser, page, { answer: 'send' })
    expect(again.url).toBe(`${app.url}/resume-post`)
    await confirm(browser, again)
    expect(handled).toHaveLength(1)
  })

  it('lets the form of who is signed in pass, as ever', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/comments`)
    expect((await browser.post(`${app.url}/comments`, { text: 'a' })).text).toBe('done')
  })

  it('keeps nothing for who comes with the cookie that another tab has just replaced: the form is still in the browser', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const toCallback = { until: ({ pathname }: URL) => pathname === '/callback' }
    const start = await browser.follow(`${app.url}/comments`, toCallback)
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    await browser.follow(start.redirects.at(-1) ?? '')
    const before = keptIn(app.sessions)
    const late = await new TestBrowser().post(`${app.url}/comments`, { text: 'a' }, { headers: { cookie } })
    expect([late.status, late.json()]).toMatchObject([401, { code: 'ERR_RP_LOGIN_REQUIRED' }])
    expect([late.headers.getSetCookie(), keptIn(app.sessions)]).toEqual([[], before])
  })

  it('redirects a page navigation to login and back as ever', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/comments?a=1`)
    expect(page.url).toBe(`${fixture.app.url}/comments?a=1`)
  })

  const others: [what: string, headers: Record<string, string | undefined>][] = [
    ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['XMLHttpRequest of an old browser', { 'x-requested-with': 'XMLHttpRequest', 'sec-fetch-mode': undefined }],
    ['a form in a frame', { 'sec-fetch-dest': 'iframe' }],
    ['a program that names no HTML', { accept: '*/*', 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }],
    ['an upload (multipart)', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['JSON', { 'content-type': 'application/json' }],
    ['no type at all', { 'content-type': '' }],
  ]
  it.each(others)('answers %s with 401 and keeps nothing', async (_what, headers) => {
    const page = await new TestBrowser().post(`${fixture.app.url}/comments`, { text: 'a' }, { headers })
    expect([page.status, page.json()]).toMatchObject([401, { code: 'ERR_RP_LOGIN_REQUIRED' }])
    expect(page.headers.getSetCookie()).toEqual([])
    expect(handled).toEqual([])
  })
})

/** How many forms wait in the store. */
function keptIn(sessions: unknown): number {
  const keys = Object.keys((sessions as { sessions: Record<string, string> }).sessions)
  return keys.filter((key) => key.startsWith('relying-party:interrupted-post:')).length
}

describe.each([
  [
    'express.urlencoded({ extended: false })',
    express5.urlencoded({ extended: false }),
    'a=1&a=2&b%5Bc%5D=3&b%5Bd%5D%5B%5D=4',
  ],
  [
    'express.urlencoded({ extended: true })',
    express5.urlencoded({ extended: true }),
    'a=1&a=2&b%5Bc%5D=3&b%5Bd%5D%5B%5D=4',
  ],
])('resumePost behind %s', (_name, parser, form) => {
  const fixture = useProviderAndApp({ before: [parser], routes: [['/comments', keep, handler]] })

  it('gives the handler the same req.body as the first time', async () => {
    const { app } = fixture
    const { browser, page } = await interrupt(`${app.url}/comments`, new URLSearchParams(form))
    await confirm(browser, page)
    await browser.post(`${app.url}/comments`, new URLSearchParams(form))
    expect(handled).toHaveLength(2)
    expect(handled[0]).toEqual(handled[1])
  })
})

describe('resumePost behind a parser that leaves nothing', () => {
  const drop = (request: Handled, _response: unknown, next: () => void) => void text(request).then(() => next())
  const fixture = useProviderAndApp({ before: [drop], routes: [['/comments', keep, handler]] })

  it('says so by ERR_RP_OPTIONS: the app asked for what it makes impossible', async () => {
    const { app } = fixture
    expect((await new TestBrowser().post(`${app.url}/comments`, { text: 'a' })).status).toBe(500)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_OPTIONS' }])
  })
})

describe('resumePost behind a parser that leaves an empty object', () => {
  const drop = (request: Handled, _response: unknown, next: () => void) =>
    void text(request).then(() => {
      request.body = {}
      next()
    })
  const fixture = useProviderAndApp({ before: [drop], routes: [['/comments', keep, handler]] })

  it('keeps nothing rather than a form without its fields', async () => {
    expect((await new TestBrowser().post(`${fixture.app.url}/comments`, { text: 'a' })).status).toBe(401)
  })
})

describe('resumePost below a mount, with another path and a strict policy', () => {
  const policy: Middleware = (_request, response, next) => {
    response.setHeader('Content-Security-Policy', "form-action 'self'")
    next()
  }
  const fixture = useProviderAndApp({
    mount: '/shop',
    before: [policy],
    options: { routes: { resumePost: '/again' } },
    routes: [['/comments', keep, handler]],
  })

  it('moves on to the provider by the Refresh header, asks there, and sends to the URL that the browser knows', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const waiting = await browser.post(`${app.url}/comments`, { text: 'a' })
    const page = await browser.follow(waiting.headers.get('refresh')?.replace('0; url=', '') ?? '')
    expect(page.url).toBe(`${app.url}/again`)
    const last = await confirm(browser, page)
    expect([last.url, last.text]).toEqual([`${app.url}/comments`, 'done'])
    expect(handled).toEqual([['POST', 'test-user', 'text=a']])
  })
})

describe('resumePost with several providers', () => {
  const fixture = useProviderAndApp({
    options: {
      provider: undefined as never,
      providers: { a: { issuer: 'https://a.example' }, b: { issuer: 'https://b.example' } },
    },
    routes: [['/comments', keep, handler]],
  })

  it('lets the person choose, on the way to the question', async () => {
    const page = await new TestBrowser().post(`${fixture.app.url}/comments`, { text: 'a' })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('return_to=%2Fresume-post')])
    expect(page.headers.getSetCookie()).toHaveLength(1)
  })
})

describe('resumePost elsewhere', () => {
  const join = (request: Handled, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login({ resumePost: true }).catch(next)
  const fixture = useProviderAndApp({
    routes: [
      ['/admin', requireClaim('sub', 'test-user', { resumePost: true }), handler],
      ['/always', requireAuth({ resumePost: true, onUnauthenticated: 'redirect' }), handler],
      ['/join', join],
    ],
  })

  it('works with the other guards', async () => {
    const { browser, page } = await interrupt(`${fixture.app.url}/admin`, { text: 'a' })
    await confirm(browser, page)
    expect(handled).toHaveLength(1)
  })

  it("redirects what it cannot keep, with onUnauthenticated: 'redirect'", async () => {
    const headers = { 'content-type': 'application/json' }
    expect((await new TestBrowser().post(`${fixture.app.url}/always`, {}, { headers })).status).toBe(303)
  })

  it("works in an app's own handler, by req.oidc.login({ resumePost: true })", async () => {
    const { page } = await interrupt(`${fixture.app.url}/join`, { text: 'a' })
    expect(page.text).toContain('for /join came')
  })

  it('rejects there with ERR_RP_LOGIN_REQUIRED for what is no form', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/join`)).status).toBe(401)
  })
})

describe('the options of a guard', () => {
  it.each([
    [{ resumePost: 'yes' as never }, 'resumePost must be'],
    [{ resumePost: true, onUnauthenticated: 'unauthorized' as const }, 'resumePost needs the redirect'],
    [{ resumePost: true, onUnauthenticated: () => undefined }, 'resumePost needs the redirect'],
    [{ resumePost: true, maxAgeSeconds: 60 }, 'resumePost does not go with'],
  ])('refuses %j (ERR_RP_OPTIONS)', (options, message) => {
    expect(() => requireAuth(options)).toThrow(
      expect.objectContaining({ code: 'ERR_RP_OPTIONS', message: expect.stringContaining(message) }),
    )
  })

  it('takes resumePost: false for its absence', async () => {
    expect(() => requireAuth({ resumePost: false, onUnauthenticated: 'unauthorized' })).not.toThrow()
  })
})
