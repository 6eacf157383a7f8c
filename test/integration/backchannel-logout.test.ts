// Back-channel logout: the provider's Logout Token ends logins, whoever it is that asks next (Back-Channel Logout 1.0).
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp, type TestApp } from '../setups.ts'

const parsers: readonly (readonly [what: string, before: readonly unknown[]])[] = [
  ['a body that nobody read', []],
  ['a body parsed by express.urlencoded()', [express.urlencoded({ extended: false })]],
  ['a body parsed by express.urlencoded({ extended: true })', [express.urlencoded({ extended: true })]],
  ['a body read by express.text()', [express.text({ type: '*/*' })]],
  ['a body read by express.raw()', [express.raw({ type: '*/*' })]],
  ['a body that express.json() looked at', [express.json()]],
]

function post(app: TestApp, parameters: Record<string, string> | string): Promise<Response> {
  const body = new URLSearchParams(parameters)
  return fetch(`${app.url}/backchannel-logout`, { method: 'POST', body, redirect: 'manual' })
}

async function signedIn(app: TestApp, path = '/orders'): Promise<TestBrowser> {
  const browser = new TestBrowser()
  await browser.follow(`${app.url}${path}`)
  return browser
}

interface User {
  readonly sub: string
  readonly claims: { readonly sid: string }
}

async function userOf(app: TestApp, browser: TestBrowser): Promise<User | null> {
  return (await browser.get(`${app.url}/whoami`)).json() as User | null
}

async function sidOf(app: TestApp, browser: TestBrowser): Promise<string> {
  return (await userOf(app, browser))?.claims.sid ?? 'nobody is signed in'
}

describe.each(setups)('back-channel logout on $name', (setup) => {
  describe.each(parsers)('with %s', (_what, before) => {
    const fixture = useProviderAndApp({ setup, before })

    it('ends the session that sid names, and answers 200 with nothing, never cached (sections 2.7, 2.8)', async () => {
      const { app, provider } = fixture
      const [ended, other] = [await signedIn(app), await signedIn(app)]
      const response = await post(app, { logout_token: provider.logoutToken({ sid: await sidOf(app, ended) }) })
      expect([response.status, await response.text()]).toEqual([200, ''])
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await userOf(app, ended)).toBeNull()
      expect(await userOf(app, other)).not.toBeNull()
    })

    it('refuses two logout_token parameters with 400, and nobody is signed out (threat V24)', async () => {
      const { app, provider } = fixture
      const browser = await signedIn(app)
      const [one, two] = [provider.logoutToken(), provider.logoutToken()]
      expect((await post(app, `logout_token=${one}&logout_token=${two}`)).status).toBe(400)
      expect(await userOf(app, browser)).not.toBeNull()
    })
  })

  const fixture = useProviderAndApp({ setup })

  it('ends all logins of the person when the token has no sid, in all browsers (section 2.6)', async () => {
    const { app, provider } = fixture
    const browsers = [await signedIn(app), await signedIn(app)]
    const alice = provider.user
    provider.user = { sub: 'bob' }
    const bob = await signedIn(app)
    provider.user = alice
    expect((await post(app, { logout_token: provider.logoutToken() })).status).toBe(200)
    for (const browser of browsers) expect(await userOf(app, browser)).toBeNull()
    expect(await userOf(app, bob)).toMatchObject({ sub: 'bob' })
  })

  it('sends the person who was signed out to the provider again, and answers a program with 401', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    await post(app, { logout_token: provider.logoutToken() })
    const page = await browser.get(`${app.url}/orders`)
    expect([page.status, page.headers.get('location')]).toEqual([302, expect.stringContaining(provider.issuer)])
    const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    expect((await browser.get(`${app.url}/orders`, { headers })).status).toBe(401)
  })

  it('answers 200 also when no such login is known (section 2.7)', async () => {
    const { app, provider } = fixture
    const claims = { sub: 'a stranger', sid: 'a session of nobody' }
    expect((await post(app, { logout_token: provider.logoutToken(claims) })).status).toBe(200)
  })

  it('ignores parameters that it does not know', async () => {
    const { app, provider } = fixture
    const response = await post(app, { logout_token: provider.logoutToken(), foo: 'bar', state: 'x' })
    expect(response.status).toBe(200)
  })

  it('accepts a token without typ, as WSO2 sends it', async () => {
    const { app, provider } = fixture
    const token = provider.logoutToken({}, { typ: undefined })
    expect((await post(app, { logout_token: token })).status).toBe(200)
  })

  it.each<[what: string, parameters: Record<string, string>]>([
    ['no token', {}],
    ['an empty token', { logout_token: '' }],
    ['no JWT', { logout_token: 'not a token' }],
  ])(
    'answers %s with 400 and JSON that says why, never cached, and no error goes to the app',
    async (...[, parameters]) => {
      const { app } = fixture
      const response = await post(app, parameters)
      expect(response.status).toBe(400)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toEqual({ error: 'invalid_request', error_description: expect.any(String) })
      expect(app.errors).toEqual([])
    },
  )

  it('sets no cookie: no session takes part', async () => {
    const { app, provider } = fixture
    const response = await post(app, { logout_token: provider.logoutToken() })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('leaves a GET of the path to the app', async () => {
    const response = await fetch(`${fixture.app.url}/backchannel-logout`)
    expect([response.status, await response.text()]).toEqual([200, 'public'])
  })
})

describe('back-channel logout where something of ours fails', () => {
  let aheadSeconds = 0
  const clock = () => Date.now() / 1000 + aheadSeconds
  const fixture = useProviderAndApp({ options: { httpTimeoutSeconds: 1, clock } })

  /** What express-session's store does for one kind of our keys, until the test is over. */
  async function withFailingWrites(app: TestApp, key: string, act: () => Promise<void>): Promise<void> {
    const { sessions } = app
    const set = sessions.set.bind(sessions)
    sessions.set = (id, data, callback) => {
      if (id.includes(key)) callback?.(new Error('MARKED: the store is down'))
      else set(id, data, callback)
    }
    await act().finally(() => {
      sessions.set = set
    })
  }

  it.each([
    ['the end of the logins', 'epoch', true],
    ['the use of the token', 'used', false],
  ])('answers 400 when the store does not take %s; the retry works', async (_what, key, isStillSignedIn) => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    const token = provider.logoutToken()
    await withFailingWrites(app, key, async () => {
      const response = await post(app, { logout_token: token })
      expect(response.status).toBe(400)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toEqual({
        error: 'temporarily_unavailable',
        error_description: 'the logout could not be carried out',
      })
    })
    expect((await userOf(app, browser)) !== null).toBe(isStillSignedIn)
    expect((await post(app, { logout_token: token })).status).toBe(200)
    expect(await userOf(app, browser)).toBeNull()
  })

  it('answers 400 when the keys cannot be had; the retry works', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    provider.rotateKeys({ keepOld: false })
    provider.misbehave({ jwks: { status: 503 } })
    const token = provider.logoutToken()
    expect((await post(app, { logout_token: token })).status).toBe(400)
    provider.behave()
    aheadSeconds = 31 // keyRefetchCooldownSeconds
    expect((await post(app, { logout_token: token })).status).toBe(200)
    expect(await userOf(app, browser)).toBeNull()
  })

  it('counts tokens that are wrong: any client can send those', async () => {
    const { app, provider } = fixture
    const [foreign, junk] = [provider.logoutToken({ aud: 'another' }), 'nonsense']
    for (const token of [foreign, junk, junk, foreign, junk]) await post(app, { logout_token: token })
    expect(app.log.codes()).toEqual(['ERR_RP_LOGOUT_TOKEN', 'ERR_RP_LOGOUT_TOKEN'])
  })
})

describe('the warning of a back-channel logout that failed here', () => {
  const fixture = useProviderAndApp({ options: { httpTimeoutSeconds: 1 } })

  it('comes once for many, names the fault, and holds nothing of the token', async () => {
    const { app, provider } = fixture
    provider.misbehave({ jwks: { status: 503 } })
    const tokens = Array.from({ length: 5 }, () => provider.logoutToken())
    for (const token of tokens) expect((await post(app, { logout_token: token })).status).toBe(400)
    await delay(1)
    expect(app.log.lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_BACKCHANNEL_LOGOUT' }])
    expect(app.log.lines[0]?.message).toContain('ERR_RP_KEYS')
    expect(app.log.lines[0]?.message).not.toMatch(/eyJ/)
  })
})

describe('back-channel logout where there is no session', () => {
  const fixture = useProviderAndApp({ session: false })

  it('answers 400 and warns: nobody could be signed out (section 2.8 knows no 500)', async () => {
    const { app, provider } = fixture
    const response = await post(app, { logout_token: provider.logoutToken({ sid: 'any' }) })
    expect(response.status).toBe(400)
    await expect.poll(() => app.log.codes()).toEqual(['WARN_RP_BACKCHANNEL_LOGOUT'])
    expect(app.errors).toEqual([])
  })
})

describe('back-channel logout where the app has consumed the body', () => {
  const consume = (
    request: { resume(): { once(event: string, then: () => void): void } },
    _: unknown,
    next: () => void,
  ) => request.resume().once('end', next)
  const drop = (request: AsyncIterable<unknown>, _response: unknown, next: () => void) => {
    void (async () => {
      for await (const _chunk of request);
      next()
    })()
  }
  const fixture = useProviderAndApp({ before: [drop] })
  const resumed = useProviderAndApp({ before: [consume] })

  it('answers 400 and warns with the fix', async () => {
    const { app, provider } = fixture
    expect((await post(app, { logout_token: provider.logoutToken() })).status).toBe(400)
    await delay(1)
    expect(app.log.lines[0]?.message).toMatch(/ERR_RP_OPTIONS/)
    expect(app.log.lines[0]?.message).toMatch(/express\.urlencoded/)
  })

  it('answers 400 where it was only thrown away', async () => {
    const { app, provider } = resumed
    expect((await post(app, { logout_token: provider.logoutToken() })).status).toBe(400)
  })
})

describe('back-channel logout below a mount, with a store of its own', () => {
  const fixture = useProviderAndApp({ mount: '/shop', options: { store: memoryStore() } })

  it('is at baseUrl followed by the path, and ends the login there', async () => {
    const { app, provider } = fixture
    const browser = await signedIn(app)
    expect((await post(app, { logout_token: provider.logoutToken() })).status).toBe(200)
    expect(await userOf(app, browser)).toBeNull()
  })
})

describe('routes.backchannelLogout', () => {
  const elsewhere = useProviderAndApp({ options: { routes: { backchannelLogout: '/oidc/bye' } } })
  const off = useProviderAndApp({ options: { routes: { backchannelLogout: false } } })

  it('moves the route', async () => {
    const { app, provider } = elsewhere
    const body = new URLSearchParams({ logout_token: provider.logoutToken() })
    expect((await fetch(`${app.url}/oidc/bye`, { method: 'POST', body })).headers.get('cache-control')).toBe('no-store')
    expect(await (await post(app, { logout_token: provider.logoutToken() })).text()).toBe('public')
  })

  it('switches it off: the app itself is asked, and nobody is signed out', async () => {
    const { app, provider } = off
    const browser = await signedIn(app)
    expect(await (await post(app, { logout_token: provider.logoutToken() })).text()).toBe('public')
    expect(await userOf(app, browser)).not.toBeNull()
  })
})

describe('back-channel logout of several providers', () => {
  const started: { a?: TestProvider; b?: TestProvider; app?: TestApp } = {}
  const clients = [{ clientId: 'test-client' }, { clientId: 'second-client' }]

  beforeAll(async () => {
    const [a, b] = [await startTestProvider({ clients }), await startTestProvider({ clients })]
    const providers = {
      a: { issuer: a.issuer },
      second: { issuer: a.issuer, clientId: 'second-client' },
      b: { issuer: b.issuer },
      plain: { issuer: b.issuer, clientId: 'second-client', scope: 'email' },
    }
    Object.assign(started, { a, b, app: await startApp({ options: { providers } as never }) })
  })
  afterAll(async () => {
    await started.app?.close()
    await started.a?.close()
    await started.b?.close()
  })

  it('ends the logins at the one that signed it, though the person has the same sub at the other', async () => {
    const { a, app } = started as Required<typeof started>
    const [atA, atB] = [await signedIn(app, '/login?provider=a'), await signedIn(app, '/login?provider=b')]
    expect((await post(app, { logout_token: a.logoutToken() })).status).toBe(200)
    expect([await userOf(app, atA), (await userOf(app, atB)) === null]).toEqual([null, false])
  })

  it('chooses between two clients at one issuer by the audience', async () => {
    const { a, app } = started as Required<typeof started>
    const browser = await signedIn(app, '/login?provider=second')
    const claims = { aud: ['second-client'], sid: await sidOf(app, browser) }
    expect((await post(app, { logout_token: a.logoutToken(claims) })).status).toBe(200)
    expect(await userOf(app, browser)).toBeNull()
  })

  it('does not take the jti of one for that of another', async () => {
    const { a, b, app } = started as Required<typeof started>
    const claims = { jti: 'the jti of both' }
    expect((await post(app, { logout_token: a.logoutToken(claims) })).status).toBe(200)
    expect((await post(app, { logout_token: b.logoutToken(claims) })).status).toBe(200)
    expect((await post(app, { logout_token: a.logoutToken({ ...claims, aud: 'second-client' }) })).status).toBe(200)
    expect((await post(app, { logout_token: b.logoutToken(claims) })).status).toBe(400)
  })

  it('goes on while another provider is down', async () => {
    const { a, b, app } = started as Required<typeof started>
    const browser = await signedIn(app, '/login?provider=a')
    await b.stop()
    expect((await post(app, { logout_token: a.logoutToken() })).status).toBe(200)
    await b.start()
    expect(await userOf(app, browser)).toBeNull()
  })

  it('refuses one for a plain OAuth 2.0 client: no ID token was ever issued to it', async () => {
    const { b, app } = started as Required<typeof started>
    expect((await post(app, { logout_token: b.logoutToken({ aud: 'second-client' }) })).status).toBe(400)
  })
})
