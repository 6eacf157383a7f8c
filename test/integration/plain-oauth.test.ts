// Plain OAuth 2.0 (no openid in the scope): no ID token, people known by userClaims, the rest of the login as ever.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Next, RequestOidc, UserClaims } from '../../src/index.ts'
import { faults, startTestProvider, TestBrowser, type TestProviderFaults } from '../../src/testing/index.ts'
import { type FixtureOptions, useProviderAndApp } from '../fixture.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

function userClaims({ sub, login }: Readonly<Record<string, unknown>>): UserClaims {
  return { sub: `user-${String(sub)}`, preferred_username: login }
}

/** One port for the issuer of a fixture, which has to be known before the provider is started. */
async function freePort(): Promise<number> {
  const provider = await startTestProvider()
  await provider.close()
  return Number(new URL(provider.issuer).port)
}

/** The provider publishes nothing: its metadata is given. */
async function plainFixture(
  changes: { readonly hasUserClaims?: boolean } & FixtureOptions = {},
): Promise<FixtureOptions> {
  const { hasUserClaims = true, options, provider, ...rest } = changes
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const metadata = {
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
  }
  const given = { issuer, metadata, ...(hasUserClaims ? { userClaims } : {}) }
  return {
    ...rest,
    options: { provider: given, scope: 'read:user', ...options },
    provider: { port, user: { sub: '7', login: 'octocat', email: 'MARKED@example.com' }, ...provider },
  }
}

async function userOf(browser: TestBrowser, app: TestApp): Promise<Record<string, unknown> | null> {
  return (await browser.get(`${app.url}/whoami`)).json() as Record<string, unknown> | null
}

describe.each(await Promise.all(setups.map(async (setup) => ({ ...setup, given: await plainFixture({ setup }) }))))(
  'a plain OAuth 2.0 login on $name',
  ({ given }) => {
    const fixture = useProviderAndApp(given)

    it('brings a signed-out person to the guarded page, with the claims that userClaims made', async () => {
      const { app, provider } = fixture
      const browser = new TestBrowser()
      const page = await browser.follow(`${app.url}/orders/7`)
      expect([page.url, page.text, app.errors]).toEqual([`${app.url}/orders/7`, 'orders of user-7', []])
      expect(await userOf(browser, app)).toEqual({
        sub: 'user-7',
        provider: 'default',
        claims: { iss: provider.issuer, sub: 'user-7', preferred_username: 'octocat' },
        accessToken: expect.any(String),
        tokenType: 'Bearer',
        scope: 'read:user',
        expiresAt: expect.any(Number),
      })
    })

    it('asks neither for metadata nor for keys', async () => {
      const { app, provider } = fixture
      await new TestBrowser().follow(`${app.url}/orders`)
      expect(provider.requests.map(({ endpoint }) => endpoint)).toEqual(['authorization', 'token', 'userinfo'])
    })

    it('is bound by state and PKCE S256, and asks for the scope as it is', async () => {
      const { app, provider } = fixture
      await new TestBrowser().follow(`${app.url}/orders`)
      const query = provider.requestsTo('authorization')[0]?.query
      expect(query?.get('scope')).toBe('read:user')
      expect(query?.get('state')).toMatch(/^[\w-]{43,128}$/)
      expect(query?.get('code_challenge_method')).toBe('S256')
      const verifier = String(provider.requestsTo('token')[0]?.body?.get('code_verifier'))
      expect(createHash('sha256').update(verifier).digest('base64url')).toBe(query?.get('code_challenge'))
    })

    it('refuses a state of nobody, and asks the provider nothing', async () => {
      const { app, provider } = fixture
      expect((await new TestBrowser().get(`${app.url}/callback?code=a&state=b`)).status).toBe(400)
      expect(provider.requests).toEqual([])
    })

    it.each<[what: string, fault: TestProviderFaults, code?: string]>([
      ['answers 500', { userinfo: { status: 500 } }, 'ERR_RP_PROVIDER_UNAVAILABLE'],
      ['answers 401', { userinfo: { status: 401 } }],
      ['answers with a page', { userinfo: { body: '<!doctype html>MARKED', contentType: 'text/html' } }],
      ['answers with a redirect', { userinfo: { redirectTo: 'https://evil.example' } }],
      ['breaks off', { userinfo: { destroySocket: true } }, 'ERR_RP_PROVIDER_UNAVAILABLE'],
      ['answers with more than 1 MiB', { userinfo: { bodyBytes: 2 * 1024 * 1024 } }],
    ])('signs nobody in when the endpoint about people %s', async (_what, fault, code = 'ERR_RP_USERINFO') => {
      const { app, provider } = fixture
      provider.misbehave(fault)
      const browser = new TestBrowser()
      const page = await browser.follow(`${app.url}/orders`)
      expect(app.errors).toEqual([expect.objectContaining({ code, status: page.status })])
      expect(page.status).toBe(code === 'ERR_RP_USERINFO' ? 502 : 503)
      expect(page.text).not.toContain('MARKED')
      expect(await userOf(browser, app)).toBeNull()
    })

    it('signs out here, and comes back at once: there is no endpoint to sign out at', async () => {
      const { app } = fixture
      const browser = new TestBrowser()
      await browser.follow(`${app.url}/orders`)
      const page = await browser.post(`${app.url}/logout`)
      expect([page.status, page.headers.get('location')]).toEqual([303, `${app.url}/`])
      expect(await userOf(browser, app)).toBeNull()
    })
  },
)

describe('a plain OAuth 2.0 login without userClaims', async () => {
  type Handled = IncomingMessage & { oidc: RequestOidc }
  const profile = (request: Handled, _: unknown, next: Next) => void request.oidc.userinfo().then(() => next(), next)
  const fixture = useProviderAndApp(await plainFixture({ hasUserClaims: false, routes: [['/profile', profile]] }))

  it('signs in somebody of whom nothing is known but the provider', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    expect((await browser.follow(`${app.url}/orders`)).text).toBe('orders of undefined')
    const user = await userOf(browser, app)
    expect(user).toMatchObject({ claims: { iss: provider.issuer }, accessToken: expect.any(String) })
    expect([user?.['sub'], user?.['idToken']]).toEqual([undefined, undefined])
    expect(provider.requestsTo('userinfo')).toEqual([])
  })

  it('has no userinfo(): there is no sub to hold it against', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    expect((await browser.get(`${app.url}/profile`)).status).toBe(502)
    expect(app.errors[0]).toMatchObject({ code: 'ERR_RP_USERINFO' })
    expect(provider.requestsTo('userinfo')).toEqual([])
  })
})

describe('a plain OAuth 2.0 provider that gives an ID token all the same', () => {
  const fixture = useProviderAndApp({ options: { scope: 'profile' } })

  /** Tokens beside which there is an ID token of this login, or of another one. */
  async function login(changes: Record<string, unknown>): Promise<{ browser: TestBrowser; status: number }> {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const started = await browser.follow(`${app.url}/login`, { until: ({ pathname }) => pathname === '/callback' })
    const nonce = provider.requestsTo('authorization')[0]?.query.get('nonce')
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: provider.issuer,
      sub: 'alice',
      aud: 'test-client',
      exp: now + 300,
      iat: now,
      nonce,
      ...changes,
    }
    provider.misbehave({ token: { replace: { id_token: provider.signIdToken(claims) } } })
    const { status } = await browser.follow(started.redirects.at(-1) ?? '')
    return { browser, status }
  }

  it('has it validated, and its claims are who signed in', async () => {
    const { browser } = await login({})
    expect(await userOf(browser, fixture.app)).toMatchObject({ sub: 'alice', idToken: expect.any(String) })
  })

  it.each([
    ['of another login', { nonce: 'another' }],
    ['without a nonce', { nonce: undefined }],
    ['for another client', { aud: 'another' }],
    ['of another provider', { iss: 'https://evil.example' }],
  ])('signs nobody in by one %s', async (_what, changes) => {
    const { browser, status } = await login(changes)
    expect([status, fixture.app.errors]).toEqual([502, [expect.objectContaining({ code: 'ERR_RP_ID_TOKEN' })]])
    expect(await userOf(browser, fixture.app)).toBeNull()
  })
})

describe('a plain OAuth 2.0 login at a provider that publishes metadata', () => {
  it('needs no jwks_uri there, where one by OpenID Connect does', async () => {
    const provider = await startTestProvider()
    provider.misbehave(faults.metadataWithoutJwksUri)
    const statuses: number[] = []
    for (const scope of ['profile', 'openid profile']) {
      const app = await startApp({ options: { provider: { issuer: provider.issuer }, scope } })
      statuses.push((await new TestBrowser().follow(`${app.url}/orders`)).status)
      await app.close()
    }
    expect(statuses).toEqual([200, 503])
    await provider.close()
  })

  it('sends no scope at all when it is empty', async () => {
    const provider = await startTestProvider()
    const app = await startApp({ options: { provider: { issuer: provider.issuer }, scope: '' } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    expect(provider.requestsTo('authorization')[0]?.query.has('scope')).toBe(false)
    await app.close()
    await provider.close()
  })
})

describe('a plain OAuth 2.0 provider with an endSessionFallback', async () => {
  const endSessionFallback = { url: 'https://id.example/v2/logout', redirectParameter: 'returnTo' }
  const given = await plainFixture()
  const provider = { issuer: 'http://127.0.0.1', ...given.options?.provider, endSessionFallback }
  const fixture = useProviderAndApp({ ...given, options: { ...given.options, provider } })

  it('is where a person signs out', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const location = new URL((await browser.post(`${app.url}/logout`)).headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe(endSessionFallback.url)
    expect(Object.fromEntries(location.searchParams)).toEqual({ client_id: 'test-client', returnTo: `${app.url}/` })
  })
})
