// V14, V15: floods of logins and hostile headers neither grow a session without end nor throw.
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

describe('a flood of login starts in one session', () => {
  const fixture = useProviderAndApp()

  it('keeps sixteen of them, the newest, in a session of bounded size', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    let last = ''
    for (let count = 0; count < 100; count++) {
      const start = `${app.url}/login?return_to=/orders/${count}`
      const page = await browser.follow(start, { until: (url) => url.pathname === '/callback' })
      last = page.redirects.at(-1) ?? ''
    }
    const sessions = Object.values((app.sessions as unknown as { sessions: Record<string, string> }).sessions)
    const [session = ''] = sessions
    const kept = Object.keys(JSON.parse(session).relyingParty.transactions)
    expect([sessions.length, kept.length]).toEqual([1, 16])
    expect(session.length).toBeLessThan(16 * 400 + 300)
    expect((await browser.follow(last)).status).toBe(200)
  })

  it('stops the eleventh that leads to the same page in a minute: a page in the place of the redirect', async () => {
    const browser = new TestBrowser()
    const starts = Array.from({ length: 11 }, () => () => browser.get(`${fixture.app.url}/orders`))
    const statuses: number[] = []
    for (const start of starts) statuses.push((await start()).status)
    expect(statuses).toEqual([...Array(10).fill(302), 429])
    expect((await browser.get(`${fixture.app.url}/orders/another`)).status).toBe(302)
  })

  it('gives a session that holds nothing else an hour to live', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/login`)
    const expires = /expires=([^;]+)/i.exec(page.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
    expect((Date.parse(expires) - Date.now()) / 1000).toBeGreaterThan(3500)
    expect((Date.parse(expires) - Date.now()) / 1000).toBeLessThan(3700)
  })

  it('gives the session of a signed-in person the lifetime that the app asked for', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    expect(browser.cookies.find(({ name }) => name === 'connect.sid')).not.toHaveProperty('expires')
  })
})

describe('hostile headers', () => {
  const fixture = useProviderAndApp()

  it.each([
    ['a thousand cookies', { cookie: Array.from({ length: 1000 }, (_, n) => `c${n}=v`).join('; ') }],
    ['a doubled session cookie', { cookie: 'connect.sid=s%3Aa.b; connect.sid=s%3Ac.d' }],
    ['a broken session cookie', { cookie: 'connect.sid=%E0%A4%A' }],
    ['a broken Accept', { accept: ';;;q=,,/' }],
    ['a broken Authorization', { authorization: 'Bearer' }],
    ['broken Fetch Metadata', { 'sec-fetch-mode': '\u00ff', 'sec-fetch-site': ',,', 'sec-fetch-dest': '' }],
  ])('are answered without a 5xx: %s', async (_what, headers) => {
    for (const path of ['/', '/orders', '/login', '/callback?code=a&state=b', '/logout']) {
      expect((await new TestBrowser().get(fixture.app.url + path, { headers })).status, path).toBeLessThan(500)
    }
  })
})
