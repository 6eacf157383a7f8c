// V1, V2, V5: nobody is sent to a foreign origin after login (RFC 9700 section 4.11.1).
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const hostile = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/%5Cevil.example',
  '/%2Fevil.example',
  '/%252Fevil.example',
  '/%09/evil.example',
  '/%2e/%2fevil.example%2f%2e%2e%2f%2e%2e',
  '/%2e/%5cevil.example%2fx%2f..%2f..%2f..',
  '/a/../%2fevil.example',
  'https://evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  '//user@evil.example',
  'evil.example',
  '',
  '/\r\nSet-Cookie: a=b',
  '/login?return_to=/login',
  '/callback?code=a&state=b',
  '/logout',
]

describe('return_to', () => {
  const fixture = useProviderAndApp()

  it.each(hostile)('takes %j for the start page', async (value) => {
    const { app } = fixture
    const browser = new TestBrowser()
    const callback = await browser.follow(`${app.url}/login?return_to=${encodeURIComponent(value)}`, {
      until: (url) => url.pathname === '/callback',
    })
    expect((await browser.get(callback.redirects.at(-1) ?? '')).headers.get('location')).toBe('/')
  })

  it('of more than 8,000 octets leads nowhere but to the start page, by a link (threat V2)', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login?return_to=/${'a'.repeat(8000)}`)
    const links = [...page.text.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href)
    expect([page.status, links, page.text.includes('aaa')]).toEqual([200, ['/'], false])
  })

  it('takes a doubled return_to for the start page', async () => {
    const page = await new TestBrowser().follow(`${fixture.app.url}/login?return_to=/a&return_to=/whoami`)
    expect(page.url).toBe(`${fixture.app.url}/`)
  })
})

describe.each(setups)('a guarded catch-all on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes: [['/', requireAuth()]] })

  it.each(['//evil.example/x', '/\\evil.example', '/%5Cevil.example', '/.//evil.example', '///evil.example'])(
    'comes back to our own origin after GET %s (CVE-2022-24794)',
    async (target) => {
      const { app } = fixture
      const start = await getRaw(app.url, target)
      const cookie = start.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      const authorized = await new TestBrowser().get(start.headers.location ?? '')
      const callback = new URL(authorized.headers.get('location') ?? '')
      const done = await getRaw(app.url, callback.pathname + callback.search, cookie)
      expect(done.statusCode).toBe(302)
      expect(new URL(done.headers.location ?? 'x:', app.url).origin).toBe(app.url)
    },
  )
})

/** Sends the target as it stands: any URL parser on the way would make it harmless. */
function getRaw(url: string, path: string, cookie = ''): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { port: new URL(url).port, host: '127.0.0.1', path, headers: { cookie } },
      (response) => {
        response.resume()
        resolve(response)
      },
    )
    outgoing.once('error', reject)
    outgoing.end()
  })
}
