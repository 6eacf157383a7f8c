// requireAuth({ acrValues, maxAgeSeconds }): the provider is asked once, and 403 when it did not deliver (RFC 9470, invariant 11).
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Options, type RequireAuthOptions, requireAuth, requireClaim } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const handler = vi.fn((_request: unknown, response: { end(text: string): void }) => response.end('secret'))
const script = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }

let offset = 0
const clock = () => Date.now() / 1000 + offset
const hourAgo = () => Math.floor(Date.now() / 1000) - 3600

const routes = [
  ['/strong', requireAuth({ acrValues: ['gold', 'silver'] }), handler],
  ['/essential', requireAuth({ acrValues: ['gold'], essential: true }), handler],
  ['/recent', requireAuth({ maxAgeSeconds: 60 }), handler],
  ['/now', requireAuth({ maxAgeSeconds: 0 }), handler],
  ['/both', requireAuth({ acrValues: ['gold'], maxAgeSeconds: 60 }), handler],
  ['/contradicting', requireAuth({ acrValues: ['gold'] }), requireAuth({ acrValues: ['silver'] }), handler],
  ['/no-redirect', requireAuth({ acrValues: ['gold'], onUnauthenticated: 'unauthorized' }), handler],
  ['/redirect', requireAuth({ acrValues: ['gold'], onUnauthenticated: 'redirect' }), handler],
  ['/role', requireClaim('role', 'clerk', { acrValues: ['gold'] }), handler],
] as const

describe.each(setups)('a step-up on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes, options: { clock, scope: 'openid offline_access' } })
  afterEach(() => {
    offset = 0
    fixture.provider.signedInAt = undefined
    fixture.provider.acrValues = undefined
    fixture.provider.user = { sub: 'test-user' }
    handler.mockClear()
  })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    fixture.provider.requests.length = 0
    return browser
  }

  const page = (browser: TestBrowser, path: string) => browser.follow(fixture.app.url + path)
  const asked = () => fixture.provider.requestsTo('authorization').map(({ query }) => Object.fromEntries(query))
  const claims = async (browser: TestBrowser) => {
    const user = (await browser.get(`${fixture.app.url}/whoami`)).json() as { claims: Record<string, unknown> } | null
    return user?.claims
  }

  it('asks the provider by acr_values, in the order of preference, and comes back to the page', async () => {
    const browser = await signedIn()
    const answer = await page(browser, '/strong?a=b')
    expect([answer.status, answer.text, answer.url]).toEqual([200, 'secret', `${fixture.app.url}/strong?a=b`])
    expect(asked()).toMatchObject([{ acr_values: 'gold silver' }])
    expect(asked()[0]).not.toHaveProperty('max_age')
    expect((await page(browser, '/strong')).redirects).toEqual([])
  })

  it('asks by max_age, and is met by a new authentication', async () => {
    fixture.provider.signedInAt = hourAgo()
    const browser = await signedIn()
    expect((await page(browser, '/recent')).text).toBe('secret')
    expect(asked()).toMatchObject([{ max_age: '60' }])
  })

  it('asks for an essential acr by claims, and not by acr_values too (OpenID Connect Core 5.5.1.1)', async () => {
    expect((await page(await signedIn(), '/essential')).text).toBe('secret')
    expect(JSON.parse(asked()[0]?.['claims'] ?? '')).toEqual({
      id_token: { acr: { essential: true, values: ['gold'] } },
    })
    expect(asked()[0]).not.toHaveProperty('acr_values')
  })

  it('asks the first login at once for what the page needs: one visit to the provider', async () => {
    expect((await page(new TestBrowser(), '/both')).text).toBe('secret')
    expect(asked()).toMatchObject([{ acr_values: 'gold', max_age: '60' }])
  })

  it.each(['/strong', '/both', '/role', '/redirect'])(
    'answers %s with a 403 page after one request to a provider that delivers another acr, and asks no more',
    async (path) => {
      fixture.provider.acrValues = ['bronze']
      const browser = await signedIn()
      for (let visit = 0; visit < 3; visit += 1) {
        const answer = await page(browser, path)
        expect([answer.status, answer.headers.get('cache-control')]).toEqual([403, 'no-store'])
        expect(answer.text).toContain('ERR_RP_AUTHENTICATION_INSUFFICIENT')
        expect(answer.text).toContain('<a href="/login">')
      }
      expect(asked()).toHaveLength(1)
      expect(handler).not.toHaveBeenCalled()
      expect(await claims(browser)).toMatchObject({ sub: 'test-user', acr: 'bronze' })
    },
  )

  it('answers a script with 403 problem+json when the provider did not deliver', async () => {
    fixture.provider.acrValues = ['bronze']
    const browser = await signedIn()
    await page(browser, '/strong')
    const answer = await browser.get(`${fixture.app.url}/strong`, {
      headers: { ...script, accept: 'application/json' },
    })
    expect(answer.json()).toMatchObject({ status: 403, code: 'ERR_RP_AUTHENTICATION_INSUFFICIENT' })
  })

  it('lets the person try again after another login', async () => {
    fixture.provider.acrValues = ['bronze']
    const browser = await signedIn()
    await page(browser, '/strong')
    fixture.provider.acrValues = ['silver']
    expect((await page(browser, '/strong')).status).toBe(403)
    await page(browser, '/login')
    expect((await page(browser, '/strong')).text).toBe('secret')
  })

  it.each<[what: string, claims: Record<string, unknown>]>([
    ['an old auth_time', { auth_time: hourAgo() }],
    ['no auth_time', { auth_time: undefined }],
    ['an auth_time of the future', { auth_time: hourAgo() + 7200 }],
  ])('answers with 403, and not 502, when max_age is answered by %s', async (_what, faulty) => {
    fixture.provider.misbehave({ idToken: { claims: faulty } })
    const browser = await signedIn()
    expect((await page(browser, '/recent')).status).toBe(403)
    expect((await page(browser, '/recent')).status).toBe(403)
    expect(asked()).toHaveLength(1)
    expect(await claims(browser)).toMatchObject({ sub: 'test-user' })
  })

  it('asks again, and does not answer 403, when a step-up that was met has become too old', async () => {
    const browser = await signedIn()
    fixture.provider.misbehave({
      idToken: { claims: (right) => ({ ...right, auth_time: Number(right['auth_time']) + Math.floor(offset) }) },
    })
    await page(browser, '/both')
    for (const later of [120, 240]) {
      offset = later
      const answer = await page(browser, '/both')
      expect([answer.status, answer.redirects.length]).toEqual([200, 3])
    }
    expect(asked()).toHaveLength(3)
  })

  it('counts clockToleranceSeconds to max_age', async () => {
    const browser = await signedIn()
    offset = 85
    expect((await page(browser, '/recent')).redirects).toEqual([])
    offset = 95
    expect((await page(browser, '/recent')).redirects).not.toEqual([])
  })

  it('is met by the request that comes back from maxAgeSeconds: 0', async () => {
    fixture.provider.signedInAt = hourAgo()
    const answer = await page(await signedIn(), '/now')
    expect(answer.text).toBe('secret')
    expect(asked()).toMatchObject([{ max_age: '0' }])
  })

  it('comes to an end at a page whose guards contradict each other', async () => {
    const answer = await page(await signedIn(), '/contradicting')
    expect(answer.status).toBe(403)
    expect(asked().map(({ acr_values: values }) => values)).toEqual(['gold', 'silver'])
  })

  it('asks again, and again, where pages with different needs take turns', async () => {
    const browser = await signedIn()
    fixture.provider.acrValues = ['bronze', 'gold', 'silver', 'platinum']
    for (const path of ['/strong', '/essential', '/redirect']) expect((await page(browser, path)).text).toBe('secret')
  })

  it.each<[what: string, path: string, options: { method?: 'POST'; headers?: Record<string, string> }]>([
    ['a script', '/both', { headers: script }],
    ['an API client', '/both', { headers: { accept: 'application/json' } }],
    ['a prefetch', '/both', { headers: { 'sec-purpose': 'prefetch' } }],
    ['a form post', '/both', { method: 'POST' }],
    ["a page navigation at onUnauthenticated: 'unauthorized'", '/no-redirect', {}],
  ])(
    'answers %s with 401 and the challenge, and starts no login (RFC 9470 section 3)',
    async (_what, path, options) => {
      const browser = await signedIn()
      const { method, ...rest } = options
      const url = fixture.app.url + path
      const answer = await (method === 'POST' ? browser.post(url, {}, rest) : browser.get(url, rest))
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([401, 'no-store'])
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer error="insufficient_user_authentication", acr_values="gold"${path === '/both' ? ', max_age="60"' : ''}`,
      )
      expect(answer.json()).toMatchObject({ code: 'ERR_RP_STEP_UP_REQUIRED', login_url: '/login', acr_values: 'gold' })
      expect(handler).not.toHaveBeenCalled()
    },
  )

  it("sends every request to the provider at onUnauthenticated: 'redirect'", async () => {
    expect((await (await signedIn()).get(`${fixture.app.url}/redirect`, { headers: script })).status).toBe(302)
  })

  it('refuses who is signed out and cannot navigate as requireAuth() does', async () => {
    const answer = await new TestBrowser().get(`${fixture.app.url}/both`, { headers: script })
    expect(answer.json()).toMatchObject({ status: 401, code: 'ERR_RP_LOGIN_REQUIRED' })
  })

  it.each(['unmet_authentication_requirements', 'login_required', 'interaction_required'])(
    'becomes 403 when the provider answers %s, and the present login stays',
    async (error) => {
      const browser = await signedIn()
      fixture.provider.misbehave({ authorization: { error } })
      const answer = await page(browser, '/strong')
      expect([answer.status, answer.url.startsWith(`${fixture.app.url}/callback`)]).toEqual([403, true])
      expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_AUTHENTICATION_INSUFFICIENT', error }])
      expect(await claims(browser)).toMatchObject({ sub: 'test-user' })
    },
  )

  it('becomes 403 when an essential acr cannot be delivered', async () => {
    fixture.provider.acrValues = ['bronze']
    expect((await page(await signedIn(), '/essential')).status).toBe(403)
  })

  it('leaves the present login alone when the person cancels', async () => {
    const browser = await signedIn()
    const before = await claims(browser)
    fixture.provider.misbehave({ authorization: { error: 'access_denied' } })
    expect((await page(browser, '/strong')).status).toBe(403)
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_ACCESS_DENIED' }])
    expect(await claims(browser)).toEqual(before)
  })

  it('is judged for the person who came back, who may be another one', async () => {
    const browser = await signedIn()
    fixture.provider.user = { sub: 'bob' }
    expect((await page(browser, '/strong')).text).toBe('secret')
    expect(await claims(browser)).toMatchObject({ sub: 'bob', acr: 'gold' })
  })

  it('is no matter of what was sent: an acr that is another one in the ID token is not enough', async () => {
    const browser = await signedIn()
    fixture.provider.misbehave({ idToken: { claims: { acr: ['gold'] } } })
    expect((await page(browser, '/strong')).status).toBe(403)
  })

  it('keeps the rule of requireClaim() behind it', async () => {
    fixture.provider.user = { sub: 'test-user', role: 'clerk' }
    expect((await page(await signedIn(), '/role')).text).toBe('secret')
    fixture.provider.user = { sub: 'test-user' }
    expect((await page(await signedIn(), '/role')).text).toContain('ERR_RP_CLAIM_REQUIRED')
  })
})

describe('a step-up beside configured parameters', () => {
  const claims = { userinfo: { email: null }, id_token: { acr: { essential: true, value: 'bronze' }, email: null } }
  const options: Partial<Options> = { authorizationParameters: { claims: JSON.stringify(claims), max_age: '30' } }
  const fixture = useProviderAndApp({ routes, options })

  it('adds to them, and their own check stays strict: 502', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    expect((await browser.follow(`${fixture.app.url}/both`)).status).toBe(502)
    const sent = Object.fromEntries(fixture.provider.requestsTo('authorization').at(-1)?.query ?? [])
    expect(JSON.parse(sent['claims'] ?? '')).toEqual({
      userinfo: { email: null },
      id_token: { acr: { essential: true, values: ['gold'] }, email: null },
    })
    expect(sent).not.toHaveProperty('acr_values')
    expect(sent['max_age']).toBe('30')
  })
})

describe('requireAuth made wrongly', () => {
  it.each<[what: string, options: Record<string, unknown>]>([
    ['an empty list', { acrValues: [] }],
    ['a text in the place of a list', { acrValues: 'gold' }],
    ['an empty name', { acrValues: ['gold', ''] }],
    ['a name with white space', { acrValues: ['gold silver'] }],
    ['a name that is no text', { acrValues: [1] }],
    ['a name that no header holds', { acrValues: ['g\u00f6ld'] }],
    ['a negative age', { maxAgeSeconds: -1 }],
    ['a fraction', { maxAgeSeconds: 0.5 }],
    ['an endless age', { maxAgeSeconds: Number.POSITIVE_INFINITY }],
    ['an age as text', { maxAgeSeconds: '60' }],
    ['essential without acrValues', { maxAgeSeconds: 1, essential: true }],
    ['essential as text', { acrValues: ['gold'], essential: 'yes' }],
  ])('throws ERR_RP_OPTIONS: %s', (_what, options) => {
    const made = options as RequireAuthOptions
    expect(() => requireAuth(made)).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
    expect(() => requireClaim('a', 'b', made)).toThrow(/requireClaim\(\): /)
  })
})
