// A login that got lost on its way, on every framework: begun again once, and then a page that says why (design section 4).
import type { IncomingMessage } from 'node:http'
import type { MemoryStore } from 'express-session'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LostLoginReason, RequestOidc } from '../../src/index.ts'
import { createLoginHints } from '../../src/session/login-hint.ts'
import { faults, startTestProvider, TestBrowser, type TestPage, type TestProvider } from '../../src/testing/index.ts'
import { type Fixture, type FixtureOptions, useProviderAndApp } from '../fixture.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

const toCallback = { until: ({ searchParams }: URL) => searchParams.has('code') }
/** A browser that blocks cookies, or is not to send them across sites. */
const noCookies = { headers: { cookie: undefined } }
const asProgram = { headers: { accept: 'application/json' } }

/** Goes as far as the redirect to the callback and gives its URL, which the browser has not asked for. */
async function callbackUrl(browser: TestBrowser, from: string | URL): Promise<string> {
  return (await browser.follow(from, toCallback)).redirects.at(-1) ?? ''
}

/** How often the provider was asked to sign somebody in, and for tokens. */
function asked({ provider }: Fixture): { authorizations: number; tokens: number } {
  return {
    authorizations: provider.requestsTo('authorization').length,
    tokens: provider.requestsTo('token').length,
  }
}

/** What is stored as sessions, without the marks and records of ours. */
function storedSessions({ app }: Fixture): Map<string, Record<string, unknown>> {
  const { sessions } = app.sessions as unknown as { sessions: Record<string, string> }
  const all = Object.entries(sessions).map(([id, text]) => [id, JSON.parse(text)] as const)
  return new Map(all.filter(([id]) => !id.startsWith('relying-party:')))
}

function emptyStore({ app }: Fixture): Promise<void> {
  return new Promise((resolve) => (app.sessions as MemoryStore).clear(() => resolve()))
}

/** Something else writes the sessions back without their logins. */
async function dropLogins(fixture: Fixture): Promise<void> {
  for (const [id, session] of storedSessions(fixture)) {
    const { relyingParty: _gone, ...others } = session
    await new Promise((resolve) => fixture.app.sessions.set(id, { ...others, cart: ['book'] } as never, resolve))
  }
}

/** Another tab writes the sessions back without this login. */
async function dropLogin(fixture: Fixture, callback: string): Promise<void> {
  const state = new URL(callback).searchParams.get('state') ?? ''
  for (const [id, session] of storedSessions(fixture)) {
    const { transactions } = session['relyingParty'] as { transactions: Record<string, unknown> }
    delete transactions[state]
    await new Promise((resolve) => fixture.app.sessions.set(id, session as never, resolve))
  }
}

/** A page that names the cause and the fix, leads to where the login was to lead, and gives nothing away. */
function expectPage(page: TestPage, reason: LostLoginReason, link = '/login?return_to=%2Forders%2F7'): void {
  expect(page.status).toBe(400)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(page.text).toMatch(
    new RegExp(`<small>ERR_RP_TRANSACTION_MISSING ${reason}(, reference [0-9a-f]{10})?</small>`),
  )
  expect(page.text).toMatch(/<small>(For the site&#39;s administrator: |No login in flight fits this callback)/)
  expect(page.text).toContain(`<a href="${link}">Sign in</a>`)
  expect(page.text).not.toMatch(/[\w-]{43}/) // state, code and session ids are as long; the page has no such word
}

function expectProblem(page: TestPage, reason: LostLoginReason): void {
  expect([page.status, page.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8'])
  expect(page.headers.get('cache-control')).toBe('no-store')
  const { reference: _random, ...problem } = page.json() as Record<string, unknown>
  expect(problem).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status: 400,
    code: 'ERR_RP_TRANSACTION_MISSING',
    detail: expect.any(String),
    reason,
  })
}

describe.each(setups)('a browser that never brings its cookie, on $name', (setup) => {
  const settings: [
    what: string,
    reason: LostLoginReason,
    session: NonNullable<FixtureOptions['session']>,
    options: object,
  ][] = [
    ['because it blocks cookies', 'cookie_missing', {}, noCookies],
    ['because it is SameSite=Strict', 'cookie_strict', { cookie: { sameSite: 'strict' } }, noCookies],
    ['because it is Secure and the app is on http', 'cookie_insecure', { cookie: { secure: true } }, {}],
    [
      'because it is Secure, and the proxy that ended TLS is not trusted',
      'cookie_insecure',
      { cookie: { secure: true } },
      { headers: { 'x-forwarded-proto': 'https' } },
    ],
  ]

  describe.each(settings)('%s', (_what, reason, session, options) => {
    const fixture = useProviderAndApp({ setup, session })

    it(`is sent to sign in once more and then gets a page that names ${reason}`, async () => {
      const { app } = fixture
      const page = await new TestBrowser().follow(`${app.url}/orders/7`, options)
      expectPage(page, reason)
      expect(asked(fixture)).toEqual({ authorizations: 2, tokens: 0 })
      const ours = page.redirects.filter((url) => url.startsWith(app.url)).map((url) => new URL(url))
      expect(ours.map(({ searchParams }) => [...searchParams.keys()].sort().join())).toEqual([
        'code,iss,state',
        'resume_login',
        'code,iss,state',
        'resume_login',
      ])
      expect(app.errors).toMatchObject([{ lostLogin: { reason, returnTo: '/orders/7' } }])
    })

    it('tells programs the same as problem+json (RFC 9457)', async () => {
      const browser = new TestBrowser()
      const last = (await browser.follow(`${fixture.app.url}/orders/7`, options)).url
      expectProblem(await new TestBrowser().get(last, asProgram), reason)
    })
  })
})

describe.each(setups)('a Secure cookie behind a proxy that is trusted, on $name', (setup) => {
  const create = () => {
    const app = setup.create()
    ;(app as { set?: (name: string, value: unknown) => void }).set?.('trust proxy', 1)
    return app
  }
  const proxy = setup.name === 'Connect' ? { proxy: true } : {} // express-session's own switch
  const session = { ...proxy, cookie: { secure: true } }
  const fixture = useProviderAndApp({ setup: { ...setup, create }, session })
  const headers = { 'x-forwarded-proto': 'https' }

  it('gets lost nowhere', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders/7`, { headers })
    expect([page.status, asked(fixture).authorizations]).toEqual([200, 1])
  })

  it.runIf(setup.name !== 'Connect')('is not blamed when the browser blocks cookies', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders/7`, {
      headers: { ...headers, ...noCookies.headers },
    })
    expectPage(page, 'cookie_missing')
  })
})

describe.each(setups)('a cookie path that a proxy knows nothing of, on $name', (setup) => {
  const cutOff = (request: IncomingMessage & { originalUrl?: string }, _: unknown, next: () => void) => {
    request.url = request.url?.replace('/public', '') ?? '/'
    request.originalUrl = request.url
    next()
  }
  const fixture = useProviderAndApp({
    setup,
    mount: '/app',
    before: [cutOff],
    options: { baseUrl: 'http://app.example/public/app' },
    session: { cookie: { path: '/app' } },
  })

  it('is named, after one more try', async () => {
    const local = (url: string) => url.replace('http://app.example', new URL(fixture.app.url).origin)
    const browser = new TestBrowser()
    const first = await callbackUrl(browser, local('http://app.example/public/app/orders/7'))
    const second = await callbackUrl(browser, local(first))
    const page = await browser.follow(local(second))
    expectPage(page, 'cookie_path', '/public/app/login?return_to=%2Fpublic%2Fapp%2Forders%2F7')
    expect(asked(fixture)).toEqual({ authorizations: 2, tokens: 0 })
  })
})

describe.each(setups)('a login that got lost on $name', (setup) => {
  let now = 0
  const fixture = useProviderAndApp({ setup, options: { clock: () => now, clockToleranceSeconds: 36_000 } })
  beforeEach(() => {
    now = Date.now() / 1000
  })
  const page7 = () => `${fixture.app.url}/orders/7`

  /** What happens between the start of a login and its callback. */
  const losses: [what: string, reason: LostLoginReason, lose: (browser: TestBrowser) => Promise<void>][] = [
    ['with all cookies', 'cookie_missing', async (browser) => browser.clearCookies()],
    ['with the whole session store', 'session_missing', () => emptyStore(fixture)],
    ['out of a session that is still there', 'login_missing', () => dropLogins(fixture)],
    [
      'because an hour has passed',
      'expired',
      async () => {
        now += 3600
      },
    ],
    [
      'at a process whose clock is behind',
      'clock',
      async () => {
        await emptyStore(fixture)
        now -= 100
      },
    ],
  ]

  it.each(losses)('%s heals by itself: it begins again and ends on its page', async (_what, _reason, lose) => {
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, page7())
    await lose(browser)
    const page = await browser.follow(callback)
    expect([page.status, page.url]).toEqual([200, page7()])
    expect(asked(fixture)).toEqual({ authorizations: 2, tokens: 1 })
    expect(fixture.app.errors).toEqual([])
  })

  it.each(losses)('%s a second time is answered by a page that names %s', async (_what, reason, lose) => {
    const browser = new TestBrowser()
    const first = await callbackUrl(browser, page7())
    await lose(browser)
    if (reason === 'clock') now += 100
    const second = await callbackUrl(browser, first)
    await lose(browser)
    const page = await browser.follow(second)
    expectPage(page, reason)
    expect(asked(fixture)).toEqual({ authorizations: 2, tokens: 0 })
    expectProblem(await browser.get(page.url, asProgram), reason)
  })

  it('while other tabs begin theirs is begun again five times at most: they may write over each other', async () => {
    const browser = new TestBrowser()
    await callbackUrl(browser, `${fixture.app.url}/orders/of-another-tab`)
    let callback = await callbackUrl(browser, page7())
    for (let count = 0; count < 5; count++) {
      await dropLogin(fixture, callback)
      callback = await callbackUrl(browser, callback)
    }
    await dropLogin(fixture, callback)
    expectPage(await browser.follow(callback), 'login_missing')
    expect(asked(fixture)).toEqual({ authorizations: 7, tokens: 0 })
  })

  it('leads by the link on its page to the page that was asked for', async () => {
    const page = await new TestBrowser().follow(page7(), noCookies)
    const href = /<a href="([^"]+)">Sign in/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const browser = new TestBrowser()
    const done = await browser.follow(new URL(href, page.url))
    expect([done.status, done.url]).toEqual([200, page7()])
  })

  it('goes to its page without another login when somebody has signed in meanwhile', async () => {
    const browser = new TestBrowser()
    const lost = await callbackUrl(new TestBrowser(), page7())
    await browser.follow(`${fixture.app.url}/login`)
    fixture.provider.requests.length = 0
    const answer = await browser.get(lost)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/orders/7'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const resumed = await browser.get(
      `${fixture.app.url}/callback?resume_login=${new URL(lost).searchParams.get('state')}`,
    )
    expect([resumed.status, resumed.headers.get('location')]).toEqual([302, '/orders/7'])
    expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
  })

  it('that was finished before goes to its page while that login lives', async () => {
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, page7())
    await browser.follow(callback)
    const again = await browser.follow(callback)
    expect([again.status, again.url, asked(fixture).tokens]).toEqual([200, page7(), 1])
  })

  it.each<[string, (browser: TestBrowser) => Promise<unknown>]>([
    ['signed out', (browser) => browser.post(`${fixture.app.url}/logout`)],
    ['without its cookies', async (browser) => browser.clearCookies()],
  ])('that was finished before starts one new login in a browser %s, and redeems nothing', async (_whose, leave) => {
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, page7())
    await browser.follow(callback)
    await leave(browser)
    fixture.provider.requests.length = 0
    const page = await browser.follow(callback)
    expect([page.status, page.url]).toEqual([200, page7()])
    const [token, ...others] = fixture.provider.requestsTo('token')
    expect([asked(fixture).authorizations, others]).toEqual([1, []])
    expect(token?.body?.get('code')).not.toBe(new URL(callback).searchParams.get('code'))
  })

  it('that was started again because it had been finished, and is lost, says that it was used', async () => {
    const browser = new TestBrowser()
    const first = await callbackUrl(browser, page7())
    await browser.follow(first)
    browser.clearCookies()
    const second = await callbackUrl(browser, first)
    await browser.follow(second)
    browser.clearCookies()
    fixture.provider.requests.length = 0
    const page = await browser.follow(second)
    expectPage(page, 'used')
    expectProblem(await browser.get(page.url, asProgram), 'used')
    expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
  })

  it.each(['access_denied', 'login_required', 'server_error'])(
    'and that the provider refused with %s is not begun again: it would be refused again',
    async (error) => {
      const browser = new TestBrowser()
      const url = new URL(await callbackUrl(browser, page7()))
      url.searchParams.delete('code')
      url.searchParams.set('error', error)
      browser.clearCookies()
      fixture.provider.requests.length = 0
      expectPage(await browser.follow(url), 'cookie_missing')
      expect(browser.cookies).toEqual([])
      expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
    },
  )

  it.each(['wrongNonce', 'flippedSignature', 'token500', 'accessDenied'] as const)(
    'is another thing than a login that failed by %s: that is not begun again',
    async (fault) => {
      fixture.provider.misbehave(faults[fault])
      const page = await new TestBrowser().follow(page7())
      expect(page.status).toBeGreaterThanOrEqual(400)
      expect(page.text).not.toContain('ERR_RP_TRANSACTION_MISSING')
      expect(asked(fixture).authorizations).toBe(1)
    },
  )

  const forged: [what: string, state: () => string][] = [
    ['is random', () => 'x'.repeat(86)],
    [
      'another app made, with another secret',
      () =>
        createLoginHints({ secrets: ['another secret, as long'], basePath: '' }).createState(
          { returnTo: '/', attempt: 0, isSilent: false, startedAt: now },
          'r',
        ),
    ],
    [
      'this app made for another registration',
      () =>
        createLoginHints({ secrets: ['a secret for tests of 32 bytes..'], basePath: '' }).createState(
          { returnTo: '/', attempt: 0, isSilent: false, startedAt: now },
          'r',
        ),
    ],
  ]

  it.each(forged)('is another thing than a state that %s: that is refused at once', async (_what, state) => {
    for (const query of [`code=x&state=${state()}`, `error=x&state=${state()}`, `resume_login=${state()}`]) {
      const browser = new TestBrowser()
      const page = await browser.get(`${fixture.app.url}/callback?${query}`)
      expectPage(page, 'state_unknown', '/login')
      expect(browser.cookies).toEqual([])
      expectProblem(await browser.get(page.url, asProgram), 'state_unknown')
    }
    expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
  })

  it.each([
    ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }],
    ['an iframe', { 'sec-fetch-dest': 'iframe' }],
    ['XMLHttpRequest', { 'x-requested-with': 'XMLHttpRequest' }],
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['a program', { accept: 'application/json' }],
  ])('is not begun again for %s, which cannot follow to the provider', async (_what, headers) => {
    for (const lose of [async (browser: TestBrowser) => browser.clearCookies(), () => dropLogins(fixture)]) {
      const browser = new TestBrowser()
      const callback = await callbackUrl(browser, page7())
      await lose(browser)
      fixture.provider.requests.length = 0
      const answer = await browser.follow(callback, { headers })
      expect([answer.status, fixture.app.errors.at(-1)]).toMatchObject([401, { code: 'ERR_RP_LOGIN_REQUIRED' }])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
    }
  })

  it.each<[string, (state: string) => string]>([
    ['doubled', (state) => `resume_login=${state}&resume_login=${state}`],
    ['doubled, the second empty', (state) => `resume_login=${state}&resume_login=`],
    ['empty', () => 'resume_login='],
    ['without a value', () => 'resume_login'],
    ['huge', (state) => `resume_login=${state.repeat(80)}`],
    ['with another spelling of its state', (state) => `resume_login=${state}%3D`],
  ])('is not resumed by a resume_login that is %s', async (_what, query) => {
    const browser = new TestBrowser()
    const state = new URL(await callbackUrl(new TestBrowser(), page7())).searchParams.get('state') ?? ''
    fixture.provider.requests.length = 0
    expectPage(await browser.follow(`${fixture.app.url}/callback?${query(state)}`), 'state_unknown', '/login')
    expect(browser.cookies).toEqual([])
    expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
  })
})

describe.each(setups)('the cookie of other tabs, with saveUninitialized: true, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, session: { saveUninitialized: true } })

  it.each<[string, (browser: TestBrowser) => Promise<void>]>([
    ['no cookie', async (browser) => browser.clearCookies()],
    ['a cookie that the store does not know', () => emptyStore(fixture)],
  ])('is not written over by the answer to a lost callback with %s', async (_what, lose) => {
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, `${fixture.app.url}/orders/7`)
    await lose(browser)
    const sessionsBefore = storedSessions(fixture).size
    const answer = await browser.get(callback)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toMatch(/^\/callback\?resume_login=[\w-]+$/)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(storedSessions(fixture).size).toBe(sessionsBefore)
  })

  it('is not written over by an answer to who comes with the session that another tab has just replaced', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, `${app.url}/orders/7`)
    const unlucky = new TestBrowser()
    const lostBefore = await callbackUrl(unlucky, `${app.url}/orders/8`)
    unlucky.clearCookies()
    const lost = await callbackUrl(unlucky, lostBefore) // another loss would be one too many, were it one
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join()
    await browser.follow(callback)
    fixture.provider.requests.length = 0
    const state = new URL(lost).searchParams.get('state')
    const late = ['/orders/8', `/callback?resume_login=${state}`, '/login?return_to=%2Forders%2F8']
    const again = ['/orders/8', `/callback?resume_login=${state}&replaced=1`, '/login?return_to=%2Forders%2F8']
    const answers = late.map((path) => new TestBrowser().get(app.url + path, { headers: { cookie } }))
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      expect([answer.status, answer.headers.get('location')]).toEqual([302, again[index]])
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
    expect((await browser.get(`${app.url}${again[1]}`)).headers.get('location')).toBe('/orders/8')
    expect(asked(fixture)).toEqual({ authorizations: 0, tokens: 0 })
  })
})

describe.each(setups)('a callback that shares its path with the start page, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options: { routes: { callback: '' } } })

  it('heals as well, and leaves the start page alone', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = (await browser.follow(`${app.url}/orders/7`, { until: ({ origin }) => origin === app.url }))
      .redirects
    browser.clearCookies()
    const page = await browser.follow(callback.at(-1) ?? '')
    expect([page.status, page.url]).toEqual([200, `${app.url}/orders/7`])
    expect((await new TestBrowser().get(`${app.url}/?other=1`)).text).toBe('public')
    expectPage(await new TestBrowser().get(`${app.url}/?resume_login=x`), 'state_unknown', '/login')
  })
})

describe.each(setups)("app.use('/auth', ...) on $name", (setup) => {
  const fixture = useProviderAndApp({ setup, mount: '/auth' })

  it('heals below its mount', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, `${app.url}/orders/7`)
    browser.clearCookies()
    const resume = await browser.get(callback)
    expect(resume.headers.get('location')).toMatch(/^\/auth\/callback\?resume_login=/)
    const page = await browser.follow(resume.redirects[0] ?? '')
    expect([page.status, page.url]).toEqual([200, `${app.url}/orders/7`])
  })

  it('links to its own login', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders/7`, noCookies)
    expectPage(page, 'cookie_missing', '/auth/login?return_to=%2Fauth%2Forders%2F7')
    expect(page.text).toContain('<a href="/auth/">To the start page</a>')
  })
})

describe.each(setups)('routes.login: false on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options: { routes: { login: false } } })

  it('heals, and its page has no link to a login that is not there', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await callbackUrl(browser, `${app.url}/orders/7`)
    browser.clearCookies()
    expect((await browser.follow(callback)).status).toBe(200)
    const page = await new TestBrowser().follow(`${app.url}/orders/7`, noCookies)
    expect([page.status, page.text.includes('cookie_missing'), page.text.includes('Sign in<')]).toEqual([
      400,
      true,
      false,
    ])
  })
})

describe.each(setups)('several providers on $name', (setup) => {
  const started: { a?: TestProvider; b?: TestProvider; app?: TestApp } = {}
  beforeAll(async () => {
    const [a, b] = [await startTestProvider(), await startTestProvider({ user: { sub: 'bob' } })]
    const app = await startApp({ setup, options: { providers: { a: { issuer: a.issuer }, b: { issuer: b.issuer } } } })
    Object.assign(started, { a, b, app })
  })
  afterAll(async () => {
    await Promise.all([started.app?.close(), started.a?.close(), started.b?.close()])
  })

  it('begins again at the provider of the login that got lost, without the page to choose on', async () => {
    const { a, b, app } = started as Required<typeof started>
    const until = ({ pathname }: URL) => pathname === '/callback/b'
    const browser = new TestBrowser()
    const start = await browser.follow(`${app.url}/login?provider=b&return_to=/orders/7`, { until })
    browser.clearCookies()
    const page = await browser.follow(start.redirects.at(-1) ?? '')
    expect([page.url, page.text]).toEqual([`${app.url}/orders/7`, 'orders of bob'])
    expect([a.requests.length, b.requestsTo('authorization').length]).toEqual([0, 2])
  })

  it('does not resume the login of the one at the other (mix-up, threat V19)', async () => {
    const { a, app } = started as Required<typeof started>
    const until = ({ pathname }: URL) => pathname === '/callback/b'
    const start = await new TestBrowser().follow(`${app.url}/login?provider=b&return_to=/orders/7`, { until })
    const { searchParams } = new URL(start.redirects.at(-1) ?? '')
    for (const query of [searchParams, `resume_login=${searchParams.get('state')}`]) {
      const browser = new TestBrowser()
      expectPage(await browser.follow(`${app.url}/callback/a?${query}`), 'state_unknown', '/login')
      expect(browser.cookies).toEqual([])
    }
    expect(a.requests).toEqual([])
  })
})

describe('a page that sends whoever is signed in to log in again', () => {
  const again = (request: { oidc: { login(): Promise<void> } }, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login().catch(next)
  const fixture = useProviderAndApp({ routes: [['/round', again]] })

  it('is stopped before the browser gives up after 20 redirects, and other pages are not', async () => {
    const browser = new TestBrowser()
    const page = await browser.follow(`${fixture.app.url}/round`)
    expect([page.status, page.redirects.length < 20]).toEqual([429, true])
    expect(page.text).toContain('ERR_RP_LOGIN_LOOP login_loop')
    expect((await browser.follow(`${fixture.app.url}/orders`)).text).toBe('orders of test-user')
  })
})

describe('a login that cannot be read when it is there', () => {
  const forgetful = { get: async () => undefined, set: async () => undefined, delete: async () => undefined }
  const fixture = useProviderAndApp({ options: { store: forgetful } })

  it('ends in a page, and not in a circle', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders`)
    expect([page.status, page.redirects.length < 20]).toEqual([429, true])
  })
})

describe('a lost login that had parameters of its own', () => {
  const danger = (request: { oidc: RequestOidc }, _response: unknown, next: (error: unknown) => void) =>
    void request.oidc.login({ authorizationParameters: { max_age: '0' }, returnTo: '/danger' }).catch(next)
  const fixture = useProviderAndApp({ routes: [['/confirm', danger]] })
  const callbackOf = async (browser: TestBrowser) => {
    const until = (url: URL) => url.pathname === '/callback'
    return (await browser.follow(`${fixture.app.url}/confirm`, { until })).redirects.at(-1) ?? ''
  }

  it('neither begins again without them nor leads to its page', async () => {
    const [stranger, person] = [new TestBrowser(), new TestBrowser()]
    await person.follow(`${fixture.app.url}/orders`)
    for (const browser of [stranger, person]) {
      const page = await browser.follow(await callbackOf(new TestBrowser()))
      expect([page.status, page.url.includes('/danger')]).toEqual([400, false])
    }
  })

  it('leads to its page when it was finished', async () => {
    const browser = new TestBrowser()
    const callback = await callbackOf(browser)
    await browser.follow(callback)
    expect((await browser.get(callback)).headers.get('location')).toBe('/danger')
  })
})
