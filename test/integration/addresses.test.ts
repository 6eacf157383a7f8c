// Where the app is public: one baseUrl or several hosts, paths, mounts, ports and IPv6, on every framework.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Headers = Record<string, string>

/** One login of a new browser at the host that the headers name, as far as `until`, and the URLs of it. */
async function signIn({ app, provider }: Fixture, headers: Headers, browser = new TestBrowser()) {
  const login = await browser.get(`${app.url}/orders/7`, { headers })
  const request = new URL(login.headers.get('location') ?? '')
  const authorized = await browser.get(request)
  const callback = new URL(authorized.headers.get('location') ?? '')
  const done = await browser.get(`${app.url}/callback${callback.search}`, { headers }) // a proxy may have cut off the rest
  return {
    browser,
    asked: request.searchParams.get('redirect_uri'),
    called: callback.origin + callback.pathname,
    redeemed: provider.requestsTo('token').at(-1)?.body?.get('redirect_uri'),
    endsAt: done.headers.get('location'),
    person: (await browser.get(`${app.url}/whoami`, { headers })).text,
  }
}

/** Where a sign-out comes back to. */
async function signOut({ app }: Fixture, headers: Headers, browser = new TestBrowser()): Promise<string | null> {
  const page = await browser.post(`${app.url}/logout`, {}, { headers })
  return new URL(page.headers.get('location') ?? '').searchParams.get('post_logout_redirect_uri')
}

/** The status line of an answer to bytes that no client of ours would send. */
async function sendRaw(url: string, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  return (await text(socket)).split('\r\n', 1)[0] ?? ''
}

describe.each(setups)('one baseUrl on $name', (setup) => {
  describe.each([
    ['http://[::1]:3000', '', 'http://[::1]:3000'],
    ['https://[2001:db8::1]', '', 'https://[2001:db8::1]'],
    ['https://app.example:443/', '', 'https://app.example:443'],
    ['http://app.example:80/shop', '', 'http://app.example:80/shop'],
    ['https://App.Example:8443', '', 'https://App.Example:8443'],
    ['https://app.example/shop', '', 'https://app.example/shop'],
    ['https://app.example/shop', '/shop', 'https://app.example/shop'],
    ['https://app.example/a/shop/', '/shop', 'https://app.example/a/shop'],
  ])('%s, mounted at "%s"', (baseUrl, mount, place) => {
    const fixture = useProviderAndApp({ setup, mount, options: { baseUrl } })

    it('makes the redirect_uri, the same at both requests byte for byte, whatever Host says', async () => {
      const { asked, redeemed, endsAt, person } = await signIn(fixture, { host: 'evil.example' })
      expect([asked, redeemed]).toEqual([`${place}/callback`, `${place}/callback`])
      expect(endsAt).toBe(`${new URL(place).pathname.replace(/\/$/, '')}/orders/7`)
      expect(person).toContain('"sub":"test-user"')
    })

    it('makes the post_logout_redirect_uri', async () => {
      expect(await signOut(fixture, { host: 'evil.example' })).toBe(`${place}/`)
    })
  })
})

describe.each(setups)('several hosts on $name', (setup) => {
  const baseUrl = ['https://a.example', 'https://b.example:8443', 'http://[::1]:3000']
  const options = { baseUrl, routes: { initiateLogin: '/initiate-login' } }
  const fixture = useProviderAndApp({ setup, options })

  it.each([
    ['a.example', 'https://a.example'],
    ['a.example:443', 'https://a.example'],
    ['A.Example', 'https://a.example'],
    ['b.example:8443', 'https://b.example:8443'],
    ['[::1]:3000', 'http://[::1]:3000'],
  ])(
    'a login at %s comes back to it, by the same redirect_uri at both requests, and so does a logout',
    async (...row) => {
      const [host, place] = row
      const { asked, called, redeemed, endsAt, person, browser } = await signIn(fixture, { host })
      expect([asked, called, redeemed]).toEqual(Array(3).fill(`${place}/callback`))
      expect(endsAt).toBe('/orders/7')
      expect(person).toContain('"sub":"test-user"')
      expect(await signOut(fixture, { host }, browser)).toBe(`${place}/`)
    },
  )

  it('keeps logins at two hosts apart that go on at once', async () => {
    const hosts = ['a.example', 'b.example:8443', 'a.example', '[::1]:3000', 'b.example:8443']
    const logins = await Promise.all(hosts.map((host) => signIn(fixture, { host })))
    expect(logins.map(({ asked, called }) => [asked, called])).toEqual(
      hosts.map((host) => {
        const place = baseUrl.find((each) => each.endsWith(host))
        return [`${place}/callback`, `${place}/callback`]
      }),
    )
    expect(logins.every(({ person }) => person.includes('test-user'))).toBe(true)
  })

  it('takes a sign-out without Sec-Fetch-Site from a page of the same host alone (RFC 6454 section 7)', async () => {
    const { app } = fixture
    const statusFrom = async (origin: string) => {
      const headers = { host: 'b.example:8443', origin, 'sec-fetch-site': undefined }
      return (await new TestBrowser().post(`${app.url}/logout`, {}, { headers })).status
    }
    expect(await statusFrom('https://b.example:8443')).toBe(303)
    expect(await statusFrom('https://a.example')).toBe(403)
  })

  it('takes for a target_link_uri pages of the same host alone (OpenID Connect Core 1.0 section 4)', async () => {
    const { app, provider } = fixture
    const targetAt = async (host: string) => {
      const form = { iss: provider.issuer, target_link_uri: 'https://a.example/orders' }
      const page = await new TestBrowser().post(`${app.url}/initiate-login`, form, { headers: { host } })
      return new URL(page.headers.get('location') ?? '', app.url).searchParams.get('target_link_uri')
    }
    expect(await targetAt('a.example')).toBe('/orders')
    expect(await targetAt('b.example:8443')).toBeNull()
  })

  it('answers what needs no address at any host', async () => {
    const { app } = fixture
    const headers = { host: 'health-check.internal' }
    expect(await new TestBrowser().get(app.url, { headers })).toMatchObject({ status: 200, text: 'public' })
    const refused = { headers: { ...headers, accept: 'application/json' } }
    expect((await new TestBrowser().get(`${app.url}/orders`, refused)).status).toBe(401)
    expect((await new TestBrowser().post(`${app.url}/backchannel-logout`, {}, { headers })).text).toContain(
      'there is no logout_token',
    )
  })

  it('refuses a login without Host (HTTP/1.0), and with two of them (RFC 9112 section 3.2)', async () => {
    const { app } = fixture
    const accept = 'Accept: text/html'
    expect(await sendRaw(app.url, ['GET /login HTTP/1.0', accept])).toContain(' 400 ')
    const two = ['Host: a.example', 'Host: b.example:8443', 'Connection: close']
    expect(await sendRaw(app.url, ['GET /login HTTP/1.1', accept, ...two])).toContain(' 400 ')
    expect(await sendRaw(app.url, ['GET /login HTTP/1.0', accept, 'Host: a.example'])).toContain(' 302 ')
  })
})

describe.each(setups)('several hosts below a path, mounted there, on $name', (setup) => {
  const baseUrl = ['https://a.example/shop', 'https://b.example/shop/']
  const fixture = useProviderAndApp({ setup, mount: '/shop', options: { baseUrl } })

  it.each(['a', 'b'])('come back to the host and the path: %s', async (name) => {
    const host = `${name}.example`
    const { asked, redeemed, endsAt, browser } = await signIn(fixture, { host })
    expect([asked, redeemed]).toEqual(Array(2).fill(`https://${host}/shop/callback`))
    expect(endsAt).toBe('/shop/orders/7')
    expect(await signOut(fixture, { host }, browser)).toBe(`https://${host}/shop/`)
  })
})

/** Express alone has this setting; what sets it runs before the middleware. */
function trusting(value: unknown) {
  return (request: { app?: { set?(name: string, value: unknown): void } }, _response: unknown, next: () => void) => {
    request.app?.set?.('trust proxy', value)
    next()
  }
}

describe.each(setups)('X-Forwarded-Host on $name', (setup) => {
  const options = { baseUrl: ['https://a.example', 'https://b.example:8443'] }
  const headers = { host: 'a.example', 'x-forwarded-host': 'b.example:8443' }
  const direct = useProviderAndApp({ setup, options })
  const proxied = useProviderAndApp({ setup, options, before: [trusting('loopback')] })
  const elsewhere = useProviderAndApp({ setup, options, before: [trusting('10.0.0.0/8')] })
  const counts = setup.name !== 'Connect'

  it('does not count without trust proxy, nor from a machine that is not trusted (threat V34)', async () => {
    expect((await signIn(direct, headers)).asked).toBe('https://a.example/callback')
    expect((await signIn(elsewhere, headers)).asked).toBe('https://a.example/callback')
  })

  it(`${counts ? 'counts with its port where Express trusts the proxy' : 'never counts: Connect knows no proxy'}`, async () => {
    const place = counts ? 'https://b.example:8443' : 'https://a.example'
    const { asked, redeemed, browser } = await signIn(proxied, headers)
    expect([asked, redeemed]).toEqual(Array(2).fill(`${place}/callback`))
    expect(await signOut(proxied, headers, browser)).toBe(`${place}/`)
  })

  it('leaves Host to choose where it is absent', async () => {
    expect((await signIn(proxied, { host: 'b.example:8443' })).asked).toBe('https://b.example:8443/callback')
  })
})

describe('a request target with a host of its own', () => {
  const fixture = useProviderAndApp({ options: { baseUrl: ['https://a.example', 'https://b.example'] } })

  it('does not choose: the Host header does', async () => {
    const { port } = new URL(fixture.app.url)
    const location = await new Promise<string | undefined>((resolve, reject) => {
      const headers = { host: 'a.example', accept: 'text/html' }
      const outgoing = httpRequest(
        { port, host: '127.0.0.1', path: 'https://b.example/orders', headers },
        (response) => {
          response.resume()
          resolve(response.headers.location)
        },
      )
      outgoing.once('error', reject)
      outgoing.end()
    })
    expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe('https://a.example/callback')
  })
})
