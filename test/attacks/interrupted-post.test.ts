// A kept form is a request that somebody else sends later: foreign, forged, doubled, late and stolen ones are refused.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import { requireAuth } from '../../src/index.ts'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { formOf, submit } from '../forms.ts'
import { setups } from '../setups.ts'

let handled: string[] = []

const handler = async (request: IncomingMessage, response: ServerResponse) => {
  handled.push(await text(request))
  response.end('done')
}
const routes = [['/transfer', requireAuth({ resumePost: true }), handler]] as const

beforeEach(() => {
  handled = []
})

async function interrupt(url: string, browser = new TestBrowser()): Promise<{ browser: TestBrowser; page: TestPage }> {
  return { browser, page: await browser.follow(`${url}/transfer`, { form: { to: 'alice' } }) }
}

const sessionCookie = (browser: TestBrowser) =>
  `connect.sid=${browser.cookies.find(({ name }) => name === 'connect.sid')?.value}`

describe.each(setups)('a kept form on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, routes })
  const url = () => fixture.app.url

  const foreign: [what: string, headers: Record<string, string | undefined>][] = [
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['of a sister host', { 'sec-fetch-site': 'same-site', origin: 'https://blog.app.example' }],
    ['of another site that shows our Origin', { 'sec-fetch-site': 'cross-site' }],
    [
      'of another Origin, in a browser without Fetch Metadata',
      { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    ],
    ['of the Origin null', { 'sec-fetch-site': undefined, origin: 'null' }],
    ['of a program that says nothing', { 'sec-fetch-site': undefined, origin: undefined }],
    ['with both values of Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site, same-origin' }],
    ['with no value of Sec-Fetch-Site', { 'sec-fetch-site': '' }],
    ['that was typed', { 'sec-fetch-site': 'none' }],
  ]
  it.each(foreign)('is not made of a form %s (CSRF by way of us)', async (_what, headers) => {
    const page = await new TestBrowser().post(`${url()}/transfer`, { to: 'mallory' }, { headers })
    expect([page.status, page.headers.getSetCookie()]).toEqual([401, []])
  })

  const types = [
    ['text/plain'],
    ['application/x-www-form-urlencodedx'],
    ['text/plain, application/x-www-form-urlencoded'],
    ['application/x-www-form-urlencoded; charset=iso-8859-1'],
    ['application/x-www-form-urlencoded; charset="utf-16"'],
  ]
  it.each(types)('is not made of a body of the type %s', async (type) => {
    const headers = { 'content-type': type }
    const page = await new TestBrowser().post(`${url()}/transfer`, { to: 'a' }, { headers })
    expect([page.status, page.headers.getSetCookie()]).toEqual([401, []])
  })

  it('is not made of bytes that would come back as others', async () => {
    for (const to of ['\ufffd', 'a\0b']) {
      expect((await new TestBrowser().post(`${url()}/transfer`, { to })).status).toBe(401)
    }
  })

  const urls = ['//evil.example/transfer', '/%5Cevil.example/../transfer', '/.//evil.example/..//transfer']
  it.each(urls)('goes to no other site by the URL %s (threat V1)', async (path) => {
    const page = await new TestBrowser().post(`${url()}${path}`, { to: 'a' })
    expect(page.headers.get('location') ?? '').not.toContain('evil')
    expect(page.text).not.toContain('evil.example')
  })

  it('is sent once: neither the same answer again nor the other one finds it', async () => {
    const { browser, page } = await interrupt(url())
    await submit(browser, await submit(browser, page, { answer: 'send' }))
    for (const answer of ['send', 'discard']) expect((await submit(browser, page, { answer })).status).toBe(403)
    expect(handled).toEqual(['to=alice'])
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_INTERRUPTED_POST' }, { code: 'ERR_RP_INTERRUPTED_POST' }])
  })

  it('is given to one of two answers of the same moment', async () => {
    const { browser, page } = await interrupt(url())
    const answers = await Promise.all([1, 2, 3, 4].map(() => submit(browser, page, { answer: 'send' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403])
  })

  it('is gone with the session, and is no use to who restores an older one', async () => {
    const { browser, page } = await interrupt(url())
    const cookie = sessionCookie(browser)
    await submit(browser, page, { answer: 'send' })
    const thief = await new TestBrowser().get(`${url()}/resume-post`, { headers: { cookie } })
    expect(thief.status).toBe(403)
  })

  const forged: [what: string, change: Record<string, string>][] = [
    ['no token', { token: '' }],
    ['a forged token', { token: 'A'.repeat(43) }],
    ['no answer', {}],
    ['an unknown answer', { answer: 'yes' }],
  ]
  it.each(forged)('is not sent for %s, and waits on', async (_what, change) => {
    const { browser, page } = await interrupt(url())
    const refused = await submit(browser, page, {
      ...(change['token'] === undefined ? {} : { answer: 'send' }),
      ...change,
    })
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([403, 'no-store'])
    expect(refused.text).not.toContain('Sign in')
    expect((await submit(browser, page, { answer: 'send' })).status).toBe(200)
  })

  it('is not sent for a doubled token or answer (threat V24)', async () => {
    const { browser, page } = await interrupt(url())
    const token = formOf(page).fields.get('token') ?? ''
    for (const form of [
      [
        ['token', token],
        ['token', token],
        ['answer', 'send'],
      ],
      [
        ['token', token],
        ['answer', 'send'],
        ['answer', 'send'],
      ],
    ]) {
      const body = new URLSearchParams(form as [string, string][])
      expect((await browser.post(`${url()}/resume-post`, body)).status).toBe(403)
    }
  })

  it("is not sent for the token of somebody else's form", async () => {
    const [mine, theirs] = [await interrupt(url()), await interrupt(url())]
    const token = formOf(theirs.page).fields.get('token') ?? ''
    expect((await submit(mine.browser, mine.page, { answer: 'send', token })).status).toBe(403)
  })

  it.each(foreign)('is not sent by an answer %s', async (_what, headers) => {
    const { browser, page } = await interrupt(url())
    expect((await submit(browser, page, { answer: 'send' }, { headers })).status).toBe(403)
    expect((await browser.get(`${url()}/resume-post`)).status).toBe(200)
  })

  it('is not sent by a link', async () => {
    const { browser, page } = await interrupt(url())
    const { fields } = formOf(page)
    const linked = await browser.get(`${url()}/resume-post?${fields}&answer=send`)
    expect(formOf(linked).buttons).toHaveLength(2)
    expect(handled).toEqual([])
  })

  it('ends with the session at logout', async () => {
    const { browser } = await interrupt(url())
    await browser.post(`${url()}/logout`)
    expect((await browser.get(`${url()}/resume-post`)).status).toBe(403)
  })
})

describe('a kept form that grows old', () => {
  let now = Math.floor(Date.now() / 1000)
  const fixture = useProviderAndApp({ routes, options: { clock: () => now } })
  const url = () => fixture.app.url

  it('ends after an hour, whatever the store keeps', async () => {
    const { browser } = await interrupt(url())
    now += 3599
    expect((await browser.get(`${url()}/resume-post`)).status).toBe(200)
    now += 1
    expect((await browser.get(`${url()}/resume-post`)).status).toBe(403)
  })
})

describe('a kept form and another person', () => {
  const fixture = useProviderAndApp({ routes })

  async function signInAs(sub: string, browser: TestBrowser): Promise<TestPage> {
    fixture.provider.user = { sub }
    const page = await browser.follow(`${fixture.app.url}/login?return_to=/resume-post`)
    fixture.provider.user = { sub: 'test-user' }
    return page
  }

  it('is not for who signs in after the person whose login had ended', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    await app.relyingParty.endLogins({ iss: provider.issuer, sub: 'test-user' })
    await browser.post(`${app.url}/transfer`, { to: 'alice' })
    expect((await signInAs('mallory', browser)).status).toBe(403)
    expect((await signInAs('test-user', browser)).status).toBe(403) // and it does not come back
  })

  it('is not for the second who signs in, where nobody was signed in before', async () => {
    const { browser } = await interrupt(fixture.app.url)
    expect((await signInAs('mallory', browser)).status).toBe(403)
  })

  it('is for the same person again, as often as their login ends', async () => {
    const { browser } = await interrupt(fixture.app.url)
    expect((await signInAs('test-user', browser)).status).toBe(200)
    await fixture.app.relyingParty.endLogins({ iss: fixture.provider.issuer, sub: 'test-user' })
    expect((await signInAs('test-user', browser)).status).toBe(200)
  })

  it('is not for who knows the session id from before the login (session fixation, threat V8)', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.post(`${app.url}/transfer`, { to: 'alice' })
    const planted = sessionCookie(browser)
    await browser.follow(`${app.url}/resume-post`)
    const thief = await new TestBrowser().get(`${app.url}/resume-post`, { headers: { cookie: planted } })
    expect(thief.status).toBe(403)
  })
})

describe('a kept form in the store', () => {
  const fixture = useProviderAndApp({ routes })
  const stored = () => (fixture.app.sessions as unknown as { sessions: Record<string, string> }).sessions
  const keys = () => Object.keys(stored()).filter((key) => key.startsWith('relying-party:interrupted-post:'))

  it('is sealed, and in the session is its id alone', async () => {
    await new TestBrowser().post(`${fixture.app.url}/transfer?a=SECRET-1`, { password: 'SECRET-2' })
    const bytes = Object.values(stored()).map((value) => value + Buffer.from(value, 'base64').toString('latin1'))
    expect(bytes.join()).not.toContain('SECRET')
    const [session] = Object.values(stored()).filter((value) => value.includes('transactions'))
    expect(JSON.parse(session ?? '').relyingParty.interruptedPost).toMatch(/^[\w-]{43}$/)
  })

  it('is opened under its own id alone: one that was moved in the store is none (threat V16)', async () => {
    for (const key of keys()) await new Promise((done) => fixture.app.sessions.destroy(key, done))
    const mine = await interrupt(fixture.app.url)
    const [mineAt = ''] = keys()
    await interrupt(fixture.app.url)
    const theirsAt = keys().find((key) => key !== mineAt) ?? ''
    stored()[mineAt] = stored()[theirsAt] ?? ''
    expect((await mine.browser.get(`${fixture.app.url}/resume-post`)).status).toBe(403)
  })

  it('gives a session that holds nothing else an hour to live (threat V14)', async () => {
    const page = await new TestBrowser().post(`${fixture.app.url}/transfer`, { to: 'alice' })
    const expires = /expires=([^;]+)/i.exec(page.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
    expect((Date.parse(expires) - Date.now()) / 1000).toBeLessThan(3700)
  })
})

describe('a kept form and a store that is full', () => {
  const failing = {
    get: async () => undefined,
    set: async () => Promise.reject(new Error('full')),
    delete: async () => undefined,
  }
  const fixture = useProviderAndApp({ routes, options: { store: failing } })

  it('starts no login: what was promised to be kept would be lost (ERR_RP_STORE)', async () => {
    const page = await new TestBrowser().post(`${fixture.app.url}/transfer`, { to: 'alice' })
    expect([page.status, page.headers.get('location')]).toEqual([500, null])
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_STORE' }])
  })
})
