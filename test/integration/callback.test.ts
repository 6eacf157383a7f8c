// What bad input at the callback gets, on every framework: a named error, and nobody signed in.
import { describe, expect, it } from 'vitest'
import { faults, TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const toCallback = { until: (url: URL) => url.pathname === '/callback' }

/** Goes as far as the redirect to the callback and gives its URL, which the browser has not asked for. */
async function startLogin({ app }: Fixture, browser: TestBrowser): Promise<URL> {
  const page = await browser.follow(`${app.url}/orders`, toCallback)
  return new URL(page.redirects.at(-1) ?? '')
}

async function expectRefused({ app }: Fixture, browser: TestBrowser, page: TestPage, expected: [number, string]) {
  expect([page.status, (app.errors.at(-1) as { code?: string } | undefined)?.code]).toEqual(expected)
  expect(page.headers.get('location')).toBeNull()
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
}

describe.each(setups)('callback on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  const forged: [title: string, change: (url: URL) => void, status: number, code: string][] = [
    ['without any parameter', (url) => (url.search = ''), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['without state', (url) => url.searchParams.delete('state'), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['with an empty state', (url) => url.searchParams.set('state', ''), 400, 'ERR_RP_RESPONSE_INVALID'],
    [
      'with a state of nobody',
      (url) => url.searchParams.set('state', 'x'.repeat(43)),
      400,
      'ERR_RP_TRANSACTION_MISSING',
    ],
    [
      'with the state __proto__',
      (url) => url.searchParams.set('state', '__proto__'),
      400,
      'ERR_RP_TRANSACTION_MISSING',
    ],
    ['with a huge state', (url) => url.searchParams.set('state', 'x'.repeat(8000)), 400, 'ERR_RP_TRANSACTION_MISSING'],
    ['with a doubled state', (url) => url.searchParams.append('state', 'x'), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['without code', (url) => url.searchParams.delete('code'), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['with a doubled code', (url) => url.searchParams.append('code', 'x'), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['with code and error', (url) => url.searchParams.set('error', 'x'), 400, 'ERR_RP_RESPONSE_INVALID'],
    ['with a doubled iss', (url) => url.searchParams.append('iss', 'x'), 400, 'ERR_RP_RESPONSE_INVALID'],
    [
      'with the iss of another (RFC 9207)',
      (url) => url.searchParams.set('iss', 'https://evil.example'),
      400,
      'ERR_RP_RESPONSE_INVALID',
    ],
    [
      'without the iss that is announced (RFC 9207)',
      (url) => url.searchParams.delete('iss'),
      400,
      'ERR_RP_RESPONSE_INVALID',
    ],
  ]

  it.each(forged)('refuses an answer %s, redeems nothing and signs nobody in', async (_title, change, status, code) => {
    const browser = new TestBrowser()
    const url = await startLogin(fixture, browser)
    change(url)
    await expectRefused(fixture, browser, await browser.get(url), [status, code])
    expect(fixture.provider.requestsTo('token')).toHaveLength(0)
  })

  it('refuses an answer in a browser that started no login (login CSRF, RFC 9700 section 4.7)', async () => {
    const url = await startLogin(fixture, new TestBrowser())
    const victim = new TestBrowser()
    const answer = await victim.get(url)
    expect([answer.status, answer.headers.get('location')?.split('=')[0]]).toEqual([302, '/callback?resume_login'])
    expect(victim.cookies).toEqual([])
    expect(fixture.provider.requestsTo('token')).toHaveLength(0)
  })

  it('still finishes a login whose callback somebody else tried first', async () => {
    const browser = new TestBrowser()
    const url = await startLogin(fixture, browser)
    await new TestBrowser().get(url)
    expect((await browser.follow(url)).status).toBe(200)
  })

  it('redeems a code once: the same callback again leads to the page, and starts a new login when signed out (invariant 5)', async () => {
    const browser = new TestBrowser()
    const url = await startLogin(fixture, browser)
    await browser.get(url)
    const again = await browser.follow(url)
    expect([again.status, again.url]).toEqual([200, `${fixture.app.url}/orders`])
    browser.clearCookies()
    expect((await browser.follow(url)).url).toBe(`${fixture.app.url}/orders`)
    const codes = fixture.provider.requestsTo('token').map(({ body }) => body?.get('code'))
    expect([codes.length, new Set(codes).size]).toEqual([2, 2])
  })

  it('redeems a code once when the same callback arrives five times at once', async () => {
    const browser = new TestBrowser()
    const url = await startLogin(fixture, browser)
    const pages = await Promise.all(Array.from({ length: 5 }, () => browser.get(url)))
    const signedIn = pages.filter((page) => page.headers.get('location') === '/orders')
    expect(signedIn).toHaveLength(1)
    expect(fixture.provider.requestsTo('token')).toHaveLength(1)
  })

  it.each([
    ['access_denied', faults.accessDenied, 403, 'ERR_RP_ACCESS_DENIED'],
    ['login_required', faults.loginRequired, 401, 'ERR_RP_AUTHORIZATION_RESPONSE'],
    ['server_error', faults.authorizationServerError, 401, 'ERR_RP_AUTHORIZATION_RESPONSE'],
  ])('answers what the provider refused with %s without a 5xx', async (_error, fault, status, code) => {
    const browser = new TestBrowser()
    fixture.provider.misbehave(fault)
    const page = await browser.follow(`${fixture.app.url}/orders`)
    await expectRefused(fixture, browser, page, [status, code])
  })

  const badProviders: [fault: keyof typeof faults, code: string, status?: number][] = [
    ['tokenRefused', 'ERR_RP_TOKEN_REQUEST'],
    ['clientRefused', 'ERR_RP_TOKEN_REQUEST'],
    ['token500', 'ERR_RP_PROVIDER_UNAVAILABLE', 503],
    ['htmlTokenResponse', 'ERR_RP_TOKEN_REQUEST'],
    ['emptyTokenResponse', 'ERR_RP_TOKEN_REQUEST'],
    ['hugeTokenResponse', 'ERR_RP_TOKEN_REQUEST'],
    ['lostTokenResponse', 'ERR_RP_PROVIDER_UNAVAILABLE', 503],
    ['tokenRedirect', 'ERR_RP_TOKEN_REQUEST'],
    ['noIdToken', 'ERR_RP_TOKEN_REQUEST'],
    ['noAccessToken', 'ERR_RP_TOKEN_REQUEST'],
    ['noTokenType', 'ERR_RP_TOKEN_REQUEST'],
    ['dpopTokenType', 'ERR_RP_TOKEN_REQUEST'],
    ['wrongNonce', 'ERR_RP_ID_TOKEN'],
    ['missingNonce', 'ERR_RP_ID_TOKEN'],
    ['wrongAudience', 'ERR_RP_ID_TOKEN'],
    ['missingAudience', 'ERR_RP_ID_TOKEN'],
    ['multipleAudiencesWithoutAzp', 'ERR_RP_ID_TOKEN'],
    ['wrongAuthorizedParty', 'ERR_RP_ID_TOKEN'],
    ['wrongIssuer', 'ERR_RP_ID_TOKEN'],
    ['missingIssuer', 'ERR_RP_ID_TOKEN'],
    ['expired', 'ERR_RP_ID_TOKEN'],
    ['issuedInTheFuture', 'ERR_RP_ID_TOKEN'],
    ['missingExp', 'ERR_RP_ID_TOKEN'],
    ['missingIat', 'ERR_RP_ID_TOKEN'],
    ['missingSubject', 'ERR_RP_ID_TOKEN'],
    ['emptySubject', 'ERR_RP_ID_TOKEN'],
    ['wrongAtHash', 'ERR_RP_ID_TOKEN'],
    ['flippedSignature', 'ERR_RP_ID_TOKEN'],
    ['unknownKey', 'ERR_RP_ID_TOKEN'],
    ['unknownKid', 'ERR_RP_ID_TOKEN'],
    ['algNone', 'ERR_RP_ID_TOKEN'],
    ['hs256WithPublicKey', 'ERR_RP_ID_TOKEN'],
    ['hs256WithClientSecret', 'ERR_RP_ID_TOKEN'],
  ]

  it.each(badProviders)(
    'answers a provider with %s by %s, asks it once and signs nobody in',
    async (fault, code, status = 502) => {
      const browser = new TestBrowser()
      fixture.provider.misbehave(faults[fault])
      const page = await browser.follow(`${fixture.app.url}/orders`)
      await expectRefused(fixture, browser, page, [status, code])
      expect(fixture.provider.requestsTo('token')).toHaveLength(1)
    },
  )
})

describe('a callback with max_age asked for', () => {
  const fixture = useProviderAndApp({ options: { authorizationParameters: { max_age: '300' } } })

  it.each(['staleAuthTime', 'missingAuthTime'] as const)('refuses %s (OpenID Connect Core 3.1.3.7)', async (fault) => {
    const browser = new TestBrowser()
    fixture.provider.misbehave(faults[fault])
    const page = await browser.follow(`${fixture.app.url}/orders`)
    await expectRefused(fixture, browser, page, [502, 'ERR_RP_ID_TOKEN'])
  })
})

describe('a callback with an essential acr asked for', () => {
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['mfa'] } } })
  const fixture = useProviderAndApp({ options: { authorizationParameters: { claims } } })

  it('refuses an ID token without it and accepts one with it (OpenID Connect Core 5.5.1.1)', async () => {
    const browser = new TestBrowser()
    fixture.provider.misbehave(faults.otherAcr)
    const refused = await browser.follow(`${fixture.app.url}/orders`)
    await expectRefused(fixture, browser, refused, [502, 'ERR_RP_ID_TOKEN'])
    fixture.provider.behave()
    expect((await browser.follow(`${fixture.app.url}/orders`)).status).toBe(200)
  })
})

describe('a callback with userinfo: true', () => {
  const fixture = useProviderAndApp({ options: { userinfo: true } })

  it.each([
    ['userinfoOtherSubject', 502, 'ERR_RP_USERINFO'],
    ['userinfo500', 503, 'ERR_RP_PROVIDER_UNAVAILABLE'],
  ] as const)('refuses %s (OpenID Connect Core 5.3.2)', async (fault, status, code) => {
    const browser = new TestBrowser()
    fixture.provider.misbehave(faults[fault])
    const page = await browser.follow(`${fixture.app.url}/orders`)
    await expectRefused(fixture, browser, page, [status, code])
  })
})

describe('a callback with httpTimeoutSeconds: 0.5', () => {
  const fixture = useProviderAndApp({ options: { httpTimeoutSeconds: 0.5 } })

  it.each(['slowTokenResponse', 'drippingTokenResponse'] as const)('gives up on %s and asks once', async (fault) => {
    const browser = new TestBrowser()
    fixture.provider.misbehave(faults[fault])
    const page = await browser.follow(`${fixture.app.url}/orders`)
    await expectRefused(fixture, browser, page, [503, 'ERR_RP_PROVIDER_UNAVAILABLE'])
    expect(fixture.provider.requestsTo('token')).toHaveLength(1)
  })
})
