// Options that contradict the provider's metadata: told before the login, not by the provider's error page.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Options, type RequestOidc, requireAccessToken, requireAuth } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { keepLogLines } from '../log-lines.ts'
import { startApp, type TestApp } from '../setups.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(
  metadata: Record<string, unknown>,
  options: Partial<Options> = {},
): Promise<{ provider: TestProvider; app: TestApp }> {
  const provider = await startTestProvider({ metadata })
  closers.push(() => provider.close())
  const app = await startApp({
    options: { provider: { issuer: provider.issuer }, ...options },
    routes: [['/refreshed', requireAuth(), refreshed]],
  })
  closers.push(() => app.close())
  return { provider, app }
}

type Request = { oidc: RequestOidc }

function refreshed({ oidc }: Request, response: { end(body: string): void }, next: (error: unknown) => void) {
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
}

describe('a login whose options contradict the metadata', () => {
  it.each<[what: string, metadata: Record<string, unknown>, options: Partial<Options>]>([
    ['no S256', { code_challenge_methods_supported: ['plain'] }, {}],
    ['another response mode', { response_modes_supported: ['query'] }, { responseMode: 'form_post' }],
    ['pushed requests', { require_pushed_authorization_requests: true }, {}],
    ['another algorithm', { id_token_signing_alg_values_supported: ['ES256'] }, {}],
    [
      'another client authentication',
      { token_endpoint_auth_methods_supported: ['client_secret_post'] },
      { clientSecret: 's'.repeat(16), clientAuthentication: 'client_secret_basic' },
    ],
  ])('is answered by 500 ERR_RP_METADATA and sends no one to the provider: %s', async (_what, metadata, options) => {
    const { app, provider } = await start(metadata, options)
    for (const path of ['/login', '/orders']) {
      const page = await new TestBrowser().get(app.url + path)
      expect([page.status, page.headers.get('location')]).toEqual([500, null])
      expect(page.text).toContain('Sign-in is not set up correctly')
    }
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_METADATA' }, { code: 'ERR_RP_METADATA' }])
    expect(app.log.codes()).toEqual(['ERR_RP_METADATA', 'ERR_RP_METADATA'])
    expect(provider.requestsTo('authorization')).toEqual([])
    expect((await new TestBrowser().get(`${app.url}/`)).text).toBe('public')
  })

  it('works as soon as the provider is set right, without a restart', async () => {
    const { app, provider } = await start({})
    provider.misbehave({ discovery: { replace: { require_pushed_authorization_requests: true } } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(500)
    provider.behave()
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
  })

  it('is checked where the metadata is given, too', async () => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    const metadata = {
      authorization_endpoint: `${provider.issuer}/authorize`,
      token_endpoint: `${provider.issuer}/token`,
      jwks_uri: `${provider.issuer}/jwks`,
      code_challenge_methods_supported: ['plain'],
    }
    const app = await startApp({ options: { provider: { issuer: provider.issuer, metadata } } })
    closers.push(() => app.close())
    expect((await new TestBrowser().get(`${app.url}/login`)).status).toBe(500)
    expect(app.errors).toMatchObject([
      { code: 'ERR_RP_METADATA', message: expect.stringContaining('`provider.metadata`') },
    ])
  })
})

describe('metadata that changes while the app runs', () => {
  it('stops no login and no refresh, and is warned of once', async () => {
    let aheadSeconds = 0
    const { app, provider } = await start(
      {},
      { scope: 'openid offline_access', clock: () => Date.now() / 1000 + aheadSeconds, clockToleranceSeconds: 36_000 },
    )
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.misbehave({ discovery: { replace: { require_pushed_authorization_requests: true } } })
    provider.requests.length = 0
    aheadSeconds = 3601
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    await expect.poll(() => provider.requestsTo('discovery').length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    expect((await browser.get(`${app.url}/refreshed`)).status).toBe(200)
    expect(app.errors).toEqual([])
    expect(app.log.codes()).toEqual(['WARN_RP_METADATA'])
  })
})

describe('a refresh and a sign-out under options that contradict the metadata', () => {
  it('go on: only a new login is refused', async () => {
    const { app, provider } = await start({}, { scope: 'openid offline_access' })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    // The next process of the same app reads metadata that has changed.
    provider.misbehave({ discovery: { replace: { require_pushed_authorization_requests: true } } })
    const second = await startApp({
      options: { provider: { issuer: provider.issuer }, baseUrl: app.url, scope: 'openid offline_access' },
      session: { store: app.sessions },
      routes: [['/refreshed', requireAuth(), refreshed]],
    })
    closers.push(() => second.close())
    expect((await browser.get(`${second.url}/login`)).status).toBe(500)
    expect((await browser.get(`${second.url}/refreshed`)).status).toBe(200)
  })
})

describe('requireAccessToken()', () => {
  it('does not look at what concerns logins', async () => {
    const provider = await startTestProvider({
      metadata: {
        code_challenge_methods_supported: ['plain'],
        response_modes_supported: ['jwt'],
        response_types_supported: ['none'],
        require_pushed_authorization_requests: true,
        token_endpoint_auth_methods_supported: ['tls_client_auth'],
        id_token_signing_alg_values_supported: ['ES256'],
        scopes_supported: ['other'],
      },
    })
    closers.push(() => provider.close())
    const { logger, lines } = keepLogLines()
    const guard = requireAccessToken({ provider: { issuer: provider.issuer }, audience: 'api', log: logger })
    const server = createServer((request, response) => {
      guard(request, response, (error) => response.end(error === undefined ? 'let in' : 'failed'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: provider.issuer, aud: 'api', sub: 'alice', exp: now + 60 }
    const authorization = `Bearer ${provider.signIdToken(claims, { typ: 'at+jwt' })}`
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      headers: { authorization },
    })
    expect(await answer.text()).toBe('let in')
    expect(lines).toEqual([])
  })
})
