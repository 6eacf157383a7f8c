// V3, V4, V34, V38: of several hosts a request chooses one that was listed, and no other; nothing is learned from it.
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const options = {
  baseUrl: ['https://a.example', 'https://b.example'],
  routes: { initiateLogin: '/initiate-login' },
}

const forged = [
  { host: 'evil.example' },
  { host: 'a.example.' },
  { host: 'a.example.evil.example' },
  { host: 'evil-a.example' },
  { host: 'a.example:8443' },
  { host: 'a.example@evil.example' },
  { host: 'evil.example', 'x-forwarded-host': 'a.example' },
  { host: 'evil.example', forwarded: 'host=a.example' },
  { host: 'evil.example', 'x-original-host': 'a.example', 'x-host': 'a.example', x_forwarded_host: 'a.example' },
]

describe.each(setups)('a host that was not listed, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options })

  it.each(forged)('starts no login, ends none and gets no redirect: %j', async (headers) => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const initiate = `${app.url}/initiate-login?${new URLSearchParams({ iss: provider.issuer })}`
    const pages = [
      await browser.get(`${app.url}/orders`, { headers }),
      await browser.get(`${app.url}/login`, { headers }),
      await browser.get(initiate, { headers }),
      await browser.post(`${app.url}/initiate-login`, { iss: provider.issuer }, { headers }),
      await browser.post(`${app.url}/logout`, {}, { headers }),
    ]
    for (const page of pages) {
      expect(page.status).toBe(400)
      expect(page.text).toContain('ERR_RP_HOST_UNKNOWN')
      expect(page.text).not.toMatch(/evil|href=/)
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.headers.get('location')).toBeNull()
      expect(page.headers.getSetCookie()).toEqual([])
    }
    expect(app.errors).toHaveLength(5)
    expect(app.errors.map(String).join()).not.toContain('evil')
    expect(provider.requests).toEqual([])
  })

  it('leaves who is signed in so, when it asks for a logout', async () => {
    const { app } = fixture
    const headers = { host: 'a.example' }
    const browser = new TestBrowser()
    const login = await browser.get(`${app.url}/orders`, { headers })
    const authorized = await browser.get(login.headers.get('location') ?? '')
    const { pathname, search } = new URL(authorized.headers.get('location') ?? '')
    await browser.get(`${app.url}${pathname}${search}`, { headers })
    await browser.post(`${app.url}/logout`, {}, { headers: { host: 'evil.example' } })
    expect((await browser.get(`${app.url}/whoami`, { headers })).json()).toMatchObject({ sub: 'test-user' })
  })
})

describe.each(setups)('the first request on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options })

  it('teaches nothing: after a forged one, and one at another host, each login comes back to its own (V38)', async () => {
    const { app } = fixture
    const redirectUriAt = async (host: string) => {
      const page = await new TestBrowser().get(`${app.url}/login`, { headers: { host, 'x-forwarded-host': host } })
      return page.status === 302 ? new URL(page.headers.get('location') ?? '').searchParams.get('redirect_uri') : null
    }
    expect(await redirectUriAt('evil.example')).toBeNull()
    expect(await redirectUriAt('b.example')).toBe('https://b.example/callback')
    expect(await redirectUriAt('a.example')).toBe('https://a.example/callback')
    expect(await redirectUriAt('evil.example')).toBeNull()
  })
})
