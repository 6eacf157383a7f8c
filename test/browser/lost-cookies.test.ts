// A browser that does not bring the cookie back, in real Chromium: one restart, and then a page that names cause and fix.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { startApp, type TestApp, type TestAppOptions } from '../setups.ts'
import { hasChromium, startChromiumWithoutCookies, type TestChromium, useChromium } from './chromium.ts'
import { causeOn, fixOn } from './lost-page.ts'
import { enter } from './people.ts'
import { useSignInPage } from './sign-in-page.ts'
import { redirectsBefore } from './tabs.ts'

const browser = useChromium()

type Session = Exclude<TestAppOptions['session'], false | undefined>

describe.skipIf(!hasChromium())('a browser that comes back without the cookie', () => {
  let provider: TestProvider

  beforeAll(async () => {
    provider = await startTestProvider()
  })
  afterAll(async () => {
    await provider.close()
  })

  /** On another site than the provider: browsers share cookies between ports, and 127.0.0.1 is not localhost. */
  async function startSite(session: Session = {}): Promise<TestApp> {
    provider.requests.length = 0
    return await startApp({ host: 'localhost', session, options: { provider: { issuer: provider.issuer } } })
  }

  /** Asks for a guarded page, and reads what came instead. */
  async function visit(app: TestApp, opened: Pick<TestChromium, 'openElsewhere'> = browser) {
    const { page } = await opened.openElsewhere()
    const answer = await page.goto(`${app.url}/orders/7`)
    const [cause, fix] = [await causeOn(page), await fixOn(page)]
    const logins = provider.requestsTo('authorization').length
    const redirects = redirectsBefore(answer?.request())
    await page.close()
    return {
      status: answer?.status(),
      cause,
      fix,
      logins,
      redirects,
      tokenRequests: provider.requestsTo('token').length,
    }
  }

  it('reads that trust proxy is why, when Secure cookies meet plain http', async () => {
    const app = await startSite({ cookie: { secure: true } })
    const seen = await visit(app)
    expect(seen).toMatchObject({ status: 400, cause: 'ERR_RP_TRANSACTION_MISSING cookie_insecure', tokenRequests: 0 })
    expect(seen.fix).toContain("app.set('trust proxy', 1)")
    expect([seen.logins, seen.redirects]).toEqual([2, 6])
    await app.close()
  })

  it('reads that it blocks cookies, when its owner has set it so', async () => {
    const app = await startSite()
    const blocking = await startChromiumWithoutCookies()
    const seen = await visit(app, { openElsewhere: blocking.open })
    expect(seen).toMatchObject({ status: 400, cause: 'ERR_RP_TRANSACTION_MISSING cookie_missing', tokenRequests: 0 })
    expect(seen.fix).toContain('the browser blocks cookies')
    expect([seen.logins, seen.redirects]).toEqual([2, 6])
    await blocking.close()
    await app.close()
  })
})

describe.skipIf(!hasChromium())("a session cookie with sameSite 'strict'", () => {
  const fixture = useSignInPage({ session: { cookie: { sameSite: 'strict' } } })

  it('is named as the reason when the page of a provider on another site leads back', async () => {
    const { page } = await browser.open()
    await page.goto(`${fixture.app.url}/orders/7`)
    await enter(page, 'demo', 'demo')
    await page.waitForURL(`${fixture.app.url}/callback**`)
    expect(await causeOn(page)).toBe('ERR_RP_TRANSACTION_MISSING cookie_strict')
    expect(await fixOn(page)).toContain("Use 'lax'")
  })
})
