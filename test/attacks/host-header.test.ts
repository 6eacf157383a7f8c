// V4, V34, V38: no URL of ours is built from Host or X-Forwarded-*, and the first request teaches us nothing.
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const forged = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '1',
  'x-forwarded-prefix': '/evil',
  'x-original-url': '/evil',
  forwarded: 'host=evil.example;proto=https',
}

describe.each(setups)('a forged host on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  it('changes neither the redirect_uri nor the return-to nor the logout, on the first request already', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const login = await browser.get(`${app.url}/orders`, { headers: forged })
    const location = new URL(login.headers.get('location') ?? '')
    expect(location.origin).toBe(provider.issuer)
    expect(location.searchParams.get('redirect_uri')).toBe(`${app.url}/callback`)

    const authorized = await browser.get(location)
    const done = await browser.get(authorized.headers.get('location') ?? '', { headers: forged })
    expect(done.headers.get('location')).toBe('/orders')

    const logout = await browser.post(`${app.url}/logout`, {}, { headers: forged })
    expect(new URL(logout.headers.get('location') ?? '').searchParams.get('post_logout_redirect_uri')).toBe(
      `${app.url}/`,
    )
  })
})
