// V20, V21: a stolen or swapped code is worthless: state, code_verifier and nonce each stop it (RFC 9700 section 4.5).
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

describe('code injection', () => {
  const fixture = useProviderAndApp()

  async function callbackOf(browser: TestBrowser): Promise<URL> {
    const page = await browser.follow(`${fixture.app.url}/orders`, { until: (url) => url.pathname === '/callback' })
    return new URL(page.redirects.at(-1) ?? '')
  }

  it("refuses the code of the attacker's own login in the victim's transaction (PKCE, RFC 7636)", async () => {
    const victim = new TestBrowser()
    const [own, stolen] = [await callbackOf(victim), await callbackOf(new TestBrowser())]
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    expect((await victim.get(own)).status).toBe(502)
    expect((await victim.get(`${fixture.app.url}/whoami`)).json()).toBeNull()
  })

  it('refuses an ID token of another login of the same person (nonce, OpenID Connect Core 15.5.2)', async () => {
    const browser = new TestBrowser()
    const first = await browser.follow(`${fixture.app.url}/orders`)
    expect(first.status).toBe(200)
    const { idToken } = (await browser.get(`${fixture.app.url}/whoami`)).json() as { idToken: string }
    fixture.provider.misbehave({ token: { replace: { id_token: idToken } } })
    const other = new TestBrowser()
    expect((await other.follow(`${fixture.app.url}/orders`)).status).toBe(502)
    expect(fixture.app.errors[0]).toMatchObject({ message: expect.stringContaining('nonce') })
  })
})
