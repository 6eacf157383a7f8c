// The whole login over HTTP, as a browser does it, on every framework.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Next, RequestOidc } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

describe.each(setups)('login on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  it('brings a signed-out person who asks for a guarded page over the provider back to that page', async () => {
    const { app } = fixture
    const page = await new TestBrowser().follow(`${app.url}/orders/7?sort=date`)
    expect(app.errors).toEqual([])
    expect(page).toMatchObject({ status: 200, text: 'orders of test-user', url: `${app.url}/orders/7?sort=date` })
  })

  it('starts at /login and comes back to return_to', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login?return_to=%2Fwhoami%3Fa%3D1`)
    expect(page.url).toBe(`${fixture.app.url}/whoami?a=1`)
  })

  it('comes back to the start page without return_to', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login`)
    expect(page).toMatchObject({ url: `${fixture.app.url}/`, text: 'public' })
  })

  it('sends code, S256, state, nonce and the exact redirect_uri (invariants 1 and 3; RFC 7636 section 4.3)', async () => {
    const { app, provider } = fixture
    await new TestBrowser().follow(`${app.url}/login`)
    const [authorization] = provider.requestsTo('authorization')
    const sent = Object.fromEntries(authorization?.query ?? [])
    expect(sent).toMatchObject({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: `${app.url}/callback`,
      scope: 'openid',
      code_challenge_method: 'S256',
    })
    expect(sent['state']).toMatch(/^[\w-]{43,128}$/)
    expect(sent['nonce']).toMatch(/^[\w-]{22}$/)

    const body = provider.requestsTo('token')[0]?.body ?? new URLSearchParams()
    const challenge = createHash('sha256')
      .update(String(body.get('code_verifier')))
      .digest('base64url')
    expect(challenge).toBe(sent['code_challenge'])
    expect(body.get('redirect_uri')).toBe(sent['redirect_uri'])
  })

  it('uses a fresh state, nonce and verifier for every login', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/login`)
    await browser.follow(`${app.url}/login`)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const values = provider.requestsTo('authorization').map(({ query }) => query.get(name))
      expect(new Set(values).size, name).toBe(2)
    }
  })

  it('shows the validated tokens at req.user and keeps the refresh token on the server', async () => {
    const { app, provider } = fixture
    provider.user = { sub: 'alice', name: 'Alice' }
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/login`)
    const user = (await browser.get(`${app.url}/whoami`)).json() as Record<string, unknown>
    expect(user).toMatchObject({ sub: 'alice', tokenType: 'Bearer', scope: 'openid', claims: { iss: provider.issuer } })
    expect(Object.keys(user).sort()).toEqual([
      'accessToken',
      'claims',
      'expiresAt',
      'idToken',
      'provider',
      'scope',
      'sub',
      'tokenType',
    ])
    provider.user = { sub: 'test-user' }
  })

  it('finishes two logins that were started in two tabs of one session, in either order', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.get(`${app.url}/whoami`)
    const toCallback = { until: (url: URL) => url.pathname === '/callback' }
    const first = await browser.follow(`${app.url}/orders/1`, toCallback)
    const second = await browser.follow(`${app.url}/orders/2`, toCallback)
    const callbacks = [second, first].map((page) => page.redirects.at(-1) ?? '')
    const pages = [await browser.follow(callbacks[0] ?? ''), await browser.follow(callbacks[1] ?? '')]
    expect(pages.map((page) => page.url)).toEqual([`${app.url}/orders/2`, `${app.url}/orders/1`])
  })

  it('leaves a visitor without a session: no cookie for an anonymous page view', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/`)
    expect(page.headers.getSetCookie()).toEqual([])
  })

  it('answers with Cache-Control: no-store on every redirect (invariant 9)', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await browser.follow(`${app.url}/orders`, { until: (url) => url.pathname === '/callback' })
    for (const url of [`${app.url}/login`, `${app.url}/orders`, callback.redirects.at(-1) ?? '']) {
      const page = await browser.get(url)
      expect([page.status, page.headers.get('cache-control')]).toEqual([302, 'no-store'])
    }
  })

  it('tells a public page who is signed in and guards nothing by itself', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
    await browser.follow(`${app.url}/login`)
    expect((await browser.get(`${app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
  })
})

describe('userinfo: true', () => {
  const fixture = useProviderAndApp({ options: { userinfo: true, scope: 'openid profile' } })

  it('merges UserInfo claims under those of the ID token', async () => {
    const { app, provider } = fixture
    provider.misbehave({ userinfo: { replace: { nickname: 'Al', iss: 'https://evil.example' } } })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/login`)
    const user = (await browser.get(`${app.url}/whoami`)).json() as { claims: Record<string, unknown> }
    expect(user.claims).toMatchObject({ nickname: 'Al', iss: provider.issuer })
  })

  it('takes claims about the authentication from the signed ID token alone', async () => {
    const { app, provider } = fixture
    provider.misbehave({
      userinfo: { replace: { acr: 'mfa', amr: ['hwk'], sid: 's-of-another', nonce: 'x', azp: 'y' } },
    })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/login`)
    const { claims } = (await browser.get(`${app.url}/whoami`)).json() as { claims: Record<string, unknown> }
    expect(claims).not.toMatchObject({ sid: 's-of-another' })
    for (const name of ['acr', 'amr', 'nonce', 'azp']) expect(claims).not.toHaveProperty(name)
  })
})

describe('userinfo: true at a provider without a UserInfo endpoint', () => {
  const fixture = useProviderAndApp({
    options: { userinfo: true },
    provider: { metadata: { userinfo_endpoint: undefined } },
  })

  it('signs in with the claims of the ID token', async () => {
    expect((await new TestBrowser().follow(`${fixture.app.url}/orders`)).status).toBe(200)
  })
})

describe("req.oidc.login() in an app's own form handler, under form-action 'self'", () => {
  type Handled = IncomingMessage & { oidc: RequestOidc }
  const routes = [
    [
      '/join',
      (request: Handled, _: unknown, next: Next) => void request.oidc.login({ returnTo: '/whoami' }).catch(next),
    ],
    ['/post', (request: Handled, _: unknown, next: Next) => void request.oidc.login().catch(next)],
  ] as const
  const policy = (_: unknown, response: ServerResponse, next: Next) => {
    response.setHeader('Content-Security-Policy', "form-action 'self'")
    next()
  }
  const fixture = useProviderAndApp({ routes, before: [policy] })

  it('moves on by the Refresh header, which form-action does not stop', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const page = await browser.post(`${app.url}/join`)
    const url = /^0; url=(.+)$/.exec(page.headers.get('refresh') ?? '')?.[1] ?? ''
    expect([page.status, url.startsWith(`${provider.issuer}/authorize?`)]).toEqual([200, true])
    expect((await browser.follow(url)).url).toBe(`${app.url}/whoami`)
  })

  it('comes back to the start page by default: the URL of a post is no page', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const page = await browser.follow(`${app.url}/post`, { form: {}, headers: { accept: '*/*' } })
    expect(page.url).toBe(`${app.url}/`)
  })
})

describe('max_age', () => {
  const fixture = useProviderAndApp({ options: { authorizationParameters: { max_age: '300', prompt: 'login' } } })

  it('asks for it and accepts an authentication that is recent enough (OpenID Connect Core 3.1.2.1)', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/orders`)
    expect(page.status).toBe(200)
    expect(fixture.provider.requestsTo('authorization')[0]?.query.get('max_age')).toBe('300')
  })
})

describe('a client registered without a path', () => {
  const fixture = useProviderAndApp({ options: { routes: { callback: '' } } })

  it('sends the bare origin, without a slash, at both requests and still serves its start page (invariant 3)', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect(page.url).toBe(`${app.url}/orders`)
    expect(provider.requestsTo('authorization')[0]?.query.get('redirect_uri')).toBe(app.url)
    expect(provider.requestsTo('token')[0]?.body?.get('redirect_uri')).toBe(app.url)
    expect((await new TestBrowser().get(`${app.url}/`)).text).toBe('public')
  })
})

describe('a confidential client', () => {
  const client = { clientId: 'test-confidential-client', clientSecret: 'test-secret-_.~!' }

  describe.each(['client_secret_basic', 'client_secret_post'] as const)('by %s', (clientAuthentication) => {
    const fixture = useProviderAndApp({ options: { ...client, clientAuthentication } })

    it('signs in, with the credentials in one place only', async () => {
      const { app, provider } = fixture
      expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
      const token = provider.requestsTo('token')[0]
      const inHeader = token?.headers.authorization !== undefined
      expect([inHeader, token?.body?.has('client_secret')]).toEqual(
        clientAuthentication === 'client_secret_basic' ? [true, false] : [false, true],
      )
    })
  })

  describe('by client_secret_basic', () => {
    const fixture = useProviderAndApp({ options: client })

    it('leaves unreserved characters of the secret alone (invariant 4; RFC 6749 section 2.3.1)', async () => {
      await new TestBrowser().follow(`${fixture.app.url}/orders`)
      const header = fixture.provider.requestsTo('token')[0]?.headers.authorization ?? ''
      const credentials = Buffer.from(header.replace('Basic ', ''), 'base64').toString()
      expect(credentials).toBe('test-confidential-client:test-secret-_.~%21')
    })
  })
})

describe('a login route at the root', () => {
  const fixture = useProviderAndApp({ options: { routes: { login: '/' } } })

  it('is served, although the callback may share that path elsewhere', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/`)
    expect(page.headers.get('location')).toContain(`${fixture.provider.issuer}/authorize?`)
  })
})
