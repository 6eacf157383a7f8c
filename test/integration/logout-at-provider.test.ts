// What the provider is told at logout: hints, long requests by POST, and the refresh token's end (RP-Initiated Logout 1.0, RFC 7009).
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Next, RequestOidc } from '../../src/index.ts'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, type TestApp } from '../setups.ts'

const alice = { sub: 'test-user', name: 'Test User' }

/** A route of the app that signs out with a hint of its own. */
const bye = (request: { oidc: RequestOidc }, _response: unknown, next: Next) => {
  request.oidc.logout({ logoutHint: 'from the app' }).catch(next)
}

async function signedIn(app: TestApp): Promise<TestBrowser> {
  const browser = new TestBrowser()
  await browser.follow(`${app.url}/orders`)
  return browser
}

async function isSignedIn(app: TestApp, browser: TestBrowser): Promise<boolean> {
  return (await browser.get(`${app.url}/whoami`)).json() !== null
}

function hintOf(page: TestPage): string | null {
  return new URL(page.headers.get('location') ?? '').searchParams.get('logout_hint')
}

describe.each(setups)('logout_hint on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes: [['/bye', bye]] })

  it('is not sent when there is none', async () => {
    const { app } = fixture
    expect(hintOf(await (await signedIn(app)).post(`${app.url}/logout`))).toBeNull()
  })

  it('is the claim login_hint, where the provider gave one', async () => {
    const { app, provider } = fixture
    provider.user = { ...alice, login_hint: 'a hint of the provider' }
    const browser = await signedIn(app)
    provider.user = alice
    expect(hintOf(await browser.post(`${app.url}/logout`))).toBe('a hint of the provider')
  })

  it('is what the app says, before the claim', async () => {
    const { app, provider } = fixture
    provider.user = { ...alice, login_hint: 'a hint of the provider' }
    const browser = await signedIn(app)
    provider.user = alice
    expect(hintOf(await browser.post(`${app.url}/bye`))).toBe('from the app')
  })
})

/** The form of a page, as a browser reads it. */
function formOf({ text }: TestPage): { action: string; fields: Record<string, string> } {
  const read = (escaped = '') => escaped.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  const inputs = text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  return {
    action: read(/<form method="post" action="([^"]*)">/.exec(text)?.[1]),
    fields: Object.fromEntries([...inputs].map(([, name, value]) => [read(name), read(value)])),
  }
}

describe.each(setups)('a logout request of more than 4096 characters on $name', (setup) => {
  const fixture = useProviderAndApp({
    setup,
    provider: { user: { ...alice, groups: Array.from({ length: 300 }, (_, index) => `group-${index}`) } },
  })

  async function loggedOut() {
    const { app } = fixture
    const browser = await signedIn(app)
    const { idToken } = (await browser.get(`${app.url}/whoami`)).json() as { idToken: string }
    return { browser, idToken, page: await browser.post(`${app.url}/logout`) }
  }

  it('is a form that goes to the end-session endpoint by POST (RP-Initiated Logout 1.0 section 2)', async () => {
    const { app, provider } = fixture
    const { idToken, page } = await loggedOut()
    expect([page.status, page.redirects]).toEqual([200, []])
    expect(formOf(page)).toEqual({
      action: `${provider.issuer}/end_session`,
      fields: {
        id_token_hint: idToken,
        client_id: 'test-client',
        post_logout_redirect_uri: `${app.url}/`,
        state: expect.stringMatching(/^[\w-]{22}$/),
      },
    })
  })

  it('comes back to the post-logout page, and the login here has ended before', async () => {
    const { app } = fixture
    const { browser, page } = await loggedOut()
    expect(await isSignedIn(app, browser)).toBe(false)
    const { action, fields } = formOf(page)
    const back = await browser.follow(action, { form: fields, from: page.url })
    expect(back.url.replace(/\?.*/, '')).toBe(`${app.url}/`)
  })

  it('has the ID token in the form alone, on a page that is never cached and names itself to nobody', async () => {
    const { idToken, page } = await loggedOut()
    expect([...page.headers].some(([, value]) => value.includes(idToken))).toBe(false)
    expect(page.text.split(idToken)).toHaveLength(2)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('posts itself by the one script that its policy names, and by a button without it', async () => {
    const { page } = await loggedOut()
    const policy = page.headers.get('content-security-policy')
    const script = /<script>(.*)<\/script>/.exec(page.text)?.[1] ?? ''
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/form-action|unsafe/)
    expect(page.text).toContain('<button>')
  })
})

describe.each(setups)('the refresh token at logout on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options: { scope: 'openid offline_access' } })
  const rejections: unknown[] = []
  const keep = (reason: unknown) => void rejections.push(reason)
  beforeAll(() => void process.on('unhandledRejection', keep))
  afterAll(() => void process.off('unhandledRejection', keep))

  it('is revoked at the provider (RFC 7009), and no request before had it', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    await browser.post(`${app.url}/logout`)
    await expect.poll(() => provider.requestsTo('revocation').length).toBe(1)
    const [request] = provider.requestsTo('revocation')
    expect(Object.fromEntries(request?.body ?? [])).toEqual({
      client_id: 'test-client',
      token: expect.stringMatching(/^[\w-]{32}$/),
      token_type_hint: 'refresh_token',
    })
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'test-client',
      refresh_token: request?.body?.get('token') ?? '',
    })
    expect((await fetch(`${provider.issuer}/token`, { method: 'POST', body })).status).toBe(400)
  })

  it.each([
    ['fails', { status: 503 }],
    ['breaks off', { destroySocket: true }],
    ['refuses', { status: 400, body: { error: 'unsupported_token_type' } }],
  ])('does not keep the person signed in when the revocation %s', async (_what, revocation) => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    provider.misbehave({ revocation })
    const page = await browser.post(`${app.url}/logout`)
    expect([page.status, page.headers.get('location')]).toEqual([303, expect.stringContaining('/end_session?')])
    expect(await isSignedIn(app, browser)).toBe(false)
    await expect.poll(() => provider.requestsTo('revocation').length).toBe(1)
    expect([app.errors, rejections]).toEqual([[], []])
  })

  it('does not keep the person waiting when the revocation takes its time', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    provider.misbehave({ revocation: { delaySeconds: 5 } })
    const startedAt = Date.now()
    expect((await browser.post(`${app.url}/logout`)).status).toBe(303)
    expect(Date.now() - startedAt).toBeLessThan(2500)
  })
})

describe('the revocation at logout', () => {
  const withoutToken = useProviderAndApp()
  const withoutEndpoint = useProviderAndApp({
    options: { scope: 'openid offline_access' },
    provider: { metadata: { revocation_endpoint: undefined } },
  })

  it.each([
    ['there is no refresh token', withoutToken],
    ['the provider announces no revocation_endpoint', withoutEndpoint],
  ])('is not asked for where %s', async (_what, fixture) => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    await browser.follow(`${app.url}/logout`, { form: {} })
    expect(provider.requestsTo('end_session')).toHaveLength(1)
    expect(provider.requestsTo('revocation')).toEqual([])
  })
})

describe('a revocation_endpoint that is not an https URL', () => {
  const fixture = useProviderAndApp({ provider: { metadata: { revocation_endpoint: 'http://id.example/revoke' } } })

  it('makes the metadata unusable, like any other endpoint: a refresh token would cross the network readable', async () => {
    const { app } = fixture
    const page = await new TestBrowser().get(`${app.url}/login`)
    expect(page.status).toBe(503)
    expect(app.errors[0]).toMatchObject({
      code: 'ERR_RP_DISCOVERY',
      message: expect.stringContaining('revocation_endpoint'),
    })
  })
})
