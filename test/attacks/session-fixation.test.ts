// V8, V9, V10, V11: the session id changes at login, logout and change of user; the login lives in its record.
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type SessionRequest = IncomingMessage & { session: { cart?: string; id: string } }

const routes = [
  [
    '/cart/put',
    (request: SessionRequest, response: { end(text: string): void }) => {
      request.session.cart = 'books'
      response.end('put')
    },
  ],
  [
    '/cart',
    (request: SessionRequest, response: { end(t: string): void }) => response.end(request.session.cart ?? 'empty'),
  ],
] as const

const sessionId = (browser: TestBrowser) => browser.cookies.find(({ name }) => name === 'connect.sid')?.value

describe.each(setups)('session fixation on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes })

  it('gives a new session id at login: the id known before it signs nobody in', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.get(`${app.url}/cart/put`)
    const planted = sessionId(browser)
    await browser.follow(`${app.url}/orders`)
    expect(sessionId(browser)).not.toBe(planted)
    const attacker = await new TestBrowser().get(`${app.url}/whoami`, { headers: { cookie: `connect.sid=${planted}` } })
    expect(attacker.json()).toBeNull()
  })

  it('moves the cart of an anonymous visitor along', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.get(`${app.url}/cart/put`)
    await browser.follow(`${app.url}/orders`)
    expect((await browser.get(`${app.url}/cart`)).text).toBe('books')
  })

  it('never moves the cart of one person to another, and keeps it for the same', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    await browser.get(`${app.url}/cart/put`)
    await browser.follow(`${app.url}/login`)
    expect((await browser.get(`${app.url}/cart`)).text).toBe('books')
    provider.user = { sub: 'somebody-else' }
    await browser.follow(`${app.url}/login`)
    expect((await browser.get(`${app.url}/cart`)).text).toBe('empty')
    provider.user = { sub: 'test-user' }
  })

  it('ends the earlier login when another person signs in in the same browser', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const cookie = `connect.sid=${sessionId(browser)}`
    provider.user = { sub: 'somebody-else' }
    await browser.follow(`${app.url}/login`)
    provider.user = { sub: 'test-user' }
    expect((await new TestBrowser().get(`${app.url}/whoami`, { headers: { cookie } })).json()).toBeNull()
  })

  it('drops the session at logout', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    await browser.get(`${app.url}/cart/put`)
    await browser.post(`${app.url}/logout`)
    expect((await browser.get(`${app.url}/cart`)).text).toBe('empty')
  })
})

describe('absoluteSeconds', () => {
  let now = Math.floor(Date.now() / 1000)
  const fixture = useProviderAndApp({ options: { clock: () => now, session: { absoluteSeconds: 600 } } })

  it('ends a login by the stored instant, whatever the cookie says (threat V11)', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    now += 599
    expect((await browser.get(`${app.url}/whoami`)).json()).not.toBeNull()
    now += 1
    expect((await browser.get(`${app.url}/whoami`)).json()).toBeNull()
  })
})
