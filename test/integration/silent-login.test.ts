// Silent login (prompt=none): who is signed in at the provider already is signed in here (OpenID Connect Core 1.0 section 3.1.2.1).
import { describe, expect, it } from 'vitest'
import { faults, TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

describe.each(setups)('silent login on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options: { silentLogin: true } })

  const visit = (browser: TestBrowser, path = '/shop?page=2') => browser.follow(`${fixture.app.url}${path}`)
  const prompts = () => fixture.provider.requestsTo('authorization').map(({ query }) => query.get('prompt'))
  const sub = async (browser: TestBrowser) =>
    ((await browser.get(`${fixture.app.url}/whoami`)).json() as { sub: string } | null)?.sub

  it('signs in on the first page, which is shown then', async () => {
    const browser = new TestBrowser()
    const page = await visit(browser)
    expect([page.status, page.text, page.url]).toEqual([200, 'public', `${fixture.app.url}/shop?page=2`])
    expect(await sub(browser)).toBe('test-user')
    expect(prompts()).toEqual(['none'])
  })

  it.each([
    'login_required',
    'interaction_required',
    'account_selection_required',
    'consent_required',
    'temporarily_unavailable',
  ])('goes on signed out when the provider answers %s, and does not ask again', async (error) => {
    fixture.provider.misbehave({ authorization: { error } })
    const browser = new TestBrowser()
    const pages = [await visit(browser), await visit(browser, '/'), await visit(browser, '/other')]
    expect(pages.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, 'public']))
    expect(prompts()).toEqual(['none'])
  })

  it.each([
    ['refuses the client', { authorization: { error: 'unauthorized_client' } }],
    ['answers with the iss of another', { authorization: { replace: { iss: 'https://other.example' } } }],
    ['refuses the code', faults.tokenRefused],
    ['signs with a wrong nonce', faults.wrongNonce],
  ])('shows a public page, and signs nobody in, while the provider %s', async (_how, fault) => {
    fixture.provider.misbehave(fault)
    const browser = new TestBrowser()
    expect((await visit(browser)).text).toBe('public')
    expect(await sub(browser)).toBeUndefined()
    expect(fixture.app.errors).toEqual([])
  })

  it('does not ask again when the login has ended: that would make nothing of its end', async () => {
    const browser = new TestBrowser()
    await visit(browser)
    const { sub: who = '' } = (await browser.get(`${fixture.app.url}/whoami`)).json() as { sub?: string }
    await fixture.app.relyingParty.endLogins({ iss: fixture.provider.issuer, sub: who })
    fixture.provider.requests.length = 0
    expect([(await visit(browser)).text, await sub(browser), prompts()]).toEqual(['public', undefined, []])
  })

  it('knows the mark in the URL behind another of that name', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/?silent_login=x&silent_login=lost`)
    expect(page.status).toBe(200)
  })

  it('asks with a prompt when a guarded page is asked for afterwards', async () => {
    fixture.provider.misbehave(faults.loginRequired)
    const browser = new TestBrowser()
    await visit(browser)
    fixture.provider.behave()
    expect((await visit(browser, '/orders')).text).toBe('orders of test-user')
    expect(prompts()).toEqual(['none', null])
  })

  it('does not ask right after a sign-out', async () => {
    const browser = new TestBrowser()
    await visit(browser)
    await browser.follow(`${fixture.app.url}/logout`, { form: {} })
    fixture.provider.requests.length = 0
    expect((await visit(browser, '/')).text).toBe('public')
    expect([await sub(browser), prompts()]).toEqual([undefined, []])
  })

  it.each([
    ['a script', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
    ['a frame', { 'Sec-Fetch-Dest': 'iframe' }],
    ['a prefetch', { 'Sec-Purpose': 'prefetch' }],
    ['a crawler', { 'Sec-Fetch-Mode': undefined, 'Sec-Fetch-Dest': undefined }],
  ])('asks nobody for %s, and makes no session', async (_who, headers) => {
    const browser = new TestBrowser()
    const page = await browser.get(`${fixture.app.url}/shop`, { headers })
    expect([page.status, page.text, browser.cookies, prompts()]).toEqual([200, 'public', [], []])
  })

  it.each([512, 513])(
    'asks on a page whose path has at most 512 characters, which state can carry: %i',
    async (length) => {
      const browser = new TestBrowser()
      const page = await visit(browser, '/shop?q='.padEnd(length, 'a'))
      expect([page.status, new URL(page.url).pathname, prompts()]).toEqual([200, '/shop', length > 512 ? [] : ['none']])
    },
  )

  it('does not send a posted form away', async () => {
    const browser = new TestBrowser()
    expect((await browser.post(`${fixture.app.url}/shop`, { quantity: '1' })).text).toBe('public')
  })

  it('asks a browser without cookies once more, and then lets it go on by a mark in the URL', async () => {
    const browser = new TestBrowser()
    const headers = { cookie: undefined }
    const page = await browser.follow(`${fixture.app.url}/shop?page=2`, { headers })
    expect([page.status, page.url]).toEqual([200, `${fixture.app.url}/shop?page=2&silent_login=lost`])
    expect(prompts()).toEqual(['none', 'none'])
  })

  it('shows the page when it got lost and cannot begin again', async () => {
    const until = ({ pathname }: URL) => pathname === '/callback'
    const start = await new TestBrowser().follow(`${fixture.app.url}/shop`, { until })
    const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const page = await new TestBrowser().follow(start.redirects.at(-1) ?? '', { headers })
    expect([page.status, page.url]).toEqual([200, `${fixture.app.url}/shop?silent_login=lost`])
    expect([fixture.app.errors, prompts()]).toEqual([[], ['none']])
  })

  it('shows the page while the provider is down', async () => {
    const { app } = fixture
    fixture.provider.misbehave(faults.authorizationServerError)
    expect((await new TestBrowser().follow(`${app.url}/`)).text).toBe('public')
  })
})

describe('silent login by an async function', () => {
  const fixture = useProviderAndApp({
    options: {
      silentLogin: async ({ url }) => {
        if (url === '/down') throw new Error('the directory is down')
        return await Promise.resolve(url === '/')
      },
    },
  })

  it('waits for its answer, and asks on no other page', async () => {
    const browser = new TestBrowser()
    expect((await browser.get(`${fixture.app.url}/shop`)).status).toBe(200)
    expect((await browser.get(`${fixture.app.url}/`)).status).toBe(302)
  })

  it('is an error of the request when it rejects, and does not end the process', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/down`)).status).toBe(500)
    expect(fixture.app.errors).toMatchObject([{ message: 'the directory is down' }])
  })
})

describe('silent login', () => {
  const fixture = useProviderAndApp({ options: { silentLogin: (request) => request.url === '/' } })

  it('asks on the pages that the function names', async () => {
    const browser = new TestBrowser()
    expect((await browser.get(`${fixture.app.url}/shop`)).status).toBe(200)
    expect((await browser.get(`${fixture.app.url}/`)).status).toBe(302)
  })
})

describe('silent login at a provider that never answers', () => {
  const fixture = useProviderAndApp({ options: { silentLogin: true, fetch: () => new Promise(() => undefined) } })

  it('shows the public page all the same, and waits for it no second time', async () => {
    for (const path of ['/', '/other', '/']) {
      expect((await new TestBrowser().get(`${fixture.app.url}${path}`)).text).toBe('public')
    }
  })
})
