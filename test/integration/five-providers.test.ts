// The five vendors, each by its preset, against its simulator: sign-in, refresh, logout, and the vendor's own refusals.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Options, type ProviderOptions, type RequestOidc, requireAuth } from '../../src/index.ts'
import { asgardeo, cidaas, okta, pingOne, wso2IdentityServer } from '../../src/providers/presets/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import * as profiles from '../simulators/index.ts'

interface Vendor {
  readonly name: string
  readonly profile: profiles.Profile
  readonly preset: ProviderOptions
  /** What the vendor's guide leaves to the app. */
  readonly options?: Partial<Options>
  /** Where the vendor's logout page sends the browser: Asgardeo and WSO2 take registered callback URLs only. */
  readonly simulator?: profiles.SimulatorOptions
}

type Request = { oidc: RequestOidc }
type Next = (error: unknown) => void

function refreshed({ oidc }: Request, response: { end(body: string): void }, next: Next): void {
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
}

const environmentId = '9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7'

const vendors: readonly Vendor[] = [
  { name: 'Asgardeo', profile: profiles.asgardeo, preset: asgardeo({ organization: 'bifrost' }) },
  {
    name: 'WSO2 Identity Server',
    profile: profiles.wso2IdentityServer,
    preset: wso2IdentityServer({ host: 'localhost' }),
  },
  { name: 'cidaas', profile: profiles.cidaas, preset: cidaas({ domain: 'demo.cidaas.de' }) },
  { name: 'PingOne', profile: profiles.pingOne, preset: pingOne({ environmentId }) },
  { name: 'Okta, org', profile: profiles.okta, preset: okta({ domain: 'dev-1.okta.com' }) },
  {
    name: 'Okta, custom',
    profile: profiles.oktaCustom,
    preset: okta({ domain: 'dev-1.okta.com', authorizationServerId: 'default' }),
  },
]

describe.each(vendors)('$name', ({ profile, preset, options, simulator: given }) => {
  let simulator: profiles.Simulator
  let app: TestApp

  beforeAll(async () => {
    simulator = await profiles.startSimulator(profile, given)
    const [client] = simulator.clients
    if (client === undefined) throw new TypeError('no client')
    app = await startApp({
      options: {
        provider: { ...preset, issuer: simulator.issuer },
        clientId: client.clientId,
        clientSecret: client.clientSecret,
        scope: 'openid offline_access', // where the scope gives no refresh token, a switch at the client does
        ...options,
      },
      routes: [['/refreshed', requireAuth(), refreshed]],
    })
    const urls = [`${app.url}/callback`, `${app.url}/`]
    simulator.configureClient(client.clientId, { redirectUris: urls, postLogoutRedirectUris: urls })
  })
  afterEach(() => {
    simulator.behave()
    simulator.requests.length = 0
    app.errors.length = 0
  })
  afterAll(async () => {
    await app.close()
    await simulator.close()
  })

  it('signs in, with S256, state and nonce, and the redirect URI byte for byte at both requests', async () => {
    const page = await new TestBrowser().follow(`${app.url}/orders/7`)
    expect(app.errors).toEqual([])
    expect([page.status, page.url]).toEqual([200, `${app.url}/orders/7`])
    const sent = simulator.requestsTo('authorization')[0]?.query
    expect(sent?.get('code_challenge_method')).toBe('S256')
    expect([sent?.has('state'), sent?.has('nonce')]).toEqual([true, true])
    expect(simulator.requestsTo('token')[0]?.form?.get('redirect_uri')).toBe(sent?.get('redirect_uri'))
  })

  it('signs out here and at the vendor, and comes back', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const page = await browser.follow(`${app.url}/logout`, { form: {}, headers: { accept: '*/*' } })
    expect(page.url.replace(/\?.*/, '')).toBe(`${app.url}/`)
    expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
  })

  it.each([
    ['the same refresh token again', { refresh: 'same' }],
    ['a rotated one', { refresh: 'rotate' }],
    ['a rotated one, and revokes all on reuse', { refresh: 'rotate', isFamilyRevokedByReuse: true }],
  ] as const)('refreshes twice, and once for ten requests at once, where the vendor gives %s', async (_how, mode) => {
    const [client] = simulator.clients
    simulator.configureClient(client?.clientId ?? '', mode)
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const tokens = [await browser.get(`${app.url}/refreshed`), await browser.get(`${app.url}/refreshed`)]
    const together = await Promise.all(Array.from({ length: 10 }, () => browser.get(`${app.url}/refreshed`)))
    expect(app.errors).toEqual([])
    expect(new Set([...tokens, ...together].map(({ status }) => status))).toEqual(new Set([200]))
    const refreshes = simulator.requestsTo('token').filter(({ form }) => form?.get('grant_type') === 'refresh_token')
    expect(refreshes.length).toBeGreaterThanOrEqual(3)
    expect(refreshes.length).toBeLessThan(12)
    expect((await browser.get(`${app.url}/whoami`)).json()).not.toBeNull()
  })

  it('ends the login when the vendor has ended the refresh token', async () => {
    const [client] = simulator.clients
    simulator.configureClient(client?.clientId ?? '', { refresh: 'same' })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    simulator.switches.refreshTokenIdleSeconds = 0
    expect((await browser.get(`${app.url}/refreshed`)).status).toBe(401)
    expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
  })

  it('refuses when the vendor refuses the code, without a second try (X7)', async () => {
    const browser = new TestBrowser()
    const started = await browser.follow(`${app.url}/orders`, { until: ({ pathname }) => pathname === '/callback' })
    const callback = new URL(started.redirects.at(-1) ?? '')
    callback.searchParams.set('code', 'a-code-of-nobody')
    expect((await browser.get(callback)).status).toBe(502)
    expect(app.errors[0]).toMatchObject({ code: 'ERR_RP_TOKEN_REQUEST', error: 'invalid_grant' })
    expect(simulator.requestsTo('token')).toHaveLength(1)
  })

  it('refuses a state of nobody, and asks the vendor nothing (X7)', async () => {
    const page = await new TestBrowser().get(`${app.url}/callback?code=a&state=b`)
    expect(page.status).toBe(400)
    expect(simulator.requestsTo('token')).toHaveLength(0)
  })

  it('finds a rotated signing key at once', async () => {
    await new TestBrowser().follow(`${app.url}/orders`)
    simulator.rotateKeys({ keepOld: false })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
  })
})

describe('WSO2 Identity Server with the certificate that it ships with (W9)', () => {
  let simulator: profiles.Simulator

  beforeAll(async () => {
    simulator = await profiles.startSimulator(profiles.wso2IdentityServer, { tls: 'self-signed', host: 'localhost' })
  })
  afterAll(() => simulator.close())

  async function login(ca: string | undefined) {
    const preset = wso2IdentityServer({ host: 'localhost', ca })
    const app = await startApp({ options: { provider: { ...preset, issuer: simulator.issuer } } })
    const page = await new TestBrowser().get(`${app.url}/login`)
    await app.close()
    return { page, error: app.errors[0] }
  }

  it('is refused without `ca`, and the error says what to do', async () => {
    const { page, error } = await login(undefined)
    expect([page.status, page.headers.get('location')]).toEqual([503, null])
    expect(error).toMatchObject({
      code: 'ERR_RP_DISCOVERY',
      message: expect.stringMatching(/self-signed.*provider\.ca/),
    })
  })

  it('is trusted with `ca`, for this provider', async () => {
    const { page } = await login(simulator.certificate)
    expect(page.headers.get('location')).toContain(`${simulator.url}/oauth2/authorize?`)
  })
})

describe('WSO2 Identity Server as its guide uses it: plain OAuth 2.0, without a scope (W5, W18, X3)', () => {
  let simulator: profiles.Simulator
  let app: TestApp

  beforeAll(async () => {
    simulator = await profiles.startSimulator(profiles.wso2IdentityServer)
    const [client] = simulator.clients
    if (client === undefined) throw new TypeError('no client')
    const provider = { ...wso2IdentityServer({ host: 'localhost' }), issuer: simulator.issuer, scope: '' }
    const { clientId, clientSecret } = client
    app = await startApp({ options: { provider, clientId, clientSecret } })
    simulator.configureClient(clientId, { redirectUris: [`${app.url}/callback`] })
  })
  afterAll(async () => {
    await app.close()
    await simulator.close()
  })

  it('signs in with an access token and neither ID token nor scope, protected by state and PKCE', async () => {
    const browser = new TestBrowser()
    expect((await browser.follow(`${app.url}/orders`)).status).toBe(200)
    expect(simulator.requestsTo('authorization')[0]?.query.has('scope')).toBe(false)
    const user = (await browser.get(`${app.url}/whoami`)).json() as Record<string, unknown>
    expect(user).toMatchObject({ accessToken: expect.any(String), scope: '', claims: { iss: simulator.issuer } })
    expect(user).not.toHaveProperty('idToken')
    expect(user).not.toHaveProperty('sub')
  })

  it('still refuses a code of another login', async () => {
    const until = ({ pathname }: URL) => pathname === '/callback'
    const victim = new TestBrowser()
    const own = new URL((await victim.follow(`${app.url}/orders`, { until })).redirects.at(-1) ?? '')
    const stolen = new URL((await new TestBrowser().follow(`${app.url}/orders`, { until })).redirects.at(-1) ?? '')
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    expect((await victim.get(own)).status).toBe(502)
  })
})
