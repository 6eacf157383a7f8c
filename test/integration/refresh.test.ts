// Access tokens that are always good (RFC 6749 section 6, OpenID Connect Core 1.0 section 12), over HTTP.
import { beforeEach, describe, expect, it } from 'vitest'
import { keepAccessTokenFresh, type Options, type RequestOidc, requireAuth } from '../../src/index.ts'
import { TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const hour = 3600

/** Ahead of the system clock by so much: a token is old without waiting. */
let ahead = 0
const clock = () => Date.now() / 1000 + ahead

type Request = { oidc: RequestOidc; user?: { accessToken: string; sub: string }; url: string }
type Response = { end(body: string): void; setHeader(name: string, value: string): void }
type Next = (error: unknown) => void

const routes = [
  ['/token', requireAuth(), answer(async ({ oidc }) => await oidc.getAccessToken())],
  ['/forced', requireAuth(), answer(async ({ oidc }) => await oidc.getAccessToken({ forceRefresh: true }))],
  ['/narrow', requireAuth(), answer(async ({ oidc }) => await oidc.getAccessToken({ scope: 'openid' }))],
  ['/fresh', keepAccessTokenFresh(), requireAuth(), answer(async ({ user }) => user?.accessToken ?? '')],
] as const

function answer(body: (request: Request) => Promise<string>) {
  return (request: Request, response: Response, next: Next) => {
    body(request).then((text) => response.end(text), next)
  }
}

const options: Partial<Options> = { scope: 'openid offline_access', clock, clockToleranceSeconds: 10 * hour }

beforeEach(() => {
  ahead = 0
})

function refreshes(provider: TestProvider) {
  return provider.requestsTo('token').filter(({ body }) => body?.get('grant_type') === 'refresh_token')
}

describe.each(setups)('getAccessToken() on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options, routes })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  const tokenAt = async (browser: TestBrowser, path = '/token') => (await browser.get(fixture.app.url + path)).text

  it('gives the token at hand while it is good, and asks nobody', async () => {
    const browser = await signedIn()
    const user = JSON.parse((await browser.get(`${fixture.app.url}/whoami`)).text) as { accessToken: string }
    expect(await tokenAt(browser)).toBe(user.accessToken)
    expect(refreshes(fixture.provider)).toEqual([])
  })

  it('refreshes it 60 seconds before its end, once for 20 requests at once, and req.user has the new one', async () => {
    const browser = await signedIn()
    const first = await tokenAt(browser)
    ahead = hour - 59
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenAt(browser)))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).not.toBe(first)
    expect(refreshes(fixture.provider)).toHaveLength(1)
    const user = JSON.parse((await browser.get(`${fixture.app.url}/whoami`)).text) as { accessToken: string }
    expect(user.accessToken).toBe(tokens[0])
  })

  it('keeps the rotated refresh token: the next refresh spends the new one', async () => {
    const browser = await signedIn()
    const tokens = [await tokenAt(browser, '/forced'), await tokenAt(browser, '/forced')]
    expect(new Set(tokens).size).toBe(2)
    const spent = refreshes(fixture.provider).map(({ body }) => body?.get('refresh_token'))
    expect(new Set(spent).size).toBe(2)
  })

  it('keeps the refresh token when no new one comes (RFC 6749 section 6)', async () => {
    fixture.provider.misbehave({ token: { omit: ['refresh_token'] } })
    const browser = await signedIn()
    expect((await browser.get(`${fixture.app.url}/forced`)).status).toBe(403) // none ever came
    fixture.provider.behave()
    const other = await signedIn()
    fixture.provider.misbehave({ token: { omit: ['refresh_token'] } })
    await tokenAt(other, '/forced')
    await tokenAt(other, '/forced')
    const spent = refreshes(fixture.provider).map(({ body }) => body?.get('refresh_token'))
    expect(spent).toEqual([spent[0], spent[0]])
  })

  it('takes a token without expires_in for one of unknown life, not for one that has ended', async () => {
    fixture.provider.misbehave({ token: { omit: ['expires_in'] } })
    const browser = await signedIn()
    const first = await tokenAt(browser)
    ahead = 10 * hour
    expect(await tokenAt(browser)).toBe(first)
    expect(refreshes(fixture.provider)).toEqual([])
  })

  it('asks for less scope beside the own token, and keeps both', async () => {
    const browser = await signedIn()
    const own = await tokenAt(browser)
    const narrow = await tokenAt(browser, '/narrow')
    expect(narrow).not.toBe(own)
    expect(refreshes(fixture.provider)[0]?.body?.get('scope')).toBe('openid')
    expect([await tokenAt(browser), await tokenAt(browser, '/narrow')]).toEqual([own, narrow])
  })

  it('ends the login when the provider says invalid_grant: 401, and then login', async () => {
    const browser = await signedIn()
    ahead = hour
    fixture.provider.misbehave({ token: { status: 400, body: { error: 'invalid_grant' } } })
    const refused = await browser.get(`${fixture.app.url}/token`)
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('You are not signed in')])
    expect((await browser.get(`${fixture.app.url}/whoami`)).text).toBe('null')
  })

  it.each([
    ['answers 500', { status: 500, body: 'no' }],
    ['answers 429', { status: 429, body: 'no' }],
    ['answers with an HTML page', { body: '<p>no', contentType: 'text/html' }],
    ['cuts the connection', { destroySocket: true }],
    ['does not know the client any more', { status: 401, body: { error: 'invalid_client' } }],
  ])('keeps the login, and the old token while it lives, when the provider %s', async (_how, token) => {
    const browser = await signedIn()
    const first = await tokenAt(browser)
    fixture.provider.misbehave({ token })
    ahead = hour - 30
    expect(await tokenAt(browser)).toBe(first)
    ahead = hour
    const failed = await browser.get(`${fixture.app.url}/token`)
    expect(failed.status).toBe(503)
    fixture.provider.behave()
    ahead = hour + 10
    // What was cut off had been obeyed: the refresh token is spent, and nobody can help that.
    if (!('destroySocket' in token)) expect(await tokenAt(browser)).not.toBe(first)
  })

  it('does not ask a provider that failed again at once, however many ask', async () => {
    const browser = await signedIn()
    fixture.provider.misbehave({ token: { status: 503, body: 'no' } })
    ahead = hour
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 5 }, () => browser.get(`${fixture.app.url}/token`)))
    }
    expect(refreshes(fixture.provider)).toHaveLength(1)
  })

  it('ends the login when the refreshed ID token is about somebody else (OpenID Connect Core 1.0 section 12.2)', async () => {
    const browser = await signedIn()
    fixture.provider.misbehave({ idToken: { claims: { sub: 'mallory' } } })
    expect((await browser.get(`${fixture.app.url}/forced`)).status).toBe(401)
    expect((await browser.get(`${fixture.app.url}/whoami`)).text).toBe('null')
  })

  it('takes a role away that the refreshed ID token has no more', async () => {
    fixture.provider.misbehave({ idToken: { claims: { role: 'admin' } } })
    const browser = await signedIn()
    const roleOf = async () => {
      const { text } = await browser.get(`${fixture.app.url}/whoami`)
      return (JSON.parse(text) as { claims: Record<string, unknown> }).claims['role']
    }
    expect(await roleOf()).toBe('admin')
    fixture.provider.behave()
    await tokenAt(browser, '/forced')
    expect(await roleOf()).toBeUndefined()
  })

  it('with keepAccessTokenFresh() has a fresh req.user.accessToken, and goes to login when the login has ended', async () => {
    const browser = await signedIn()
    const first = await tokenAt(browser)
    ahead = hour
    const fresh = await tokenAt(browser, '/fresh')
    expect(fresh).not.toBe(first)
    ahead = 2 * hour
    fixture.provider.misbehave({ token: { status: 400, body: { error: 'invalid_grant' } } })
    const sent = await browser.get(`${fixture.app.url}/fresh`)
    expect([sent.status, sent.headers.get('location')]).toEqual([
      302,
      expect.stringContaining(`${fixture.provider.issuer}/authorize`),
    ])
  })
})

describe('a provider whose access tokens live shortly', () => {
  const fixture = useProviderAndApp({ options, routes })

  it.each([20, 50])(
    'is asked once for 30 requests at once, and not by each of them, when they live %d s',
    async (seconds) => {
      fixture.provider.misbehave({ token: { replace: { expires_in: seconds } } })
      const browser = new TestBrowser()
      await browser.follow(`${fixture.app.url}/orders`)
      ahead = seconds
      const pages = Array.from({ length: 30 }, () => browser.get(`${fixture.app.url}/token`))
      expect(new Set((await Promise.all(pages)).map(({ status }) => status))).toEqual(new Set([200]))
      expect(refreshes(fixture.provider)).toHaveLength(1)
    },
  )

  it('counts them as fresh until half their life', async () => {
    fixture.provider.misbehave({ token: { replace: { expires_in: 50 } } })
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    for (const [at, expected] of [
      [20, 0],
      [26, 1],
    ] as const) {
      ahead = at
      await browser.get(`${fixture.app.url}/token`)
      expect(refreshes(fixture.provider)).toHaveLength(expected)
    }
  })
})
