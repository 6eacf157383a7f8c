// Several providers in one middleware: the page to choose on, a callback each, no mix-up, logout at the right one.
import type { IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Next, Options, RequestOidc } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestPage, type TestProvider } from '../../src/testing/index.ts'
import { setups, startApp, type TestApp, type TestAppOptions } from '../setups.ts'

interface Started {
  readonly a: TestProvider
  readonly b: TestProvider
  readonly app: TestApp
}

type Given = Omit<TestAppOptions, 'options'> & { readonly options?: Partial<Options> }

/** Two providers and an app at which people sign in by either; neither announces `iss`, so RFC 9207 does not help. */
function useTwoProviders(given: Given = {}): Started {
  const started: { a?: TestProvider; b?: TestProvider; app?: TestApp } = {}
  beforeAll(async () => {
    const metadata = { authorization_response_iss_parameter_supported: undefined }
    const a = await startTestProvider({ metadata, user: { sub: 'alice' } })
    const b = await startTestProvider({ metadata, user: { sub: 'bob' } })
    const providers = { a: { issuer: a.issuer }, b: { issuer: b.issuer, name: 'B & Sons' } }
    const app = await startApp({ ...given, options: { providers, ...given.options } })
    Object.assign(started, { a, b, app })
  })
  afterEach(() => {
    for (const provider of [started.a, started.b]) {
      provider?.behave()
      provider?.requests.splice(0)
    }
    started.app?.errors.splice(0)
  })
  afterAll(async () => {
    await started.app?.close()
    await started.a?.close()
    await started.b?.close()
  })
  return started as Started
}

/** The links of a page, as a browser reads them. */
function linksOf({ text, url }: TestPage): { href: URL; text: string }[] {
  const unescaped = (escaped = '') => escaped.replaceAll('&amp;', '&')
  return [...text.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)].map(([, href, label]) => ({
    href: new URL(unescaped(href), url),
    text: unescaped(label),
  }))
}

interface User {
  readonly sub: string
  readonly provider: string
  readonly claims: { readonly iss: string }
  readonly idToken: string
}

async function userOf(browser: TestBrowser, app: TestApp): Promise<User | null> {
  return (await browser.get(`${app.url}/whoami`)).json() as User | null
}

function isCallback({ pathname }: URL): boolean {
  return pathname.includes('/callback/')
}

describe.each(setups)('several providers on $name', (setup) => {
  const fixture = useTwoProviders({ setup })

  async function signedIn(id: 'a' | 'b', browser = new TestBrowser()): Promise<TestBrowser> {
    await browser.follow(`${fixture.app.url}/login?provider=${id}`)
    return browser
  }

  it('asks at /login where to sign in, with a link for each, and asks no provider yet', async () => {
    const { app, a, b } = fixture
    const page = await new TestBrowser().get(`${app.url}/login`)
    expect(page.status).toBe(200)
    expect(linksOf(page).map(({ href, text }) => [href.pathname, href.searchParams.get('provider'), text])).toEqual([
      ['/login', 'a', 'a'],
      ['/login', 'b', 'B & Sons'],
    ])
    expect([a.requests, b.requests]).toEqual([[], []])
  })

  it('shows the page to nobody else: it is not cached, has no script and leaves no session', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/login`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.getSetCookie()).toEqual([])
  })

  it.each(['a', 'b'] as const)('signs in at %s by /login?provider=', async (id) => {
    const { app } = fixture
    const other = id === 'a' ? fixture.b : fixture.a
    const browser = new TestBrowser()
    const page = await browser.follow(`${app.url}/login?provider=${id}`)
    expect([page.status, page.url, app.errors]).toEqual([200, `${app.url}/`, []])
    expect(await userOf(browser, app)).toMatchObject({
      provider: id,
      sub: id === 'a' ? 'alice' : 'bob',
      claims: { iss: fixture[id].issuer },
    })
    expect(other.requests).toEqual([])
  })

  it('sends each provider its own redirect URI, byte for byte at both requests', async () => {
    const { app, b } = fixture
    await signedIn('b')
    const redirectUri = `${app.url}/callback/b`
    expect(b.requestsTo('authorization')[0]?.query.get('redirect_uri')).toBe(redirectUri)
    expect(b.requestsTo('token')[0]?.body?.get('redirect_uri')).toBe(redirectUri)
  })

  it('keeps return_to through the page', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const chooser = await browser.get(`${app.url}/login?return_to=${encodeURIComponent('/whoami?a=1&b=%26')}`)
    const page = await browser.follow(linksOf(chooser)[1]?.href ?? '', { from: chooser.url })
    expect([page.url, page.json()]).toEqual([`${app.url}/whoami?a=1&b=%26`, expect.objectContaining({ sub: 'bob' })])
  })

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', '/login', '/callback/b', '/logout'])(
    'puts the start page into its links when return_to is %s',
    async (returnTo) => {
      const { app } = fixture
      const page = await new TestBrowser().get(`${app.url}/login?return_to=${encodeURIComponent(returnTo)}`)
      expect(linksOf(page).map(({ href }) => href.searchParams.get('return_to'))).toEqual(['/', '/'])
      expect(page.text).not.toContain('evil')
    },
  )

  it('brings a signed-out person who asks for a guarded page over the choice back to that page', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const chooser = await browser.follow(`${app.url}/orders/7?sort=date`)
    expect([chooser.status, chooser.text.includes('orders of')]).toEqual([200, false])
    const page = await browser.follow(linksOf(chooser)[0]?.href ?? '', { from: chooser.url })
    expect([page.url, page.text]).toEqual([`${app.url}/orders/7?sort=date`, 'orders of alice'])
  })

  it('gives a program 401 with the login URL at a guarded page', async () => {
    const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const page = await new TestBrowser().get(`${fixture.app.url}/orders`, { headers })
    expect([page.status, page.json()]).toEqual([401, expect.objectContaining({ login_url: '/login' })])
  })

  it.each(['c', 'A', 'default', '__proto__', 'constructor', 'a,b', '<script>'])(
    'answers 400 when the login names the provider %s, which is not configured',
    async (id) => {
      const { app } = fixture
      const page = await new TestBrowser().get(`${app.url}/login?provider=${encodeURIComponent(id)}`)
      expect([page.status, page.headers.get('location')]).toEqual([400, null])
      expect(app.errors[0]).toMatchObject({ code: 'ERR_RP_PROVIDER_UNKNOWN', status: 400 })
      expect(page.text).not.toContain('<script')
      expect(linksOf(page).map(({ href }) => href.pathname)).toEqual(['/login', '/'])
    },
  )

  it('asks where to sign in when the name is empty or comes twice', async () => {
    expect(linksOf(await new TestBrowser().get(`${fixture.app.url}/login?provider=`))).toHaveLength(2)
    // Nor does one that comes twice: which of the two counts must not depend on who reads.
    expect(linksOf(await new TestBrowser().get(`${fixture.app.url}/login?provider=a&provider=b`))).toHaveLength(2)
  })

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ] as const)(
    'refuses the answer of a login that was started at %s when it arrives at /callback/%s, and sends the code nowhere (mix-up, RFC 9700 section 4.4)',
    async (from, to) => {
      const { app, a, b } = fixture
      const browser = new TestBrowser()
      const started = await browser.follow(`${app.url}/login?provider=${from}`, { until: isCallback })
      const callback = started.redirects.at(-1) ?? ''
      expect(new URL(callback).pathname).toBe(`/callback/${from}`)
      const page = await browser.get(callback.replace(`/callback/${from}`, `/callback/${to}`))
      expect([page.status, app.errors]).toEqual([400, [expect.objectContaining({ code: 'ERR_RP_RESPONSE_INVALID' })]])
      expect([a.requestsTo('token'), b.requestsTo('token')]).toEqual([[], []])
      expect(await userOf(browser, app)).toBeNull()
    },
  )

  it('uses a login up by that: at the right callback its code is not redeemed, and a new login starts', async () => {
    const { app, a } = fixture
    const browser = new TestBrowser()
    const started = await browser.follow(`${app.url}/login?provider=a`, { until: isCallback })
    const callback = started.redirects.at(-1) ?? ''
    await browser.get(callback.replace('/callback/a', '/callback/b'))
    await browser.follow(callback)
    const codes = a.requestsTo('token').map(({ body }) => body?.get('code'))
    expect(codes).toEqual([expect.any(String)])
    expect(codes).not.toContain(new URL(callback).searchParams.get('code'))
  })

  it('does not redeem at a provider the code that another one issued', async () => {
    const { app, a, b } = fixture
    const browser = new TestBrowser()
    const atA = await browser.follow(`${app.url}/login?provider=a`, { until: isCallback })
    const atB = await browser.follow(`${app.url}/login?provider=b`, { until: isCallback })
    const injected = new URL(atB.redirects.at(-1) ?? '')
    injected.searchParams.set('code', new URL(atA.redirects.at(-1) ?? '').searchParams.get('code') ?? '')
    expect((await browser.get(injected)).status).toBe(502)
    expect([a.requestsTo('token').length, b.requestsTo('token').length]).toEqual([0, 1])
    expect(await userOf(browser, app)).toBeNull()
  })

  it.each(['/callback', '/callback/', '/callback/c', '/callback/a/'])('serves no answer at %s', async (path) => {
    const { app, a } = fixture
    const browser = new TestBrowser()
    const started = await browser.follow(`${app.url}/login?provider=a`, { until: isCallback })
    const page = await browser.get((started.redirects.at(-1) ?? '').replace('/callback/a', path))
    expect([page.text, a.requestsTo('token')]).toEqual(['public', []])
    expect(await userOf(browser, app)).toBeNull()
  })

  it('finishes logins that were started at both in two tabs of one session, each at its own; the last one counts', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.get(`${app.url}/whoami`)
    const atA = await browser.follow(`${app.url}/login?provider=a&return_to=/orders/1`, { until: isCallback })
    const atB = await browser.follow(`${app.url}/login?provider=b&return_to=/orders/2`, { until: isCallback })
    expect((await browser.follow(atB.redirects.at(-1) ?? '')).url).toBe(`${app.url}/orders/2`)
    expect(await userOf(browser, app)).toMatchObject({ provider: 'b', sub: 'bob' })
    expect((await browser.follow(atA.redirects.at(-1) ?? '')).url).toBe(`${app.url}/orders/1`)
    expect(await userOf(browser, app)).toMatchObject({ provider: 'a', sub: 'alice' })
  })

  it('takes people with the same sub at two providers for two people', async () => {
    const { app, a, b } = fixture
    const [alice, bob] = [a.user, b.user]
    a.user = { sub: 'same' }
    b.user = { sub: 'same' }
    const browser = await signedIn('a')
    const atA = await userOf(browser, app)
    await signedIn('b', browser)
    const atB = await userOf(browser, app)
    expect([atA?.sub, atB?.sub, atA?.claims.iss === atB?.claims.iss]).toEqual(['same', 'same', false])
    expect([atA?.provider, atB?.provider]).toEqual(['a', 'b'])
    a.user = alice
    b.user = bob
  })

  it.each(['a', 'b'] as const)('signs out at %s when the person signed in there', async (id) => {
    const { app } = fixture
    const browser = await signedIn(id)
    const user = await userOf(browser, app)
    const page = await browser.post(`${app.url}/logout`)
    const location = new URL(page.headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe(`${fixture[id].issuer}/end_session`)
    expect(location.searchParams.get('id_token_hint')).toBe(user?.idToken)
    expect(await userOf(browser, app)).toBeNull()
  })

  it('signs out nowhere else when nobody is signed in: there is no telling where', async () => {
    const { app } = fixture
    const page = await new TestBrowser().post(`${app.url}/logout`)
    expect([page.status, page.headers.get('location')]).toEqual([303, `${app.url}/`])
  })

  it('goes on with one provider while the other is down', async () => {
    const { app, a } = fixture
    await a.stop()
    const browser = await signedIn('b')
    expect(await userOf(browser, app)).toMatchObject({ provider: 'b' })
    await a.start()
  })
})

describe('several providers below a mount', () => {
  const fixture = useTwoProviders({ mount: '/shop' })

  it('have links and callbacks below it', async () => {
    const { app, b } = fixture
    const browser = new TestBrowser()
    const chooser = await browser.follow(`${app.url}/orders`)
    expect(linksOf(chooser).map(({ href }) => href.pathname)).toEqual(['/shop/login', '/shop/login'])
    const page = await browser.follow(linksOf(chooser)[1]?.href ?? '', { from: chooser.url })
    expect([page.url, page.text]).toEqual([`${app.url}/orders`, 'orders of bob'])
    expect(b.requestsTo('authorization')[0]?.query.get('redirect_uri')).toBe(`${app.url}/callback/b`)
  })
})

describe('req.oidc with several providers', () => {
  type Handled = IncomingMessage & { oidc: RequestOidc }
  const join = (options?: Parameters<RequestOidc['login']>[0]) => (request: Handled, _: unknown, next: Next) =>
    void request.oidc.login(options).catch(next)
  const profile = (request: Handled, response: { end(text: string): void }, next: Next) =>
    void request.oidc.userinfo().then((claims) => response.end(JSON.stringify(claims)), next)
  const routes = [
    ['/join/b', join({ provider: 'b', returnTo: '/whoami' })],
    ['/join/c', join({ provider: 'c' })],
    ['/join', join()],
    ['/profile', profile],
  ] as const
  const fixture = useTwoProviders({ routes })

  it('login() starts at the provider that was named', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/join/b`)
    expect([page.url, page.json()]).toEqual([`${fixture.app.url}/whoami`, expect.objectContaining({ provider: 'b' })])
  })

  it('login() asks where to sign in when none was named', async () => {
    expect(linksOf(await new TestBrowser().follow(`${fixture.app.url}/join`))).toHaveLength(2)
  })

  it('login() rejects with ERR_RP_PROVIDER_UNKNOWN when there is none of that name', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/join/c`)
    expect([page.status, fixture.app.errors]).toEqual([
      400,
      [expect.objectContaining({ code: 'ERR_RP_PROVIDER_UNKNOWN' })],
    ])
  })

  it('userinfo() asks the provider of the login', async () => {
    const { app, a, b } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/login?provider=b`)
    expect((await browser.get(`${app.url}/profile`)).json()).toMatchObject({ sub: 'bob' })
    expect([a.requestsTo('userinfo').length, b.requestsTo('userinfo').length]).toEqual([0, 1])
  })
})

describe('several providers without the login route', () => {
  const fixture = useTwoProviders({ options: { routes: { login: false } } })

  it('leave nothing to choose on: the guard gives ERR_RP_PROVIDER_UNKNOWN to the app', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders`)
    expect([page.status, fixture.app.errors]).toEqual([
      400,
      [expect.objectContaining({ code: 'ERR_RP_PROVIDER_UNKNOWN' })],
    ])
  })
})

describe('a configuration that changed while people were signed in (threat V19)', () => {
  const fixture = useTwoProviders()

  /** The same app, with the same sessions and secrets, after a deployment with these providers. */
  function deployed(providers: NonNullable<Options['providers']>): Promise<TestApp> {
    return startApp({ options: { providers }, session: { store: fixture.app.sessions } })
  }

  it('ends the logins of a provider that was taken out, and no others', async () => {
    const { app, a } = fixture
    const later = await deployed({ a: { issuer: a.issuer } })
    for (const [id, expected] of [
      ['a', expect.objectContaining({ provider: 'a', sub: 'alice' })],
      ['b', null],
    ] as const) {
      const browser = new TestBrowser()
      await browser.follow(`${app.url}/login?provider=${id}`)
      expect(await userOf(browser, app)).toMatchObject({ provider: id })
      expect(await userOf(browser, later)).toEqual(expected)
    }
    await later.close()
  })

  it('finishes no login in flight under an id that names another provider now', async () => {
    const { app, a, b } = fixture
    const later = await deployed({ a: { issuer: b.issuer }, b: { issuer: a.issuer } })
    const browser = new TestBrowser()
    const started = await browser.follow(`${app.url}/login?provider=a`, { until: isCallback })
    const page = await browser.get((started.redirects.at(-1) ?? '').replace(app.url, later.url))
    expect([page.status, later.errors]).toEqual([400, [expect.objectContaining({ code: 'ERR_RP_RESPONSE_INVALID' })]])
    expect([a.requestsTo('token'), b.requestsTo('token')]).toEqual([[], []])
    await later.close()
  })
})
