// A misspelt option of req.oidc.login(), logout() and the others is an error of the app: nothing happens instead.
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Next, RequestOidc } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Request = IncomingMessage & { oidc: RequestOidc }

function calling(act: (oidc: RequestOidc) => Promise<unknown>) {
  return ({ oidc }: Request, response: { end(text: string): void }, next: Next) => {
    act(oidc).then(() => response.end('done'), next)
  }
}

const calls = {
  '/logout-to': calling((oidc) => oidc.logout({ returnTo: '/bye' } as never)),
  '/login-with-state': calling((oidc) => oidc.login({ state: 'x' } as never)),
  '/login-to-a-list': calling((oidc) => oidc.login({ returnTo: ['/a', '/b'] } as never)),
  '/token-for': calling((oidc) => oidc.getAccessToken({ audience: 'https://api.example' } as never)),
  '/end': calling((oidc) => oidc.endLogins(null as never)),
  '/userinfo': calling((oidc) => (oidc.userinfo as (options: unknown) => Promise<unknown>)({ sub: 'other' })),
  '/fetch': calling((oidc) => oidc.fetch('https://api.example', { json: {} } as never)),
}

describe.each(setups)('calls with wrong options on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes: Object.entries(calls) })

  it.each(Object.keys(calls))('%s answers 500 with ERR_RP_OPTIONS, and the login stays as it is', async (path) => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.requests.length = 0
    const page = await browser.get(app.url + path)
    expect([page.status, page.headers.get('location')]).toEqual([500, null])
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_OPTIONS' }])
    expect(app.log.codes()).toEqual(['ERR_RP_OPTIONS'])
    expect((await browser.get(`${app.url}/orders`)).text).toBe('orders of test-user')
    expect(provider.requests).toEqual([])
  })
})
