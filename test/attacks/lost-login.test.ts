// V1, V8, V14, V15, V19: what heals a lost login helps nobody to get into somebody else's, or somebody else into theirs.
import type { MemoryStore } from 'express-session'
import { describe, expect, it } from 'vitest'
import { createLoginHints } from '../../src/session/login-hint.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const toAnswer = { until: ({ searchParams }: URL) => searchParams.has('code') }

/** The provider's answer to a login that a browser began and did not finish. */
async function answerTo({ app }: Fixture, browser = new TestBrowser(), path = '/orders/7'): Promise<URL> {
  return new URL((await browser.follow(app.url + path, toAnswer)).redirects.at(-1) ?? '')
}

function stateOf(answer: URL): string {
  return answer.searchParams.get('state') ?? ''
}

function resumption({ app }: Fixture, state: string): string {
  return `${app.url}/callback?resume_login=${state}`
}

async function whoIs({ app }: Fixture, browser: TestBrowser): Promise<string | undefined> {
  return ((await browser.get(`${app.url}/whoami`)).json() as { sub?: string } | null)?.sub
}

function sessionsOf({ app }: Fixture): { relyingParty?: { transactions?: object } }[] {
  const { sessions } = app.sessions as unknown as { sessions: Record<string, string> }
  const ids = Object.keys(sessions).filter((id) => !id.startsWith('relying-party:'))
  return ids.map((id) => JSON.parse(sessions[id] ?? ''))
}

function cookieHeader(browser: TestBrowser): string {
  return browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

describe.each(setups)('the answer of a login of the attacker, in the browser of the victim, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  const victims: [who: string, open: () => Promise<TestBrowser>][] = [
    ['who never was here', async () => new TestBrowser()],
    [
      'who has a session',
      async () => {
        const browser = new TestBrowser()
        await answerTo(fixture, browser)
        return browser
      },
    ],
    [
      'who is signed in',
      async () => {
        const browser = new TestBrowser()
        await browser.follow(`${fixture.app.url}/orders`)
        return browser
      },
    ],
  ]

  it.each(victims)('signs in nobody but the victim %s (login CSRF, RFC 9700 section 4.7)', async (_who, open) => {
    const { provider } = fixture
    provider.user = { sub: 'mallory' }
    const planted = [await answerTo(fixture), new URL(resumption(fixture, stateOf(await answerTo(fixture))))]
    provider.user = { sub: 'victim' }
    for (const url of planted) {
      const browser = await open()
      provider.requests.length = 0
      const page = await browser.follow(url)
      expect([page.status, page.text]).toEqual([200, 'orders of victim'])
      expect(await whoIs(fixture, browser)).toBe('victim')
      const codes = provider.requestsTo('token').map(({ body }) => body?.get('code'))
      expect(codes).not.toContain(planted[0]?.searchParams.get('code'))
    }
  })

  it('starts one login at most and ends on a page when the victim has no cookies', async () => {
    const planted = await answerTo(fixture)
    fixture.provider.requests.length = 0
    const page = await new TestBrowser().follow(planted, { headers: { cookie: undefined } })
    expect(page.status).toBe(400)
    expect(fixture.provider.requestsTo('authorization')).toHaveLength(1)
    expect(fixture.provider.requestsTo('token')).toHaveLength(0)
  })

  it('still belongs to the attacker alone: the code is not spent by the victim', async () => {
    const attacker = new TestBrowser()
    fixture.provider.user = { sub: 'mallory' }
    const planted = await answerTo(fixture, attacker)
    fixture.provider.user = { sub: 'victim' }
    await new TestBrowser().follow(planted)
    expect((await attacker.follow(planted)).text).toBe('orders of mallory')
  })
})

describe('a hint', () => {
  const fixture = useProviderAndApp()

  it('cannot be forged: a guess at the secret, and any changed character, lead nowhere (V1)', async () => {
    const { app, provider } = fixture
    const evil = { returnTo: 'https://evil.example/', attempt: 0, isSilent: false, startedAt: Date.now() / 1000 }
    const guesses = ['', 'secret', 'session-secret', 'test-client', provider.issuer].map((secret) =>
      createLoginHints({ secrets: [secret], basePath: '' }).createState(evil, provider.issuer),
    )
    const state = stateOf(await answerTo(fixture))
    const other = (character: string) => (character === 'A' ? 'B' : 'A')
    const changed = [...state].map((character, at) => state.slice(0, at) + other(character) + state.slice(at + 1))
    for (const forged of [...guesses, ...changed]) {
      const page = await new TestBrowser().get(resumption(fixture, forged))
      expect([page.status, page.headers.get('location')]).toEqual([400, null])
      expect(page.text).not.toContain('evil.example')
    }
    expect(app.errors).toHaveLength(guesses.length + changed.length)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/callback?resume_login=x', '/login'])(
    'never holds %s, so that a lost login ends on the start page (V1)',
    async (target) => {
      const { app } = fixture
      const answer = await answerTo(fixture, new TestBrowser(), `/login?return_to=${encodeURIComponent(target)}`)
      const page = await new TestBrowser().follow(answer)
      expect([page.status, page.url]).toEqual([200, `${app.url}/`])
    },
  )
})

describe('a hint from ten years ago', () => {
  let now = Date.now() / 1000
  const fixture = useProviderAndApp({ options: { clock: () => now, clockToleranceSeconds: 3600 } })

  it('begins a login of whoever brings it, as often as it is brought, and never signs anybody in by itself', async () => {
    now -= 10 * 365 * 86_400
    const answer = await answerTo(fixture)
    now += 10 * 365 * 86_400
    fixture.provider.requests.length = 0
    for (const url of [answer, resumption(fixture, stateOf(answer))]) {
      const browser = new TestBrowser()
      const begun = await browser.follow(url, toAnswer)
      expect(await whoIs(fixture, browser)).toBeUndefined()
      expect((await browser.follow(begun.redirects.at(-1) ?? '')).status).toBe(200)
    }
    expect(fixture.provider.requestsTo('authorization')).toHaveLength(2)
  })
})

describe.each(setups)('the session before a sign-in, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })

  it('leads whoever knows its id to no login, also in the moment in which it is remembered (V8)', async () => {
    const { app } = fixture
    const victim = new TestBrowser()
    const answer = await answerTo(fixture, victim)
    const headers = { cookie: cookieHeader(victim) }
    await victim.follow(answer)
    const state = stateOf(await answerTo(fixture))
    for (const url of [`${app.url}/orders/7`, String(answer), resumption(fixture, state), `${app.url}/login`]) {
      const page = await new TestBrowser().get(url, { headers })
      expect(page.status, url).not.toBe(200)
      expect(page.headers.getSetCookie()).toEqual([])
    }
    expect((await new TestBrowser().get(`${app.url}/whoami`, { headers })).json()).toBeNull()
    expect(await whoIs(fixture, victim)).toBe('test-user')
  })
})

describe('a browser that keeps the cookie from before its sign-in', () => {
  const fixture = useProviderAndApp()

  it('is sent to sign in again when three seconds are over, and not in circles until it gives up', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const answer = await answerTo(fixture, browser)
    const headers = { cookie: cookieHeader(browser) }
    await browser.follow(answer)
    const atProvider = ({ origin }: URL) => origin === provider.issuer
    const page = await new TestBrowser().follow(`${app.url}/orders/7`, { headers, until: atProvider, max: 14 })
    expect(page.redirects.at(-1)).toContain(`${provider.issuer}/authorize?`)
  })
})

describe('a flood of resumptions', () => {
  const fixture = useProviderAndApp()
  const clear = () => new Promise<void>((resolve) => (fixture.app.sessions as MemoryStore).clear(() => resolve()))

  it.each([
    ['that are no navigations', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, true],
    ['by programs', { accept: 'application/json' }, true],
    ['of a forged state', {}, false],
  ])('%s leaves no session in the store (V14)', async (_what, headers, isOurs) => {
    const state = isOurs ? stateOf(await answerTo(fixture)) : 'x'.repeat(86)
    await clear()
    for (const url of Array.from({ length: 50 }, () => resumption(fixture, state))) {
      expect((await new TestBrowser().get(url, { headers })).headers.getSetCookie()).toEqual([])
    }
    expect(sessionsOf(fixture)).toEqual([])
  })

  it('in one session stops at ten for the same page, and the session stays small (V14)', async () => {
    const state = stateOf(await answerTo(fixture))
    await clear()
    const browser = new TestBrowser()
    const statuses: number[] = []
    for (const url of Array.from({ length: 30 }, () => resumption(fixture, state))) {
      statuses.push((await browser.get(url)).status)
    }
    expect(statuses).toEqual([...Array(10).fill(302), ...Array(20).fill(429)])
    const [session, ...more] = sessionsOf(fixture)
    expect([Object.keys(session?.relyingParty?.transactions ?? {}).length, more]).toEqual([10, []])
  })
})

describe('hostile cookies', () => {
  const fixture = useProviderAndApp()

  it.each([
    ['hundreds of session cookies', Array.from({ length: 700 }, (_, n) => `c${n}=s%3A${n}.x`).join('; ')],
    ['the beginnings of thousands', '=s:'.repeat(5000)],
    ['one that never ends', `connect.sid=s%3A${'x'.repeat(15_000)}`],
    ['ten thousand', Array.from({ length: 10_000 }, (_, n) => `c${n}=s%3A${n}.x`).join('; ')],
  ])('on a lost callback and its resumption get an answer below 500: %s (V15)', async (_what, cookie) => {
    const answer = await answerTo(fixture)
    for (const url of [String(answer), resumption(fixture, stateOf(answer)), resumption(fixture, 'x')]) {
      expect((await new TestBrowser().get(url, { headers: { cookie } })).status).toBeLessThan(500)
    }
  })
})

describe('two middlewares with one secret', () => {
  const shop = useProviderAndApp()
  const admin = useProviderAndApp()

  it('do not take the lost logins of each other for their own (V19)', async () => {
    const answer = await answerTo(shop)
    for (const query of [answer.search, `?resume_login=${stateOf(answer)}`]) {
      const page = await new TestBrowser().get(`${admin.app.url}/callback${query}`)
      expect([page.status, admin.app.errors.at(-1)]).toMatchObject([400, { lostLogin: { reason: 'state_unknown' } }])
    }
    expect(admin.provider.requests).toEqual([])
  })
})
