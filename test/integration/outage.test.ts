// What fails around us: the provider, its metadata and keys, the session, the store.
import session from 'express-session'
import { describe, expect, it, vi } from 'vitest'
import { faults, startTestProvider, TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

describe.each(setups)('a provider that is down on $name', (setup) => {
  it('lets the app boot and serve its pages, answers login with 503, and works as soon as the provider is back', async () => {
    const provider = await startTestProvider()
    await provider.stop()
    const app = await startApp({ setup, options: { provider: { issuer: provider.issuer } } })
    const browser = new TestBrowser()

    expect((await browser.get(`${app.url}/`)).text).toBe('public')
    const refused = await browser.get(`${app.url}/login`)
    expect([refused.status, refused.headers.get('location')]).toEqual([503, null])
    expect(app.errors[0]).toMatchObject({ code: 'ERR_RP_DISCOVERY', message: expect.stringContaining('ECONNREFUSED') })

    await provider.start()
    expect((await browser.follow(`${app.url}/orders`)).status).toBe(200)
    await app.close()
    await provider.close()
  })
})

describe('a guarded page while the provider is down', () => {
  const fixture = useProviderAndApp()

  it('answers 503, and the handler behind the guard does not run', async () => {
    await fixture.provider.stop()
    const page = await new TestBrowser().get(`${fixture.app.url}/orders`)
    await fixture.provider.start()
    expect([page.status, page.text.includes('orders of')]).toEqual([503, false])
  })
})

describe('a given fetch that never answers and heeds no signal', () => {
  it('is given up after httpTimeoutSeconds, so that it does not hold every later login', async () => {
    const fetch = () => new Promise<Response>(() => {})
    const provider = { issuer: 'http://127.0.0.1:1' }
    const app = await startApp({ options: { provider, fetch, httpTimeoutSeconds: 0.1 } })
    expect((await new TestBrowser().get(`${app.url}/login`)).status).toBe(503)
    await app.close()
  })
})

describe('keys that cannot be read', () => {
  const fixture = useProviderAndApp()

  it.each(['jwks500', 'jwksHtml', 'jwksEmpty'] as const)('sign nobody in: %s', async (fault) => {
    const { app, provider } = fixture
    provider.misbehave(faults[fault])
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect(page.status).toBe(fault === 'jwksEmpty' ? 502 : 503)
    expect(app.errors[0]).toMatchObject({ code: fault === 'jwksEmpty' ? 'ERR_RP_ID_TOKEN' : 'ERR_RP_KEYS' })
  })
})

describe('metadata that cannot be used', () => {
  const fixture = useProviderAndApp()

  it.each([
    'metadataOfAnotherIssuer',
    'metadataHtml',
    'metadata404',
    'metadata500',
    'metadataRedirect',
    'metadataWithoutTokenEndpoint',
  ] as const)('answers %s by 503 and redirects nobody', async (fault) => {
    fixture.provider.misbehave(faults[fault])
    const page = await new TestBrowser().get(`${fixture.app.url}/login`)
    expect([page.status, page.headers.get('location')]).toEqual([503, null])
    expect(fixture.app.errors[0]).toMatchObject({ code: 'ERR_RP_DISCOVERY' })
  })

  it('refuses an authorization endpoint that is no https URL', async () => {
    for (const url of ['javascript:alert(1)', 'http://provider.example/authorize', 'no url']) {
      fixture.provider.misbehave({ discovery: { replace: { authorization_endpoint: url } } })
      expect((await new TestBrowser().get(`${fixture.app.url}/login`)).status, url).toBe(503)
    }
  })
})

describe('signing keys', () => {
  const fixture = useProviderAndApp()

  it('finds a key that was rotated a moment ago, at once, also for the first rotation', async () => {
    const { app, provider } = fixture
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    provider.rotateKeys({ keepOld: false })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
  })

  it('is not made to fetch by forged kids (threat V41)', async () => {
    const { app, provider } = fixture
    await new TestBrowser().follow(`${app.url}/orders`)
    provider.requests.length = 0
    provider.misbehave(faults.unknownKid)
    const pages = await Promise.all(Array.from({ length: 20 }, () => new TestBrowser().follow(`${app.url}/orders`)))
    expect(new Set(pages.map((page) => page.status))).toEqual(new Set([502]))
    expect(provider.requestsTo('jwks').length).toBeLessThanOrEqual(1)
  })
})

describe.each(setups)('a missing session on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, session: false })

  it.each(['/', '/orders', '/login', '/callback?state=a&code=b', '/logout'])(
    'answers %s by 500 naming it',
    async (path) => {
      const page = await new TestBrowser().get(fixture.app.url + path)
      expect(page.status).toBe(500)
      expect(fixture.app.errors).toHaveLength(1)
      expect(fixture.app.errors[0]).toMatchObject({
        code: 'ERR_RP_NO_SESSION',
        message: expect.stringContaining('express-session'),
      })
    },
  )
})

describe('a store that fails', () => {
  type Method = 'get' | 'set' | 'destroy'

  /** A MemoryStore of which one method fails once it is told to. */
  function failingStore() {
    const store = new session.MemoryStore()
    let failing: Method | undefined
    for (const method of ['get', 'set', 'destroy'] as const) {
      const original = store[method].bind(store) as (...parameters: unknown[]) => void
      vi.spyOn(store, method).mockImplementation(((...parameters: unknown[]) => {
        if (failing !== method) return original(...parameters)
        const callback = parameters.at(-1) as (error: Error) => void
        setImmediate(() => callback(new Error('the store is down')))
      }) as never)
    }
    return { store, fail: (method: Method | undefined) => (failing = method) }
  }

  const { store, fail } = failingStore()
  const fixture = useProviderAndApp({ session: { store } })

  it('answers a login by 500 and does not redirect', async () => {
    fail('set')
    const page = await new TestBrowser().get(`${fixture.app.url}/login`)
    fail(undefined)
    expect([page.status, page.headers.get('location')]).toEqual([500, null])
    expect(fixture.app.errors[0]).toMatchObject({ code: 'ERR_RP_STORE' })
  })

  it.each(['set', 'destroy'] as const)(
    'answers a callback by 500 when %s fails, and nobody is signed in',
    async (method) => {
      const { app } = fixture
      const browser = new TestBrowser()
      const before = await browser.follow(`${app.url}/orders`, { until: (url) => url.pathname === '/callback' })
      fail(method)
      const page = await browser.get(before.redirects.at(-1) ?? '')
      fail(undefined)
      expect([page.status, page.headers.get('location')]).toEqual([500, null])
      expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
    },
  )

  it('answers a guarded page by 5xx when the record cannot be read: never by the page or a redirect', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    fail('get')
    const page = await browser.get(`${app.url}/orders`)
    fail(undefined)
    expect([page.status, page.headers.get('location')]).toEqual([500, null])
    expect((await browser.get(`${app.url}/orders`)).status).toBe(200)
  })

  it('answers a logout by 500 when the record cannot be deleted', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    fail('destroy')
    expect((await browser.post(`${app.url}/logout`)).status).toBe(500)
    fail(undefined)
  })
})

describe('a store of its own', () => {
  it('keeps login records there and not in the session store', async () => {
    const records = new Map<string, string>()
    const store = {
      get: async (key: string) => records.get(key),
      set: async (key: string, value: string) => void records.set(key, value),
      delete: async (key: string) => void records.delete(key),
    }
    const provider = await startTestProvider()
    const app = await startApp({ options: { provider: { issuer: provider.issuer }, store } })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const logins = () => [...records.keys()].filter((key) => key.startsWith('relying-party:login:'))
    expect(logins()).toHaveLength(1)
    await browser.post(`${app.url}/logout`)
    expect(logins()).toEqual([])
    await app.close()
    await provider.close()
  })
})

describe('metadata and keys that cannot be read again', () => {
  let aheadSeconds = 0
  const clock = () => Date.now() / 1000 + aheadSeconds
  const fixture = useProviderAndApp({ options: { clock, clockToleranceSeconds: 4000, httpTimeoutSeconds: 1 } })

  it('stay in use, and the log says so (issue 13 item 3.1)', async () => {
    const { app, provider } = fixture
    await new TestBrowser().follow(`${app.url}/orders`)
    aheadSeconds = 3601
    provider.misbehave({ discovery: { status: 500 }, jwks: { status: 500 } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
    await vi.waitFor(() => expect(app.log.codes()).toEqual(['WARN_RP_PROVIDER_STALE', 'WARN_RP_PROVIDER_STALE']), 5000)
    expect(app.log.lines.map(({ message }) => /metadata|signing keys/.exec(message)?.[0]).sort()).toEqual([
      'metadata',
      'signing keys',
    ])
  })
})
