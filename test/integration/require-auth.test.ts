// Who is redirected to login and who gets 401 (invariant 11), on every framework.
import { describe, expect, it, vi } from 'vitest'
import { requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const handler = vi.fn((_request: unknown, response: { end(text: string): void }) => response.end('secret'))

describe.each(setups)('requireAuth on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes: [['/guarded', requireAuth(), handler]] })

  const navigations: [string, Record<string, string | undefined>][] = [
    ['a browser', {}],
    ['a browser without Fetch Metadata', { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }],
    ['curl', { accept: '*/*', 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }],
    ['a client that names no type', { accept: undefined }],
  ]
  it.each(navigations)('redirects %s to the provider', async (_client, headers) => {
    const page = await new TestBrowser().get(`${fixture.app.url}/guarded`, { headers })
    expect(page.status).toBe(302)
    expect(page.headers.get('location')).toContain(`${fixture.provider.issuer}/authorize?`)
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  const others: [string, Record<string, string | undefined>][] = [
    ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }],
    ['XMLHttpRequest of an old browser', { 'x-requested-with': 'XMLHttpRequest', 'sec-fetch-mode': undefined }],
    ['an iframe', { 'sec-fetch-dest': 'iframe' }],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/png,*/*;q=0.8' }],
    ['a prefetch', { 'sec-purpose': 'prefetch;prerender' }],
    ['an API client', { accept: 'application/json', 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }],
  ]
  it.each(others)('answers %s with 401 problem+json and makes no session', async (_client, headers) => {
    const page = await new TestBrowser().get(`${fixture.app.url}/guarded`, { headers })
    expect(page.status).toBe(401)
    expect(page.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.json()).toMatchObject({ status: 401, code: 'ERR_RP_LOGIN_REQUIRED', login_url: '/login' })
    expect(page.headers.getSetCookie()).toEqual([])
  })

  it('answers a form post with 401: a redirect would lose it', async () => {
    expect((await new TestBrowser().post(`${fixture.app.url}/guarded`, { a: 'b' })).status).toBe(401)
  })

  it('never runs the handler behind it for a signed-out request (threat V26)', async () => {
    handler.mockClear()
    const browser = new TestBrowser()
    await browser.get(`${fixture.app.url}/guarded`)
    await browser.get(`${fixture.app.url}/guarded`, { headers: { accept: 'application/json' } })
    await browser.post(`${fixture.app.url}/guarded`)
    expect(handler).not.toHaveBeenCalled()
  })

  it('lets a signed-in person pass, however the request is made', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/guarded`)
    const page = await browser.get(`${fixture.app.url}/guarded`, { headers: { accept: 'application/json' } })
    expect([page.status, page.text]).toEqual([200, 'secret'])
  })

  it('fails closed when relyingParty() did not run before it (threat V28)', async () => {
    const next = vi.fn()
    requireAuth()({} as never, {} as never, next)
    expect(next).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ERR_RP_NOT_MOUNTED', status: 500 }))
  })
})

describe('/login asked for by a script', () => {
  const fixture = useProviderAndApp()

  it.each([
    ['fetch()', { 'sec-fetch-mode': 'cors' }],
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
  ])('starts no login for %s', async (_client, headers) => {
    const page = await new TestBrowser().get(`${fixture.app.url}/login`, { headers })
    expect([page.status, page.headers.getSetCookie()]).toEqual([401, []])
  })
})
