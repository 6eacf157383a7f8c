// What the operator reads of a request that fails, and what of it the page shows.
import { setImmediate as settled } from 'node:timers/promises'
import supertest from 'supertest'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { memoryStore, RelyingPartyError, type RequestOidc } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

type Handled = { oidc: RequestOidc }
type Next = (error?: unknown) => void

const handlers = {
  refresh: ({ oidc }: Handled, _response: unknown, next: Next) =>
    void oidc.getAccessToken({ forceRefresh: true }).then(() => next(), next),
  token: ({ oidc }: Handled, _response: unknown, next: Next) => void oidc.getAccessToken().then(() => next(), next),
  own: (_request: unknown, _response: unknown, next: Next) =>
    next(new RelyingPartyError('ERR_RP_OPTIONS', { message: 'A guard was made while a request was served.' })),
}

describe.each(setups)('the log of a request on $name', (setup) => {
  let aheadSeconds = 0
  const clock = () => Date.now() / 1000 + aheadSeconds
  const fixture = useProviderAndApp({
    setup,
    options: { httpTimeoutSeconds: 1, scope: 'openid offline_access', clock },
    routes: [
      ['/refresh', handlers.refresh],
      ['/token', handlers.token],
      ['/own', handlers.own],
    ],
  })

  it('has one line for a callback that fails, with the reference that the page shows (issue 13 item 3.1)', async () => {
    const { app, provider } = fixture
    provider.misbehave({ token: { status: 500 } })
    const { status, text } = await new TestBrowser().follow(`${app.url}/orders`)
    expect(status).toBeGreaterThanOrEqual(500)
    expect(app.log.lines).toMatchObject([{ level: 'error', status, route: '/callback', provider: provider.issuer }])
    expect(text).toContain(`reference ${app.log.lines[0]?.reference}`)
    expect(app.errors).toHaveLength(1)
  })

  it('has a line for a login that the user cancelled', async () => {
    const { app, provider } = fixture
    provider.misbehave({ authorization: { error: 'access_denied' } })
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(403)
    expect(app.log.lines).toMatchObject([{ level: 'warn', code: 'ERR_RP_ACCESS_DENIED', error: 'access_denied' }])
  })

  it('has a line for a refresh that fails, under the function that the app called', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.misbehave({ token: { status: 503 } })
    expect((await browser.get(`${app.url}/refresh`)).status).toBe(503)
    expect(app.log.lines).toMatchObject([{ level: 'error', code: 'ERR_RP_REFRESH' }])
  })

  it('has one line for a refresh that fails while the old token still works, however many requests ask', async () => {
    const { app, provider } = fixture
    provider.behave()
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    aheadSeconds = 3550 // of the 3600 that the token lives
    provider.misbehave({ token: { status: 503 } })
    for (let count = 0; count < 3; count += 1) expect((await browser.get(`${app.url}/token`)).status).toBe(200)
    aheadSeconds = 0
    expect(app.log.lines).toMatchObject([{ level: 'error', code: 'ERR_RP_REFRESH' }])
  })

  it('counts the requests of signed-out clients that ask for a token', async () => {
    const { app } = fixture
    for (let count = 0; count < 3; count += 1) await supertest(app.url).get('/token').expect(401)
    expect(app.log.codes()).toEqual(['ERR_RP_LOGIN_REQUIRED'])
  })

  it('counts callbacks with a state that opens for no one', async () => {
    const { app } = fixture
    for (let count = 0; count < 5; count += 1)
      await supertest(app.url).get(`/callback?state=a${count}&code=b`).expect(400)
    expect(app.log.lines).toMatchObject([{ level: 'warn', code: 'ERR_RP_TRANSACTION_MISSING' }])
  })

  it('has a line for a failure that only errorPage() meets', async () => {
    const { app } = fixture
    await supertest(app.url).get('/own').accept('text/html').expect(500)
    expect(app.log.lines).toMatchObject([{ level: 'error', code: 'ERR_RP_OPTIONS', route: 'errorPage()' }])
  })

  it('has nothing for logins that work and for guards that refuse', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    await supertest(app.url).get('/orders').accept('application/json').expect(401)
    expect(app.log.lines).toEqual([])
  })
})

describe.each(setups)('the log of an app without a session on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, session: false })

  it('has a line for each request, and the page shows the fix where the app is developed', async () => {
    const { app } = fixture
    const { text } = await supertest(app.url).get('/').accept('text/html').expect(500)
    expect(app.log.lines).toMatchObject([{ level: 'error', code: 'ERR_RP_NO_SESSION', route: 'relyingParty()' }])
    expect(text).toContain('Put app.use(session(')
    expect(text).toContain('docs/errors.md')
    expect(text).toContain(`reference ${app.log.lines[0]?.reference}`)
  })

  it('tells programs the same', async () => {
    const { app } = fixture
    const { body } = await supertest(app.url).get('/').accept('application/json').expect(500)
    const { reference } = app.log.lines[0] ?? {}
    expect(body).toMatchObject({ code: 'ERR_RP_NO_SESSION', reference, detail: expect.stringContaining('session(') })
  })
})

describe('a page that strangers may see', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startTestProvider()
  })
  afterAll(() => provider.close())
  afterEach(() => vi.unstubAllEnvs())

  async function pageOf(app: TestApp): Promise<string> {
    const { text } = await supertest(app.url.replace('app.example', '127.0.0.1'))
      .get('/')
      .accept('text/html')
      .expect(500)
    await app.close()
    expect(text).toContain(`ERR_RP_NO_SESSION, reference ${app.log.lines[0]?.reference}`)
    return text
  }

  it('shows the reference alone with NODE_ENV=production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const options = { provider: { issuer: provider.issuer } }
    expect(await pageOf(await startApp({ session: false, options }))).not.toContain('session(')
  })

  it('shows the reference alone where baseUrl is off loopback', async () => {
    const options = { provider: { issuer: provider.issuer }, baseUrl: 'https://app.example' }
    expect(await pageOf(await startApp({ session: false, options }))).not.toContain('session(')
  })
})

describe('a promise of req.oidc that the app does not await', () => {
  const forgotten: unknown[] = []
  const fixture = useProviderAndApp({
    options: { store: memoryStore() },
    routes: [
      [
        '/forgotten',
        ({ oidc }: Handled, response: { end(): void }) => {
          forgotten.push(oidc.getAccessToken(), oidc.userinfo(), oidc.fetch('https://api.example/'), oidc.endLogins())
          response.end()
        },
      ],
    ],
  })

  it('leaves no rejection unhandled, is logged, and still rejects (issue 13 item 1.5)', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    await supertest(fixture.app.url).get('/forgotten').expect(200)
    await settled()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(new Set(fixture.app.log.lines.map(({ route }) => route))).toEqual(
      new Set(['req.oidc.getAccessToken()', 'req.oidc.userinfo()', 'req.oidc.endLogins()', 'req.oidc.fetch()']),
    )
    for (const promise of forgotten) await expect(promise).rejects.toBeInstanceOf(RelyingPartyError)
  })
})

describe('a logger that fails', () => {
  const fixture = useProviderAndApp({
    session: false,
    options: {
      log: {
        error: () => {
          throw new Error('the disk is full')
        },
        warn: () => undefined,
      },
    },
  })

  it('does not fail the request, and loses no line', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await supertest(fixture.app.url).get('/').expect(500)
    expect(String(error.mock.calls[0]?.[0])).toContain('code=ERR_RP_NO_SESSION')
    error.mockRestore()
  })
})
