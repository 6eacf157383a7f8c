// V19: an answer of one provider never finishes a login that was started at another (RFC 9700 section 4.4).
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

describe('mix-up', () => {
  const honest = useProviderAndApp()
  const evil = useProviderAndApp()

  it('refuses a code of the honest provider under the iss of the evil one, before the code is sent', async () => {
    const browser = new TestBrowser()
    const page = await browser.follow(`${honest.app.url}/orders`, { until: (url) => url.pathname === '/callback' })
    const callback = new URL(page.redirects.at(-1) ?? '')
    callback.searchParams.set('iss', evil.provider.issuer)
    expect((await browser.get(callback)).status).toBe(400)
    expect(honest.provider.requestsTo('token')).toHaveLength(0)
    expect(evil.provider.requestsTo('token')).toHaveLength(0)
  })

  it('refuses the iss of another on an error as well (RFC 9207 section 2.4)', async () => {
    const browser = new TestBrowser()
    honest.provider.misbehave({ authorization: { error: 'access_denied', replace: { iss: evil.provider.issuer } } })
    const page = await browser.follow(`${honest.app.url}/orders`)
    expect([page.status, honest.app.errors[0]]).toEqual([
      400,
      expect.objectContaining({ code: 'ERR_RP_RESPONSE_INVALID' }),
    ])
  })
})

describe('an iss that nobody announced', () => {
  const metadata = { authorization_response_iss_parameter_supported: undefined }
  const fixture = useProviderAndApp({ provider: { metadata } })

  it('is still compared when it is there, and may be absent', async () => {
    const { app, provider } = fixture
    provider.misbehave({ authorization: { replace: { iss: 'https://evil.example' } } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(400)
    provider.behave()
    provider.misbehave({ authorization: { omit: ['iss'] } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(200)
  })
})
