// Parameters of one login: listed ones from the login URL, and those of req.oidc.login(); ours always win (threat V25).
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { LoginOptions, Next, Options, RequestOidc } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

type Request = IncomingMessage & { oidc: RequestOidc }

function loginWith(options: LoginOptions) {
  return (request: Request, _response: unknown, next: Next) => {
    request.oidc.login(options).catch(next)
  }
}

const options: Partial<Options> = {
  authorizationParameters: ({ headers }) => ({
    ui_locales: 'de',
    display: headers['x-display'] === 'wap' ? 'wap' : 'page',
  }),
  forwardLoginParameters: ['login_hint', 'ui_locales', 'max_age', 'claims', 'constructor'],
}

function lastRequest(provider: TestProvider): Record<string, string> {
  return Object.fromEntries(provider.requestsTo('authorization').at(-1)?.query ?? [])
}

describe.each(setups)('the parameters of a login on $name', (setup) => {
  const forged = {
    state: 'mine',
    client_id: 'mine',
    redirect_uri: 'https://evil.example',
    scope: 'openid admin',
    request_uri: 'x',
  }
  const fixture = useProviderAndApp({
    setup,
    options,
    routes: [
      ['/join', loginWith({ returnTo: '/whoami', authorizationParameters: { prompt: 'create', ui_locales: 'fr' } })],
      ['/absent', loginWith({ authorizationParameters: { ui_locales: undefined, prompt: 'login' } as never })],
      ['/forged', loginWith({ authorizationParameters: forged })],
      ['/no-object', loginWith({ authorizationParameters: Promise.resolve({ max_age: '0' }) as never })],
    ],
  })

  it('go on from the login URL when they are listed, and win over the configured ones', async () => {
    const { app, provider } = fixture
    const url = `${app.url}/login?login_hint=ann%40example.com&ui_locales=fr%20en&acr_values=x&return_to=%2Fwhoami`
    const page = await new TestBrowser().follow(url)
    expect([page.status, page.url]).toEqual([200, `${app.url}/whoami`])
    expect(lastRequest(provider)).toMatchObject({ login_hint: 'ann@example.com', ui_locales: 'fr en', display: 'page' })
    expect(lastRequest(provider)).not.toHaveProperty('acr_values')
    expect(lastRequest(provider)).not.toHaveProperty('return_to')
  })

  it('never take the place of ours: what is reserved and unlisted in the query is ignored', async () => {
    const { app, provider } = fixture
    await new TestBrowser().follow(`${app.url}/login?${new URLSearchParams(forged)}`)
    expect(lastRequest(provider)).toMatchObject({
      client_id: 'test-client',
      redirect_uri: `${app.url}/callback`,
      scope: 'openid',
    })
    expect(lastRequest(provider)['state']).not.toBe('mine')
  })

  it.each([
    ['comes twice', 'login_hint=a&login_hint=a'],
    ['comes twice, once empty', 'login_hint=a&login_hint='],
    ['is longer than 1024 characters', `login_hint=${'a'.repeat(1025)}`],
    ['has a line break', 'login_hint=a%0d%0ab'],
    ['has a NUL', 'ui_locales=%00'],
    ['has a C1 control character', 'ui_locales=%C2%85'],
    ['is a max_age that could not be checked', 'max_age=soon'],
    ['is a claims that could not be checked', 'claims=%7B'],
  ])('are refused with 400 when one %s, and no login is started', async (_what, query) => {
    const { app, provider } = fixture
    const page = await new TestBrowser().get(`${app.url}/login?${query}`)
    expect([page.status, page.headers.getSetCookie()]).toEqual([400, []])
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_PARAMETER' }])
    expect(provider.requestsTo('authorization')).toEqual([])
  })

  it('may have 1024 characters; one that is empty, or unlisted and doubled, counts as absent', async () => {
    const { app, provider } = fixture
    const hint = 'a'.repeat(1024)
    const page = await new TestBrowser().follow(`${app.url}/login?login_hint=${hint}&ui_locales=&nonce=a&nonce=b`)
    expect(page.status).toBe(200)
    expect(lastRequest(provider)).toMatchObject({ login_hint: hint, ui_locales: 'de' })
  })

  it('are checked in the answer as configured ones are: a max_age of the link (OpenID Connect Core 3.1.3.7)', async () => {
    fixture.provider.misbehave({ idToken: { claims: { auth_time: 1 } } })
    expect((await new TestBrowser().follow(`${fixture.app.url}/login?max_age=60`)).status).toBe(502)
  })

  it('of req.oidc.login() win over the configured ones, which stay for the rest', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().follow(`${app.url}/join`, { headers: { 'x-display': 'wap' } })
    expect(page.url).toBe(`${app.url}/whoami`)
    expect(lastRequest(provider)).toMatchObject({ prompt: 'create', ui_locales: 'fr', display: 'wap' })
  })

  it('of req.oidc.login() that are undefined leave the configured ones', async () => {
    await new TestBrowser().get(`${fixture.app.url}/absent`, {}).then(({ redirects }) => {
      const { searchParams } = new URL(redirects[0] ?? '')
      expect([searchParams.get('ui_locales'), searchParams.get('prompt')]).toEqual(['de', 'login'])
    })
  })

  it('of req.oidc.login() never take the place of ours', async () => {
    const { app } = fixture
    const { redirects } = await new TestBrowser().get(`${app.url}/forged`)
    const sent = new URL(redirects[0] ?? '').searchParams
    expect([sent.get('client_id'), sent.get('redirect_uri'), sent.get('scope'), sent.has('request_uri')]).toEqual([
      'test-client',
      `${app.url}/callback`,
      'openid',
      false,
    ])
  })

  it('of req.oidc.login() that are no object are an error, not left out', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/no-object`)).status).toBe(500)
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_OPTIONS' }])
  })

  it.each(['/login', '/callback', '/logout', '/backchannel-logout', '/frontchannel-logout'])(
    'never bring the browser back to %s, a route of ours',
    async (route) => {
      const page = await new TestBrowser().follow(`${fixture.app.url}/login?return_to=${route}%3Fa%3Db`)
      expect(page.url).toBe(`${fixture.app.url}/`)
    },
  )
})

describe('authorizationParameters of an async function', () => {
  const fixture = useProviderAndApp({
    options: { authorizationParameters: (() => Promise.reject(new Error('the directory is down'))) as never },
  })

  it('are an error of the request, and its rejection does not end the process', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/login`)).status).toBe(500)
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_OPTIONS' }])
  })
})

describe('with several providers', () => {
  it('the links to choose by carry listed parameters on, and nothing gets lost without a word', async () => {
    const provider = await startTestProvider()
    const providers = { a: { issuer: provider.issuer }, b: { issuer: 'https://b.example' } }
    const app = await startApp({
      options: { ...options, providers } as never,
      routes: [
        ['/hinted', loginWith({ authorizationParameters: { login_hint: 'ann' } })],
        ['/lost', loginWith({ authorizationParameters: { acr_values: 'gold' } })],
        ['/named', loginWith({ provider: 'a', authorizationParameters: { acr_values: 'gold' } })],
      ],
    })
    const browser = new TestBrowser()
    for (const path of ['/login?login_hint=ann&other=1', '/hinted']) {
      const [, href = ''] = /href="([^"]*provider=a[^"]*)"/.exec((await browser.get(app.url + path)).text) ?? []
      expect(href).not.toContain('other')
      await browser.get(new URL(href.replaceAll('&amp;', '&'), app.url)).then(({ redirects: [to = ''] }) => {
        expect(new URL(to).searchParams.get('login_hint')).toBe('ann')
      })
    }
    expect((await browser.get(`${app.url}/lost`)).status).toBe(500)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_OPTIONS' }])
    const named = await browser.get(`${app.url}/named`)
    expect(new URL(named.redirects[0] ?? '').searchParams.get('acr_values')).toBe('gold')
    await app.close()
    await provider.close()
  })
})
