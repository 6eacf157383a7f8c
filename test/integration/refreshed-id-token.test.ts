// What is wrong with a refreshed ID token, and what becomes of the login (OpenID Connect Core 1.0 section 12.2).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Options, type RequestOidc, requireAuth } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider, type TestProviderFaults } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import { startTlsProvider } from '../tls-provider.ts'

const hour = 3600
const warning = 'WARN_RP_REFRESHED_ID_TOKEN'

type Request = { oidc: RequestOidc }
type Response = { end(body: string): void }

function forced({ oidc }: Request, response: Response, next: (error: unknown) => void): void {
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
}

interface User {
  readonly accessToken: string
  readonly idToken: string
  readonly claims: Readonly<Record<string, unknown>>
}

interface Fixture {
  readonly provider: TestProvider
  /** Starts an app at the provider. */
  app(changes?: Partial<Options>, providerChanges?: Partial<NonNullable<Options['provider']>>): Promise<TestApp>
}

function useProvider(start: () => Promise<TestProvider & { readonly options?: Options['provider'] }>): Fixture {
  const started: { provider?: Awaited<ReturnType<typeof start>> } = {}
  const apps: TestApp[] = []
  const provider = () => {
    if (started.provider === undefined) throw new TypeError('not before the test has begun')
    return started.provider
  }
  beforeAll(async () => {
    started.provider = await start()
  })
  afterEach(async () => {
    provider().behave()
    provider().requests.length = 0
    for (const app of apps.splice(0)) await app.close()
  })
  afterAll(() => started.provider?.close())
  return {
    get provider() {
      return provider()
    },
    async app(changes = {}, providerChanges = {}) {
      const { issuer, options = { issuer } } = provider()
      const app = await startApp({
        options: { provider: { ...options, ...providerChanges }, scope: 'openid offline_access', ...changes },
        routes: [
          ['/forced', requireAuth(), forced],
          ['/new', requireAuth({ maxAgeSeconds: 60 })],
        ],
      })
      apps.push(app)
      return app
    },
  }
}

async function signedIn(app: TestApp): Promise<TestBrowser> {
  const browser = new TestBrowser()
  await browser.follow(`${app.url}/orders`)
  return browser
}

async function userOf(app: TestApp, browser: TestBrowser): Promise<User | null> {
  return (await browser.get(`${app.url}/whoami`)).json() as User | null
}

const sentTokens = ({ provider }: Fixture) =>
  provider
    .requestsTo('token')
    .map(({ body }) => body?.get('refresh_token') ?? '')
    .filter((token) => token !== '')

/** Claims about the authentication that other clients of the same session at the provider can change there. */
const otherAuthentication = { auth_time: 2_000_000_000, acr: 'urn:stronger', amr: ['hwk'] }

const idToken = (fault: NonNullable<TestProviderFaults['idToken']>): TestProviderFaults => ({ idToken: fault })
const expired = (claims: Record<string, unknown>) => {
  const now = Math.floor(Date.now() / 1000)
  return { ...claims, iat: now - 2 * hour, exp: now - hour }
}

/** A signature that fits no published key, as of Hydra 2.3 after a rotation. */
const unverifiable: [what: string, fault: TestProviderFaults][] = [
  ['was signed by another key under the known kid', idToken({ signature: 'other-key' })],
  ['has a kid that is not published', idToken({ kid: 'of-nobody' })],
  ['has a damaged signature', idToken({ signature: 'flipped' })],
]
const tolerated: [what: string, fault: TestProviderFaults][] = [
  ...unverifiable,
  ['has expired', idToken({ claims: expired })],
  ['has expired and was signed by another key', idToken({ claims: expired, signature: 'other-key' })],
  ['has an at_hash that nobody signed', idToken({ claims: { at_hash: 'x'.repeat(22) }, signature: 'other-key' })],
]

/** What makes it a token of somebody or something else. */
const foreignClaims: [what: string, claims: Record<string, unknown>][] = [
  ['sub is another', { sub: 'mallory' }],
  ['iss is another', { iss: 'https://evil.example' }],
  ['aud is another', { aud: 'another-client' }],
  ['aud is several and azp another', { aud: ['test-client', 'another'], azp: 'another' }],
  ['nonce is another', { nonce: 'of-another-login' }],
  ['nonce is null', { nonce: null }],
  ['events are those of a Logout Token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ['iat is in the future', { iat: Math.floor(Date.now() / 1000) + hour }],
  ['session_expiry has passed', { session_expiry: 1 }],
  ['sub is missing', { sub: undefined }],
  ['exp is missing', { exp: undefined }],
  ['exp is no number', { exp: 'soon' }],
]
const refused: [what: string, fault: TestProviderFaults][] = [
  ...foreignClaims.map(([what, claims]): [string, TestProviderFaults] => [`whose ${what}`, idToken({ claims })]),
  ...foreignClaims.map(([what, claims]): [string, TestProviderFaults] => [
    `whose ${what} and whose signature cannot be verified`,
    idToken({ claims, signature: 'other-key' }),
  ]),
  ...foreignClaims
    .filter(([, claims]) => !('exp' in claims) && !('iat' in claims))
    .map(([what, claims]): [string, TestProviderFaults] => [
      `whose ${what} and that has expired`,
      idToken({ claims: (right) => ({ ...expired(right), ...claims }) }),
    ]),
  ['whose alg is none', idToken({ signature: 'none' })],
  ['whose alg is HS256, keyed by the public key', idToken({ signature: 'hmac-public-key' })],
  ['whose alg is another than the pinned one, rightly signed', idToken({ alg: 'ES256' })],
  ['whose at_hash is of another access token', idToken({ claims: { at_hash: 'x'.repeat(22) } })],
  [
    'that has expired and whose at_hash is of another access token',
    idToken({ claims: (right) => ({ ...expired(right), at_hash: 'x'.repeat(22) }) }),
  ],
  ['with a critical header', idToken({ header: { crit: ['b64'], b64: true } })],
  ['that is no JWT', { token: { replace: { id_token: 'x' } } }],
  ['that is no text', { token: { replace: { id_token: 5 } } }],
]

describe.each([
  ['over TLS', startTlsProvider],
  ['without TLS', startTestProvider],
])('a refreshed ID token of another authentication, %s', (_how, start) => {
  const fixture = useProvider(start)

  it.each<[what: string, claims: object]>([
    ['later', { auth_time: Math.floor(Date.now() / 1000) + 5 }],
    ['earlier', { auth_time: 7 }],
    ['missing', { auth_time: undefined }],
    ['no number', { auth_time: 'now' }],
    ['null', { auth_time: null }],
  ])('goes on with the auth_time of the login when the other is %s', async (_what, claims) => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    const before = await userOf(app, browser)
    fixture.provider.misbehave(idToken({ claims: { ...claims, role: 'new' } }))
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    const after = await userOf(app, browser)
    expect(after?.claims).toMatchObject({ auth_time: before?.claims['auth_time'], role: 'new' })
    expect(after?.idToken).not.toBe(before?.idToken)
    expect(app.log.codes()).toEqual([])
  })

  it('keeps acr and amr of the login too: a refresh makes none stronger', async () => {
    const own = { auth_time: 1_700_000_000, acr: 'urn:weak', amr: ['pwd'] }
    fixture.provider.misbehave(idToken({ claims: own }))
    const app = await fixture.app()
    const browser = await signedIn(app)
    fixture.provider.misbehave(idToken({ claims: otherAuthentication }))
    for (let times = 0; times < 2; times += 1) expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect((await userOf(app, browser))?.claims).toMatchObject(own)
  })

  it('gives a login none that its own ID token had not', async () => {
    fixture.provider.misbehave(idToken({ claims: { auth_time: undefined } }))
    const app = await fixture.app()
    const browser = await signedIn(app)
    fixture.provider.misbehave(idToken({ claims: { ...otherAuthentication, auth_time: 1_700_000_000 } }))
    for (let times = 0; times < 2; times += 1) expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    const claims = (await userOf(app, browser))?.claims ?? {}
    expect(Object.keys(claims).filter((name) => name in otherAuthentication)).toEqual([])
  })

  it('does not answer a step-up: max_age counts from the login itself (threat V39)', async () => {
    let ahead = 0
    const app = await fixture.app({ clock: () => Date.now() / 1000 + ahead, clockToleranceSeconds: 1 })
    const browser = await signedIn(app)
    ahead = 600
    const now = Math.floor(Date.now() / 1000) + ahead
    fixture.provider.misbehave(idToken({ claims: { auth_time: now, iat: now, exp: now + 300 } }))
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    const sent = await browser.get(`${app.url}/new`)
    expect([sent.status, sent.headers.get('location')]).toEqual([302, expect.stringContaining('max_age=60')])
  })
})

describe('a refreshed ID token that came over TLS', () => {
  const fixture = useProvider(startTlsProvider)

  it.each(tolerated)(
    'and %s: the tokens and the login are kept, with the claims of the first',
    async (_what, fault) => {
      const app = await fixture.app()
      const browser = await signedIn(app)
      const before = await userOf(app, browser)
      fixture.provider.misbehave(idToken({ claims: { role: 'admin' } }))
      fixture.provider.misbehave(fault)
      const page = await browser.get(`${app.url}/forced`)
      expect([page.status, app.errors]).toEqual([200, []])
      expect(await userOf(app, browser)).toEqual({ ...before, accessToken: page.text, expiresAt: expect.any(Number) })
      expect(page.text).not.toBe(before?.accessToken)
      expect(app.log.codes()).toEqual([warning])
      await browser.get(`${app.url}/forced`)
      expect(new Set(sentTokens(fixture)).size).toBe(2)
      expect(app.log.codes()).toEqual([warning]) // once
    },
  )

  it('and whose keys cannot be had: the tokens and the login are kept', async () => {
    const app = await fixture.app({ httpTimeoutSeconds: 5 })
    const browser = await signedIn(app)
    fixture.provider.rotateKeys()
    fixture.provider.misbehave({ jwks: { status: 503, body: 'busy' } })
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect(app.log.codes()).toEqual([warning])
    fixture.provider.behave()
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect(new Set(sentTokens(fixture)).size).toBe(2)
  })

  it('and has two faults in a row: each is logged once, with the provider, and with nothing of the token', async () => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    for (const fault of [idToken({ signature: 'flipped' }), idToken({ claims: expired })]) {
      fixture.provider.behave()
      fixture.provider.misbehave(fault)
      for (let times = 0; times < 2; times += 1) await browser.get(`${app.url}/forced`)
    }
    expect(app.log.codes()).toEqual([warning, warning])
    expect(app.log.lines.map(({ provider }) => provider)).toEqual([fixture.provider.issuer, fixture.provider.issuer])
  })

  it.each(tolerated)('and %s ends the login with strictRefreshedIdTokens', async (_what, fault) => {
    const app = await fixture.app({}, { strictRefreshedIdTokens: true })
    const browser = await signedIn(app)
    fixture.provider.misbehave(fault)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(await userOf(app, browser)).toBeNull()
  })

  it.each(refused)('ends the login: one %s', async (_what, fault) => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    fixture.provider.misbehave(fault)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_REQUIRED', cause: { code: 'ERR_RP_ID_TOKEN' } }])
    expect(await userOf(app, browser)).toBeNull()
  })

  it.each([null, '', undefined])('is no ID token when it is %j: all claims stay', async (value) => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    const before = await userOf(app, browser)
    fixture.provider.misbehave({ token: { replace: { id_token: value } } })
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect((await userOf(app, browser))?.claims).toEqual(before?.claims)
  })
})

describe('a refreshed ID token that came without TLS', () => {
  const fixture = useProvider(startTestProvider)

  it.each([...tolerated, ...refused])('ends the login: one %s', async (_what, fault) => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    fixture.provider.misbehave(fault)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_REQUIRED', cause: { code: 'ERR_RP_ID_TOKEN' } }])
    expect(await userOf(app, browser)).toBeNull()
  })
})

describe('a refreshed ID token from a token endpoint without TLS, of an https issuer', () => {
  const fixture = useProvider(async () => {
    const provider = await startTlsProvider()
    const discovered = await fetch(`${provider.url}/.well-known/openid-configuration`)
    const metadata = { ...((await discovered.json()) as object), token_endpoint: `${provider.url}/token` }
    return Object.assign(provider, { options: { ...provider.options, metadata } })
  })

  it.each(tolerated)('ends the login: one that %s', async (_what, fault) => {
    const app = await fixture.app()
    const browser = await signedIn(app)
    fixture.provider.misbehave(fault)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(await userOf(app, browser)).toBeNull()
  })
})
