// What people and programs see of an error: a small page or problem+json, and nothing of what they sent.
import supertest from 'supertest'
import { describe, expect, it } from 'vitest'
import type { RequestOidc } from '../../src/index.ts'
import { startTestProvider, TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

const markup = '<script>alert(1)</script>'

/** Fails: the login has no refresh token. */
function refresh({ oidc }: { oidc: RequestOidc }, _response: unknown, next: (error?: unknown) => void): void {
  oidc.getAccessToken({ forceRefresh: true }).then(() => next(), next)
}

/** Fails: it is no parameter of the kind that the option takes. */
function mistake({ oidc }: { oidc: RequestOidc }, _response: unknown, next: (error?: unknown) => void): void {
  oidc.login({ authorizationParameters: 'none' as never }).catch(next)
}

describe.each(setups)('errorPage on $name', (setup) => {
  const fixture = useProviderAndApp({
    setup,
    routes: [
      ['/refresh', refresh],
      ['/mistake', mistake],
    ],
  })

  it('shows people a page under a policy that allows no script, with a way to start again', async () => {
    const { app } = fixture
    const response = await supertest(app.url).get('/callback?state=a&code=b').accept('text/html')
    expect(response.status).toBe(400)
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'$/),
    })
    expect(response.text).toContain(
      '<a href="/login">Sign in</a></p><p class="lesser"><a href="/">To the start page</a>',
    )
    expect(response.text).toContain('ERR_RP_TRANSACTION_MISSING')
  })

  it.each([
    ['/logout', true],
    ['/frontchannel-logout', false],
  ])('offers no sign-in for a sign-out at %s that failed; the start page: %s', async (path, offersStart) => {
    const { text } = await new TestBrowser().get(fixture.app.url + path)
    expect(text).toMatch(/ERR_RP_LOGOUT/)
    expect([text.includes('Sign in'), text.includes('To the start page')]).toEqual([false, offersStart])
  })

  it('offers neither where the app is at fault', async () => {
    const { status, text } = await new TestBrowser().get(`${fixture.app.url}/mistake`)
    expect([status, text.includes('ERR_RP_OPTIONS'), text.includes('<a ')]).toEqual([500, true, false])
  })

  it('offers the start page to who is signed in, and no sign-in', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    const { status, text } = await browser.get(`${fixture.app.url}/refresh`)
    expect([status, text.includes('ERR_RP_NO_REFRESH_TOKEN'), text.includes('Sign in')]).toEqual([403, true, false])
    expect(text).toContain('<a href="/">To the start page</a>')
  })

  it('tells programs the code as problem+json (RFC 9457)', async () => {
    const response = await supertest(fixture.app.url).get('/callback?state=a&code=b').accept('application/json')
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.body).toMatchObject({ status: 400, code: 'ERR_RP_TRANSACTION_MISSING' })
  })

  it('repeats nothing of the query or of the provider (threat V27)', async () => {
    const { app, provider } = fixture
    const forged = await supertest(app.url).get('/callback').query({ state: markup, error: markup }).accept('text/html')
    provider.misbehave({ authorization: { error: 'access_denied', errorDescription: markup } })
    const denied = await new TestBrowser().follow(`${app.url}/orders`)
    expect([forged.status, denied.status]).toEqual([400, 403])
    for (const text of [forged.text, denied.text]) expect(text).not.toMatch(/alert|script/)
  })
})

describe("the framework's own error page", () => {
  const rethrow = (error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => next(error)
  it.each(setups)('is not cached either on $name (invariant 9)', async (setup) => {
    const provider = await startTestProvider()
    const app = await startApp({ setup, options: { provider: { issuer: provider.issuer } }, errorPage: rethrow })
    const page = await new TestBrowser().get(`${app.url}/callback?state=a&code=b`)
    expect([page.status, page.headers.get('cache-control')]).toEqual([400, 'no-store'])
    await app.close()
    await provider.close()
  })
})

describe('an error of the app itself', () => {
  const fixture = useProviderAndApp({
    routes: [
      ['/boom', (_request: unknown, _response: unknown, next: (error: Error) => void) => next(new Error('boom'))],
    ],
  })

  it('is passed on untouched', async () => {
    const response = await supertest(fixture.app.url).get('/boom')
    expect(response.status).toBe(500)
    expect(fixture.app.errors[0]).toMatchObject({ message: 'boom' })
  })
})
