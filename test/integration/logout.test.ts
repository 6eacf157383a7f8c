// Logout: the login here ends first, then the one at the provider (OpenID Connect RP-Initiated Logout 1.0).
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

describe.each(setups)('logout on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  const isSignedIn = async (browser: TestBrowser) => (await browser.get(`${fixture.app.url}/whoami`)).json() !== null

  it('ends the login here and sends the browser to the end-session endpoint with hint, client and state', async () => {
    const { app, provider } = fixture
    const browser = await signedIn()
    const { idToken } = (await browser.get(`${app.url}/whoami`)).json() as { idToken: string }
    const page = await browser.post(`${app.url}/logout`)
    const location = new URL(page.headers.get('location') ?? '')
    expect(page.status).toBe(303)
    expect(location.origin + location.pathname).toBe(`${provider.issuer}/end_session`)
    expect(Object.fromEntries(location.searchParams)).toEqual({
      id_token_hint: idToken,
      client_id: 'test-client',
      post_logout_redirect_uri: `${app.url}/`,
      state: expect.stringMatching(/^[\w-]{22}$/),
    })
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('comes back to the post-logout page', async () => {
    const { app } = fixture
    const browser = await signedIn()
    const page = await browser.follow(`${app.url}/logout`, { form: {} })
    expect(page.url.replace(/\?.*/, '')).toBe(`${app.url}/`)
  })

  it('makes a copy of the cookie worthless: the record is deleted in the store (pain 21)', async () => {
    const { app } = fixture
    const browser = await signedIn()
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    await browser.post(`${app.url}/logout`)
    const thief = await new TestBrowser().get(`${app.url}/whoami`, { headers: { cookie } })
    expect(thief.json()).toBeNull()
  })

  it('works by GET from a page of this site', async () => {
    const { app } = fixture
    const browser = await signedIn()
    const page = await browser.get(`${app.url}/logout`, { from: `${app.url}/` })
    expect(page.status).toBe(302)
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('works when the session is gone already: the provider is told without a hint', async () => {
    const { app } = fixture
    const page = await new TestBrowser().post(`${app.url}/logout`)
    const location = new URL(page.headers.get('location') ?? '')
    expect([...location.searchParams.keys()].sort()).toEqual(['client_id', 'post_logout_redirect_uri', 'state'])
  })

  const foreign: [string, 'GET' | 'POST', Record<string, string | undefined>][] = [
    ['a form of a foreign page', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    [
      'a form of a foreign page in an old browser',
      'POST',
      { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    ],
    ['a form of a sandboxed frame in an old browser', 'POST', { 'sec-fetch-site': undefined, origin: 'null' }],
    ['a link of a foreign page', 'GET', { 'sec-fetch-site': 'cross-site' }],
    ['the redirect of a foreign page that was typed or opened from a mail', 'GET', { 'sec-fetch-site': 'none' }],
    ['a link in an old browser', 'GET', { 'sec-fetch-site': undefined }],
    [
      'an image of this site',
      'GET',
      { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    ],
    ['a prefetch of this site', 'GET', { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch' }],
  ]
  it.each(foreign)('refuses %s: the person stays signed in (logout CSRF)', async (_source, method, headers) => {
    const { app } = fixture
    const browser = await signedIn()
    const page = await (method === 'GET'
      ? browser.get(`${app.url}/logout`, { headers })
      : browser.post(`${app.url}/logout`, {}, { headers }))
    expect([page.status, (app.errors.at(-1) as { code: string }).code]).toEqual([403, 'ERR_RP_LOGOUT_CROSS_SITE'])
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('ends the login here even when the provider is down', async () => {
    const { app, provider } = fixture
    const browser = await signedIn()
    await provider.stop()
    const page = await browser.post(`${app.url}/logout`)
    expect(page.status).toBe(303)
    await provider.start()
    expect(await isSignedIn(browser)).toBe(false)
  })
})

describe('logout at a provider without end_session_endpoint', () => {
  const fixture = useProviderAndApp({ provider: { metadata: { end_session_endpoint: undefined } } })

  it('goes straight to the post-logout page', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    expect((await browser.post(`${app.url}/logout`)).headers.get('location')).toBe(`${app.url}/`)
  })
})

describe("logout under helmet's form-action 'self'", () => {
  const setPolicy = (
    _request: unknown,
    response: { setHeader(name: string, value: string): void },
    next: () => void,
  ) => {
    response.setHeader('Content-Security-Policy', "default-src 'self';form-action 'self'")
    next()
  }
  const fixture = useProviderAndApp({ before: [setPolicy] })

  it('answers a browser form with a page that moves on by itself, and keeps the ID token off the page', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const { idToken } = (await browser.get(`${app.url}/whoami`)).json() as { idToken: string }
    const page = await browser.post(`${app.url}/logout`)
    expect(page.status).toBe(200)
    expect(page.headers.get('refresh')).toContain(`0; url=${provider.issuer}/end_session?id_token_hint=`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.text).not.toContain(idToken)
    expect(page.text).toContain('href="/logout"')
    expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
  })

  it('answers a program with the plain redirect', async () => {
    const page = await new TestBrowser().post(`${fixture.app.url}/logout`, {}, { headers: { accept: '*/*' } })
    expect(page.status).toBe(303)
  })
})
