// close(): what must not be cut off is finished, and what comes later still works, but for refreshes.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { createGate, type Gate } from '../unit/session/gate.ts'

type Request = { oidc: RequestOidc }
type Answer = { end(text: string): void }

function forced({ oidc }: Request, response: Answer, next: (error: unknown) => void): void {
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
}

const options = { scope: 'openid offline_access' }
const routes = [['/forced', requireAuth(), forced]] as const

describe('close()', () => {
  let revocation: Gate | undefined
  const network = async (url: string, init: RequestInit): Promise<Response> => {
    if (url.endsWith('/revoke')) await revocation?.passed
    return await fetch(url, init)
  }
  const fixture = useProviderAndApp({ options: { ...options, fetch: network as typeof fetch } })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  it('waits for the revocation of a logout', async () => {
    const { app } = fixture
    const browser = await signedIn()
    revocation = createGate()
    expect((await browser.post(`${app.url}/logout`)).status).toBe(303)
    const closed = app.relyingParty.close()
    expect(app.relyingParty.close()).toBe(closed) // one end, however often it is asked for
    const moment = delay(50).then(() => 'waiting')
    expect(await Promise.race([closed, moment])).toBe('waiting')
    revocation.open()
    await closed
  })
})

describe('an app after close()', () => {
  const fixture = useProviderAndApp({ options, routes })

  it('signs in and out, and answers a refresh by 503 without asking the provider', async () => {
    const { app, provider } = fixture
    const early = new TestBrowser()
    await early.follow(`${app.url}/orders`)
    await app.relyingParty.close()
    for (const browser of [early, new TestBrowser()]) {
      expect((await browser.follow(`${app.url}/orders`)).text).toBe('orders of test-user')
      provider.requests.length = 0
      const page = await browser.get(`${app.url}/forced`)
      expect([page.status, provider.requests]).toEqual([503, []])
      expect((await browser.get(`${app.url}/orders`)).status).toBe(200)
      expect((await browser.post(`${app.url}/logout`)).status).toBe(303)
      await expect.poll(() => provider.requestsTo('revocation').length).toBe(1)
      expect((await browser.get(`${app.url}/whoami`)).text).toBe('null')
    }
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_REFRESH' }, { code: 'ERR_RP_REFRESH' }])
  })
})

describe('the log at close()', () => {
  const fixture = useProviderAndApp()

  it('has the summaries that are still due', async () => {
    const { app } = fixture
    for (let times = 0; times < 3; times += 1) {
      await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token: 'x' }) })
    }
    expect(app.log.lines).toHaveLength(1)
    await app.relyingParty.close()
    expect(app.log.lines).toMatchObject([{ code: 'ERR_RP_LOGOUT_TOKEN' }, { code: 'ERR_RP_LOGOUT_TOKEN', count: 2 }])
  })
})
