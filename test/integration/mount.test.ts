// Mounts below a path, and a proxy that ends TLS, on every framework.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

describe.each(setups)("app.use('/auth', ...) on $name", (setup) => {
  const fixture = useProviderAndApp({ setup, mount: '/auth' })

  it('serves its routes below the mount and comes back to the guarded page', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().follow(`${app.url}/orders/7?a=b`)
    expect(page).toMatchObject({ status: 200, url: `${app.url}/orders/7?a=b` })
    expect(provider.requestsTo('token')[0]?.body?.get('redirect_uri')).toBe(`${app.url}/callback`)
  })

  it('starts at the mounted login and ends at the start page of the mount', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login`)
    expect(page.url).toBe(`${fixture.app.url}/`)
  })

  it('names the mounted login URL to programs', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/orders`, { headers: { accept: 'application/json' } })
    expect(page.json()).toMatchObject({ login_url: '/auth/login' })
  })

  it('comes back to the page when the mount itself was asked for', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login?return_to=/auth`)
    expect(page.url).toBe(fixture.app.url)
  })
})

describe('a mount that baseUrl does not know', () => {
  const fixture = useProviderAndApp({ mount: '/auth', options: { baseUrl: 'https://app.example.com' } })

  it('is named at the first login instead of losing the callback', async () => {
    const { app } = fixture
    expect((await new TestBrowser().get(`${app.url}/login`)).status).toBe(500)
    expect(app.errors[0]).toMatchObject({ code: 'ERR_RP_OPTIONS', message: expect.stringContaining('/auth') })
  })
})

describe.each(setups)('behind a proxy that ends TLS and cuts a path off, on $name', (setup) => {
  let provider: TestProvider
  let app: Awaited<ReturnType<typeof startApp>>
  const proxy = createServer()
  const publicUrl = 'https://app.example.com/shop'

  beforeAll(async () => {
    provider = await startTestProvider()
    const trustProxy = { proxy: true } // express-session's own switch: Connect has no `trust proxy`
    app = await startApp({
      setup,
      options: { provider: { issuer: provider.issuer }, baseUrl: publicUrl },
      session: { ...trustProxy, cookie: { secure: true, sameSite: 'lax' } },
    })
    const forward = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const headers = { ...incoming.headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example.com' }
      const path = incoming.url?.replace('/shop', '') || '/'
      const answer = await request(app.url + path, { headers: headers as unknown as Record<string, string> })
      outgoing.writeHead(answer.statusCode, answer.headers as Record<string, string>)
      answer.body.pipe(outgoing)
    }
    proxy.on('request', (incoming, outgoing) => void forward(incoming, outgoing))
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    proxy.close()
    await app.close()
    await provider.close()
  })

  it('signs in with a Secure cookie, a redirect_uri of the public URL and a return-to as the browser knows it', async () => {
    const local = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const toLocal = (url: string) => url.replace('https://app.example.com', local)
    const browser = new TestBrowser()

    const login = await browser.get(`${local}/shop/orders/7`)
    expect(login.headers.getSetCookie()[0]).toContain('Secure')
    const authorized = await browser.get(login.headers.get('location') ?? '')
    const callback = authorized.headers.get('location') ?? ''
    expect(callback).toMatch(/^https:\/\/app\.example\.com\/shop\/callback\?/)

    const done = await browser.get(toLocal(callback))
    expect(done.headers.get('location')).toBe('/shop/orders/7')
    expect((await browser.get(`${local}/shop/orders/7`)).text).toBe('orders of test-user')
  })
})
