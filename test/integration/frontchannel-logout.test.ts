// Front-channel logout: a page of the provider shows ours in a frame (OpenID Connect Front-Channel Logout 1.0).
import { describe, expect, it } from 'vitest'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, type TestApp } from '../setups.ts'

const setFrameOptions = (
  _request: unknown,
  response: { setHeader(name: string, value: string): void },
  next: () => void,
) => {
  response.setHeader('X-Frame-Options', 'SAMEORIGIN')
  response.setHeader('Content-Security-Policy', "default-src 'self';frame-ancestors 'self'")
  next()
}

interface User {
  readonly claims: { readonly iss: string; readonly sid: string }
}

async function signedIn(app: TestApp): Promise<TestBrowser> {
  const browser = new TestBrowser()
  await browser.follow(`${app.url}/orders`)
  return browser
}

async function userOf(app: TestApp, browser: TestBrowser): Promise<User | null> {
  return (await browser.get(`${app.url}/whoami`)).json() as User | null
}

/** What a frame asks for; a browser sends the cookie along when it is SameSite=None. */
function frame(app: TestApp, browser: TestBrowser, query: Record<string, string> | string): Promise<TestPage> {
  const headers = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }
  return browser.get(`${app.url}/frontchannel-logout?${new URLSearchParams(query)}`, { headers })
}

function ancestorsOf(page: TestPage): string | undefined {
  return /frame-ancestors ([^;]*)/.exec(page.headers.get('content-security-policy') ?? '')?.[1]
}

describe.each(setups)('front-channel logout on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, before: [setFrameOptions] })

  it('ends the login of this browser when iss and sid are its own, and shows a small page (section 3)', async () => {
    const { app } = fixture
    const [browser, other] = [await signedIn(app), await signedIn(app)]
    const { claims } = (await userOf(app, browser)) as User
    const page = await frame(app, browser, { iss: claims.iss, sid: claims.sid })
    expect(page.status).toBe(200)
    expect(page.text.length).toBeLessThan(2500)
    expect(await userOf(app, browser)).toBeNull()
    expect(await userOf(app, other)).not.toBeNull()
  })

  it('makes a copy of the cookie worthless', async () => {
    const { app } = fixture
    const browser = await signedIn(app)
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const { claims } = (await userOf(app, browser)) as User
    await frame(app, browser, { iss: claims.iss, sid: claims.sid })
    expect((await new TestBrowser().get(`${app.url}/whoami`, { headers: { cookie } })).json()).toBeNull()
  })

  it('may be framed by the provider alone, and is never cached (threat V12)', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    const { claims } = (await userOf(app, browser)) as User
    for (const who of [browser, new TestBrowser()]) {
      const page = await frame(app, who, { iss: claims.iss, sid: claims.sid })
      expect(ancestorsOf(page)).toBe(provider.issuer)
      expect(page.headers.has('x-frame-options')).toBe(false)
      expect(page.headers.get('cache-control')).toBe('no-store')
    }
  })

  it.each<[what: string, changed: (claims: User['claims']) => Record<string, string>]>([
    ['the sid is another', ({ iss }) => ({ iss, sid: 'of-nobody' })],
    ['the iss is another', ({ sid }) => ({ iss: 'https://evil.example', sid })],
    ['the iss only begins alike', ({ iss, sid }) => ({ iss: `${iss}/`, sid })],
    ['the sid is that of another session', ({ iss, sid }) => ({ iss, sid: sid.toUpperCase() })],
  ])('leaves the person signed in when %s, with the same page (threat V32)', async (_what, changed) => {
    const { app } = fixture
    const browser = await signedIn(app)
    const { claims } = (await userOf(app, browser)) as User
    const page = await frame(app, browser, changed(claims))
    expect([page.status, page.redirects]).toEqual([200, []])
    expect(await userOf(app, browser)).not.toBeNull()
  })

  it('may be framed by nobody when the iss is not known here', async () => {
    const page = await frame(fixture.app, new TestBrowser(), { iss: 'https://evil.example', sid: 'a' })
    expect([page.status, ancestorsOf(page)]).toEqual([200, "'none'"])
  })

  it.each([
    ['nothing', ''],
    ['no sid', 'iss=a'],
    ['no iss', 'sid=a'],
    ['an empty sid', 'iss=a&sid='],
    ['an empty iss', 'iss=&sid=a'],
    ['sid twice', 'iss=a&sid=a&sid=a'],
    ['iss twice', 'iss=a&iss=a&sid=a'],
  ])('refuses %s with 400, and nobody is signed out (threat V24)', async (_what, query) => {
    const { app } = fixture
    const browser = await signedIn(app)
    const page = await frame(app, browser, query)
    expect([page.status, (app.errors[0] as { code: string }).code]).toEqual([400, 'ERR_RP_LOGOUT_TOKEN'])
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(await userOf(app, browser)).not.toBeNull()
  })

  it('neither revokes a token nor asks the provider for anything but its metadata (threat V32)', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    const { claims } = (await userOf(app, browser)) as User
    provider.requests.length = 0
    await frame(app, browser, { iss: claims.iss, sid: claims.sid })
    expect(provider.requests.filter(({ endpoint }) => endpoint !== 'discovery')).toEqual([])
  })
})

describe('front-channel logout at a provider with pages of several origins', () => {
  const fixture = useProviderAndApp({ provider: { metadata: { end_session_endpoint: 'https://login.example/bye' } } })

  it('may be framed by the pages of its endpoints too', async () => {
    const { app, provider } = fixture
    const page = await frame(app, new TestBrowser(), { iss: provider.issuer, sid: 'a' })
    expect(ancestorsOf(page)).toBe(`${provider.issuer} https://login.example`)
  })
})

describe('front-channel logout while the provider is down', () => {
  const fixture = useProviderAndApp({ options: { httpTimeoutSeconds: 1 } })

  it('answers all the same: what ends is here', async () => {
    const { app, provider } = fixture
    await provider.stop()
    const page = await frame(app, new TestBrowser(), { iss: provider.issuer, sid: 'a' })
    await provider.start()
    expect([page.status, ancestorsOf(page)]).toEqual([200, provider.issuer])
  })
})

describe('routes.frontchannelLogout: false', () => {
  const fixture = useProviderAndApp({ options: { routes: { frontchannelLogout: false } } })

  it('leaves the path to the app', async () => {
    const { app, provider } = fixture
    expect((await frame(app, new TestBrowser(), { iss: provider.issuer, sid: 'a' })).text).toBe('public')
  })
})
