// Guarded pages with long URLs: the login leads back to them, up to 8,000 octets (RFC 9110 section 4.1).
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestPage, type TestProvider } from '../../src/testing/index.ts'
import type { Fixture, FixtureOptions } from '../fixture.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

const toCallback = { until: ({ searchParams }: URL) => searchParams.has('code') }
const longest = 8000

/** An app for each test: the log writes equal warnings once a minute. */
function useFreshApp(given: FixtureOptions = {}): Fixture {
  const started: { provider?: TestProvider; app?: TestApp } = {}
  beforeAll(async () => {
    started.provider = await startTestProvider()
  })
  beforeEach(async () => {
    const options = { provider: { issuer: started.provider?.issuer ?? '' }, ...given.options }
    started.app = await startApp({ ...given, options })
  })
  afterEach(async () => {
    await started.app?.close()
    started.provider?.requests.splice(0)
  })
  afterAll(() => started.provider?.close())
  return started as Fixture
}

/** A guarded path of that many octets; with `piece`, as many of it as fit. */
function pathOf(octets: number, piece = 'a'): string {
  const rest = octets - '/orders?q='.length
  return `/orders?q=${piece.repeat(rest / piece.length)}${'a'.repeat(rest % piece.length)}`
}

/** The page that tells the user that the address was too long, with a link to the start page. */
function expectNote(page: TestPage, start = '/'): void {
  expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(page.text).toContain('You are signed in')
  expect(page.text).toContain('too long')
  expect(page.text).toContain(`<a href="${start}">To the start page</a>`)
}

/** The links of ours to the login route. */
function loginLinks({ text, url }: TestPage): URL[] {
  const links = [...text.matchAll(/<a href="([^"]*)">/g)].map(
    ([, href = '']) => new URL(href.replaceAll('&amp;', '&'), url),
  )
  return links.filter(({ pathname }) => pathname.endsWith('/login'))
}

describe.each(setups)('a guarded page with a long URL on $name', (setup) => {
  const fixture = useFreshApp({ setup })
  const octetsLogged = () => fixture.app.log.lines.map(({ code, message }) => [code, /\d{4,}/.exec(message)?.[0]])

  it.each([
    [2049, 'a'],
    [7999, 'a'],
    [8000, 'a'],
    [8000, '%C3%BC'],
    [8000, '%25'],
    [8000, '&a='],
  ])('of %i octets of %j is where the login leads (RFC 9110 section 4.1)', async (octets, piece) => {
    const path = pathOf(octets, piece)
    expect(path).toHaveLength(octets)
    const page = await new TestBrowser().follow(fixture.app.url + path)
    expect([page.status, page.url === fixture.app.url + path]).toEqual([200, true])
    expect(fixture.app.log.lines).toEqual([])
  })

  it('of 8,001 octets is dropped and logged by its length; a page tells the user, whose link then works', async () => {
    const browser = new TestBrowser()
    const path = pathOf(longest + 1)
    const page = await browser.follow(fixture.app.url + path)
    expectNote(page)
    expect(page.text).not.toContain('aaa')
    expect(octetsLogged()).toEqual([['WARN_RP_RETURN_TO', '8001']])
    expect(JSON.stringify(fixture.app.log.lines)).not.toContain('aaa')
    expect((await browser.get(fixture.app.url + path)).text).toBe('orders of test-user')
  })

  it('has that page again when the answer is loaded again', async () => {
    const browser = new TestBrowser()
    const page = await browser.follow(fixture.app.url + pathOf(longest + 1))
    expectNote(await browser.follow(page.url))
  })
})

describe.each(setups)('return_to on $name', (setup) => {
  const fixture = useFreshApp({ setup })
  const visit = (returnTo: string) => new TestBrowser().follow(`${fixture.app.url}/login?return_to=${returnTo}`)

  it.each([
    ['7,999 octets', pathOf(7999)],
    ['8,000 octets', pathOf(8000)],
    ['8,000 octets that are not ASCII as the browser sends them', `/${'\u00fc'.repeat(1333)}a`],
  ])('of %s is where the login leads', async (_what, path) => {
    const page = await visit(path) // the value has nothing in it that a query needs to escape
    expect([page.status, decodeURI(page.url) === decodeURI(fixture.app.url + path)]).toEqual([200, true])
  })

  it.each([
    ['8,001 octets', pathOf(8001)],
    ['characters that take more than 8,000 octets as the browser sends them', `/${'\u00fc'.repeat(1334)}`],
  ])('of %s is dropped with a log line, and a page tells the user', async (_what, path) => {
    expectNote(await visit(path))
    expect(fixture.app.log.codes()).toEqual(['WARN_RP_RETURN_TO'])
  })

  it('that is not local is no matter of length: the login leads to the start page without a word', async () => {
    const page = await visit('https://evil.example/')
    expect([page.url, fixture.app.log.lines]).toEqual([`${fixture.app.url}/`, []])
  })
})

describe.each(setups)("app.use('/shop', ...) on $name", (setup) => {
  const fixture = useFreshApp({ setup, mount: '/shop' })

  it('counts the mount, and leads to its own start page', async () => {
    const origin = new URL(fixture.app.url).origin
    const longestBelow = `/shop${pathOf(longest - '/shop'.length)}`
    expect((await new TestBrowser().follow(origin + longestBelow)).url).toHaveLength(origin.length + longest)
    expectNote(await new TestBrowser().follow(`${origin}${longestBelow}a`), '/shop/')
  })
})

describe.each(setups)('a lost login with a long return path on $name', (setup) => {
  const fixture = useFreshApp({ setup })

  /** Begins a login that leads to a path of that many octets, and loses it. */
  async function lose(octets: number, browser = new TestBrowser()): Promise<string> {
    const start = await browser.follow(fixture.app.url + pathOf(octets), toCallback)
    browser.clearCookies()
    return start.redirects.at(-1) ?? ''
  }

  it('of 512 characters ends there: `state` carries it', async () => {
    const page = await new TestBrowser().follow(await lose(512))
    expect(page.url).toBe(fixture.app.url + pathOf(512))
    expect(fixture.app.log.lines).toEqual([])
  })

  it('of 513 characters restarts, says on a page that the address was too long, and is logged', async () => {
    const browser = new TestBrowser()
    expectNote(await browser.follow(await lose(513, browser)))
    expect(fixture.provider.requestsTo('token')).toHaveLength(1)
    expect(fixture.app.log.codes()).toEqual(['WARN_RP_RETURN_TO'])
    expect(JSON.stringify(fixture.app.log.lines)).not.toContain('aaa')
  })

  it('of 513 characters says so to a user who has signed in in another tab meanwhile', async () => {
    const [browser, other] = [new TestBrowser(), new TestBrowser()]
    const callback = await lose(513, other)
    await browser.follow(`${fixture.app.url}/login`)
    expectNote(await browser.follow(callback))
  })

  it('of 513 characters that is lost again says so on its page', async () => {
    const page = await new TestBrowser().follow(fixture.app.url + pathOf(513), { headers: { cookie: undefined } })
    expect(page.status).toBe(400)
    expect(page.text).toContain('too long to remember')
    expect(page.text).toContain('<a href="/login?return_to=%2F">Sign in</a>')
  })

  it('of 8,001 octets, which was dropped before, says so as well', async () => {
    expectNote(await new TestBrowser().follow(await lose(8001)))
  })
})

describe('ten tabs on links of 8,000 octets', () => {
  const fixture = useFreshApp()

  it('keep two paths in the session (16 kB); the other logins succeed as well, and say that the path was too long', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`, toCallback) // a session for all of them
    const tabs = Array.from({ length: 10 }, (_, tab) => `${pathOf(7999)}${tab}`)
    const callbacks: string[] = []
    for (const path of tabs)
      callbacks.push((await browser.follow(fixture.app.url + path, toCallback)).redirects.at(-1) ?? '')
    const pages: TestPage[] = []
    for (const callback of callbacks.reverse()) pages.push(await browser.follow(callback))
    expect(pages.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(pages.filter(({ url }) => url.includes('/orders?q='))).toHaveLength(2)
    for (const page of pages.slice(2)) expectNote(page)
    expect(fixture.provider.requestsTo('authorization')).toHaveLength(11)
  })
})

describe('a session whose user opens long links', () => {
  const again = (request: { oidc: RequestOidc }, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login().catch(next)
  const fixture = useFreshApp({
    routes: [
      ['/payments', requireAuth({ acrValues: ['mfa'], maxAgeSeconds: 300 })],
      ['/again', again],
    ],
  })
  const mostBytes = 16 * 1024 + 16 * 700

  it('stays below 28 kB, with 16 step-ups and a page that asks for logins in it (threat V14)', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    for (let tab = 0; tab < 16; tab++) {
      await browser.get(`${fixture.app.url}/${tab % 2 ? 'payments' : 'again'}/${'a'.repeat(7900)}${tab}`)
    }
    const { sessions } = fixture.app.sessions as unknown as { sessions: Record<string, string> }
    const sizes = Object.entries(sessions).map(([id, text]) => (id.startsWith('relying-party:') ? 0 : text.length))
    expect([Math.max(...sizes) > 16_000, Math.max(...sizes) < mostBytes]).toEqual([true, true])
  })
})

describe('the page to choose a provider on', () => {
  const fixture = useFreshApp()
  let app: TestApp

  beforeEach(async () => {
    const provider = { issuer: fixture.provider.issuer }
    app = await startApp({
      options: { providers: { a: provider, b: { ...provider, clientId: 'test-confidential-client' } } },
    })
  })
  afterEach(() => app.close())

  it('carries a path whose links stay below 8 kB', async () => {
    const path = pathOf(7900)
    const page = await new TestBrowser().get(app.url + path)
    const links = loginLinks(page)
    expect(links.map(({ searchParams }) => searchParams.get('return_to') === path)).toEqual([true, true])
    expect(app.log.lines).toEqual([])
  })

  it.each([
    ['longer than 8,000 octets', pathOf(8001)],
    ['longer than that in a link, which has to escape it', pathOf(6000, '%25')],
  ])('drops a path that is %s, says so, and logs it', async (_what, path) => {
    const page = await new TestBrowser().get(app.url + path)
    expect(page.text).toContain('too long to remember')
    expect(loginLinks(page).map(({ search }) => search)).toEqual(['?provider=a', '?provider=b'])
    expect(app.log.codes()).toEqual(['WARN_RP_RETURN_TO'])
    expect((await new TestBrowser().follow(loginLinks(page)[0] ?? '')).url).toBe(`${app.url}/`)
  })
})

describe('the page of a login loop', () => {
  const fixture = useFreshApp()

  it.each([
    ['leads back to a path whose link stays below 8 kB', 'a', true],
    ['leads to the start page where it does not, and says so', '%25', false],
  ])('%s', async (_what, piece, isKept) => {
    const { app } = fixture
    const browser = new TestBrowser()
    const path = pathOf(7000, piece)
    const pages: TestPage[] = []
    for (let start = 0; start < 11; start++) pages.push(await browser.get(app.url + path))
    expect(pages.map(({ status }) => status)).toEqual([...Array(10).fill(302), 429])
    const [link, ...others] = loginLinks(pages[10] as TestPage)
    expect([others, link?.searchParams.get('return_to')]).toEqual([[], isKept ? path : null])
    expect(pages[10]?.text.includes('too long to remember')).toBe(!isKept)
    expect(app.log.codes()).toEqual([...(isKept ? [] : ['WARN_RP_RETURN_TO']), 'ERR_RP_LOGIN_LOOP'])
  })
})

describe('a login that another site starts (target_link_uri)', () => {
  const fixture = useFreshApp({ options: { routes: { initiateLogin: '/initiate-login' } } })
  const begin = (path: string) =>
    `${fixture.app.url}/initiate-login?${new URLSearchParams({ iss: fixture.provider.issuer, target_link_uri: fixture.app.url + path })}`

  it.each([2049, 8000])('leads to a page whose URL has %i octets', async (octets) => {
    const page = await new TestBrowser().follow(begin(pathOf(octets)))
    expect(page.url === fixture.app.url + pathOf(octets)).toBe(true)
  })

  it('says so when the URL is longer', async () => {
    expectNote(await new TestBrowser().follow(begin(pathOf(8001))))
    expect(fixture.app.log.codes()).toEqual(['WARN_RP_RETURN_TO'])
  })

  it.each([
    ['is kept over the redirect of a post', 'a', true],
    ['is dropped and logged when the redirect of a post would be longer than 8,000 octets', '%25', false],
  ])('%s', async (_what, piece, isKept) => {
    const { app, provider } = fixture
    const path = pathOf(6000, piece)
    const form = { iss: provider.issuer, target_link_uri: app.url + path }
    const page = await new TestBrowser().follow(`${app.url}/initiate-login`, { form, from: provider.issuer })
    const ours = page.redirects.filter((url) => url.startsWith(`${app.url}/initiate-login`))
    expect(ours.map((url) => url.length - app.url.length <= longest)).toEqual([true])
    expect([page.url === app.url + path, page.url === `${app.url}/`]).toEqual([isKept, !isKept])
    expect(app.log.codes()).toEqual(isKept ? [] : ['WARN_RP_RETURN_TO'])
  })
})
