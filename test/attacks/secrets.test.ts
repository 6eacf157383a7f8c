// V42, invariant 10: no secret in an error, a log line, a page or a URL, on any path.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { faults, TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

const clientSecret = 'MARKED-client-secret-0123456789'
const secret = 'MARKED-sealing-secret-0123456789'

describe('secrets', () => {
  const fixture = useProviderAndApp({
    options: { clientId: 'marked', clientSecret, secret, userinfo: true, httpTimeoutSeconds: 1 },
    provider: { clients: [{ clientId: 'marked', clientSecret }] },
  })

  /** Everything secret that this login has seen. */
  function secretsOf(browser: TestBrowser): string[] {
    const { provider } = fixture
    const sent = provider.requests.flatMap(({ query, body }) =>
      ['code', 'code_verifier', 'nonce'].flatMap((name) => [query.get(name) ?? '', body?.get(name) ?? '']),
    )
    const cookies = browser.cookies.map(({ value }) => decodeURIComponent(value))
    const sessionIds = cookies.map((value) => value.replace(/^s:/, '').split('.')[0] ?? '')
    return [clientSecret, secret, ...sent, ...cookies, ...sessionIds].filter((value) => value.length > 8)
  }

  it.each(Object.keys(faults) as (keyof typeof faults)[])(
    'stay out of errors, log lines and pages with %s',
    async (fault) => {
      const { app, provider } = fixture
      if (fault === 'slowTokenResponse' || fault === 'drippingTokenResponse') return
      const browser = new TestBrowser()
      provider.misbehave(faults[fault])
      const page = await browser.follow(`${app.url}/orders`)
      const seen = [
        ...app.errors.map((error) => inspect(error, { depth: 20, showHidden: false })),
        ...app.errors.map((error) => JSON.stringify(error)),
        ...app.errors.map((error) => String((error as Error).stack)),
        JSON.stringify(app.log.lines),
        page.text,
      ].join('\n')
      for (const value of secretsOf(browser)) expect(seen.includes(value), `leaks ${value.slice(0, 6)}...`).toBe(false)
      expect(seen).not.toMatch(/eyJ[\w-]{10,}\./) // a JWT
    },
  )

  it('stay out of our own redirects: only the provider gets a code_challenge, a state and a nonce', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const page = await browser.follow(`${app.url}/orders`)
    const urls = page.redirects.filter((url) => !url.startsWith(`${app.url}/callback`)).join('\n')
    for (const value of secretsOf(browser).filter((value) => !urls.includes(`nonce=${value}`))) {
      expect(urls.includes(value)).toBe(false)
    }
  })

  it('stay out of the session: it holds an id, and the record is sealed', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const user = (await browser.get(`${app.url}/whoami`)).json() as { accessToken: string; idToken: string }
    const stored = inspect((app.sessions as unknown as { sessions: unknown }).sessions, { depth: 9 })
    for (const value of [user.accessToken, user.idToken, provider.user?.sub ?? '']) {
      expect(stored.includes(value)).toBe(false)
    }
  })
})
