// What caches may keep: nothing of ours, and a signed-in person's pages only in that person's browser (RFC 9111).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express5, { type Response } from 'express'
import express4 from 'express4'
import { afterAll, describe, expect, it } from 'vitest'
import { requireAccessToken, requireAuth, requireClaim } from '../../src/index.ts'
import { TestBrowser, type TestBrowserRequestOptions } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Next = (error?: unknown) => void
type Handler = (request: IncomingMessage, response: ServerResponse, next: Next) => void

const ours = 'public, max-age=60'

/** What the handler does, and the header that comes of it for a signed-in person. */
const handlers: readonly (readonly [does: string, expected: string, handler: Handler])[] = [
  ['says nothing', 'private', (_request, response) => response.end('mine')],
  ['gives a status alone', 'private', (_request, response) => response.writeHead(201).end('mine')],
  ['gives other headers', 'private', (_request, response) => response.writeHead(200, { 'X-A': 'b' }).end('mine')],
  ['writes piece by piece', 'private', (_request, response) => response.write('mi') && response.end('ne')],
  [
    'flushes the head before the body',
    'private',
    (_request, response) => {
      response.flushHeaders()
      response.end('mine')
    },
  ],
  ['answers 304', 'private', (_request, response) => response.writeHead(304).end()],
  [
    'takes its header back',
    'private',
    (_request, response) => {
      response.setHeader('Cache-Control', ours)
      response.removeHeader('Cache-Control')
      response.end('mine')
    },
  ],
  ['fails', 'private', (_request, _response, next) => next(new Error('of the app'))],
  ['answers nothing, so that the next one does', 'private', (_request, _response, next) => next()],
  ['sets its own', ours, (_request, response) => response.setHeader('cache-control', ours).end('everybody')],
  [
    'forbids to keep it',
    'no-store',
    (_request, response) => response.setHeader('Cache-Control', 'no-store').end('mine'),
  ],
  ['sets it to nothing', '', (_request, response) => response.setHeader('Cache-Control', '').end('everybody')],
  ['gives it with the head', ours, (_request, response) => response.writeHead(200, { 'CACHE-CONTROL': ours }).end()],
  [
    'gives it after a reason',
    ours,
    (_request, response) => response.writeHead(200, 'Fine', { 'cache-control': ours }).end(),
  ],
  [
    'gives it in a list',
    ours,
    (_request, response) => response.writeHead(200, ['Cache-Control', ours, 'X-A', 'b']).end(),
  ],
]

describe.each(setups)('Cache-Control of pages on $name', (setup) => {
  const { app } = handlerApp(setup)

  it.each(handlers)(
    'of a signed-in person when the app %s is: %s (RFC 9111 section 5.2.2.7)',
    async (does, expected) => {
      const browser = await signedIn(app().url)
      const page = await browser.get(pathOf(app().url, does))
      expect(page.headers.get('cache-control')).toBe(expected)
    },
  )

  it.each(handlers)("is the app's alone when nobody is signed in and the app %s", async (does, expected) => {
    const page = await new TestBrowser().get(pathOf(app().url, does))
    expect(page.headers.get('cache-control')).toBe(expected === 'private' ? null : expected)
  })

  it('is what middleware before us chose', async () => {
    const browser = await signedIn(app().url)
    expect((await browser.get(`${app().url}/chosen-before`)).headers.get('cache-control')).toBe(ours)
  })

  it('stays private when the login ends in the request that made the page', async () => {
    const browser = await signedIn(app().url)
    const page = await browser.get(`${app().url}/ended`)
    expect([page.text, page.headers.get('cache-control')]).toEqual(['false', 'private'])
  })

  it('leaves a response alone that somebody before us has answered', async () => {
    const page = await (await signedIn(app().url)).get(`${app().url}/answered-before`)
    expect([page.text, page.headers.get('cache-control')]).toEqual(['early', null])
    expect(app().errors).toEqual([])
  })
})

function handlerApp(setup: (typeof setups)[number]) {
  const before: Handler = (request, response, next) => {
    if (request.url === '/chosen-before') response.setHeader('Cache-Control', ours)
    if (request.url === '/answered-before') response.end('early')
    next()
  }
  const ended: Handler = (request, response, next) => {
    const { oidc } = request as unknown as Express.Request
    oidc.endLogins().then(() => response.end(String(oidc.isAuthenticated)), next)
  }
  const unlessSent: Handler = (_request, response, next) => (response.headersSent ? undefined : next())
  const routes = handlers.map(([does, , handler]) => [`/${slug(does)}`, handler] as const)
  const fixture = useProviderAndApp({
    setup,
    before: [before],
    routes: [['/answered-before', unlessSent], ['/ended', ended], ...routes],
  })
  return { app: () => fixture.app }
}

const slug = (does: string) => does.replaceAll(/\W+/g, '-')
const pathOf = (url: string, does: string) => `${url}/${slug(does)}`

async function signedIn(url: string): Promise<TestBrowser> {
  const browser = new TestBrowser()
  expect((await browser.follow(`${url}/orders`)).status).toBe(200)
  return browser
}

const frameworks = [
  { setup: setups[0], statics: express5.static },
  { setup: setups[1], statics: express4.static },
] as const

describe.each(frameworks)('files and JSON of $setup.name', ({ setup, statics }) => {
  const folder = mkdtempSync(join(tmpdir(), 'caches-'))
  const file = join(folder, 'letter.txt')
  writeFileSync(file, 'to you')
  afterAll(() => rmSync(folder, { recursive: true }))
  const send = (options: object) => (_request: unknown, response: Response) => response.sendFile(file, options)
  const fixture = useProviderAndApp({
    ...(setup && { setup }),
    routes: [
      ['/file', send({})],
      ['/kept-file', send({ maxAge: '1h' })],
      ['/bare-file', send({ cacheControl: false })],
      ['/static', statics(folder)],
      ['/assets', statics(folder, { maxAge: '1y', immutable: true })],
      ['/json', (_request: unknown, response: Response) => response.json({ a: 1 })],
      ['/own', (_request: unknown, response: Response) => response.set('Cache-Control', ours).json({ a: 1 })],
    ],
  })

  it.each([
    ['/file', 'private, max-age=0'],
    ['/kept-file', 'public, max-age=3600'],
    ['/bare-file', 'private'],
    ['/static/letter.txt', 'private, max-age=0'],
    ['/assets/letter.txt', 'public, max-age=31536000, immutable'],
    ['/json', 'private'],
    ['/own', ours],
  ])('%s is kept as the app chose, and else in private: %s', async (path, expected) => {
    const browser = await signedIn(fixture.app.url)
    const page = await browser.get(fixture.app.url + path)
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, expected])
    const etag = page.headers.get('etag') ?? ''
    const again = await browser.get(fixture.app.url + path, { headers: { 'if-none-match': etag } })
    expect([again.status, again.text, again.headers.get('cache-control')]).toEqual([304, '', expected])
  })

  it('leaves files of people who are signed out to the app', async () => {
    const page = await new TestBrowser().get(`${fixture.app.url}/static/letter.txt`)
    expect(page.headers.get('cache-control')).toBe('public, max-age=0')
  })
})

/** Every answer that is ours, by what asks for it. */
interface Ask {
  readonly path: string
  readonly status: number
  readonly form?: Record<string, string>
  readonly headers?: TestBrowserRequestOptions['headers']
}

const fromScript = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' }
const fromElsewhere = { 'sec-fetch-site': 'cross-site' }

const asks: readonly (readonly [what: string, ask: Ask])[] = [
  ['a login', { path: '/login', status: 302 }],
  ['a login by a script', { path: '/login', status: 401, headers: fromScript }],
  ['a login at a provider that is unknown', { path: '/login?provider=unknown', status: 400 }],
  ['a callback without parameters', { path: '/callback', status: 400 }],
  ['a callback nobody asked for', { path: '/callback?code=a&state=b', status: 400 }],
  ['a callback nobody asked for, as JSON', { path: '/callback?code=a&state=b', status: 400, headers: fromScript }],
  ['a logout', { path: '/logout', status: 303, form: {} }],
  ['a logout by a foreign page', { path: '/logout', status: 403, form: {}, headers: fromElsewhere }],
  ['a back-channel logout without a token', { path: '/backchannel-logout', status: 400, form: {} }],
  ['a front-channel logout', { path: '/frontchannel-logout?iss=a&sid=b', status: 200 }],
  ['a front-channel logout of nobody', { path: '/frontchannel-logout', status: 400 }],
  ['an API without a token', { path: '/api', status: 401 }],
  ['a claim that is missing', { path: '/claim', status: 403 }],
  ['a claim that is missing, as JSON', { path: '/claim', status: 403, headers: fromScript }],
]

const signedOutAsks: readonly (readonly [what: string, ask: Ask])[] = [
  ['a guarded page', { path: '/orders', status: 302 }],
  ['a guarded page by a script', { path: '/orders', status: 401, headers: fromScript }],
  ['a guarded form', { path: '/orders', status: 401, form: {} }],
  ['a claim of nobody', { path: '/claim', status: 302 }],
]

describe.each(setups)('answers of ours on $name', (setup) => {
  const issuer = 'http://127.0.0.1:9' // never asked: there is no token to hold against it
  const api = requireAccessToken({ provider: { issuer }, audience: 'api' })
  const fixture = useProviderAndApp({
    setup,
    routes: [
      ['/api', api],
      ['/claim', requireClaim('role', 'admin')],
    ],
  })

  async function expectNoStore(browser: TestBrowser, { path, status, form, headers = {} }: Ask): Promise<void> {
    const options = { headers: { 'if-none-match': '*', ...headers } }
    const url = fixture.app.url + path
    const page = form === undefined ? await browser.get(url, options) : await browser.post(url, form, options)
    expect([page.status, page.headers.get('cache-control')]).toEqual([status, 'no-store'])
  }

  it.each([...asks.filter(([, { path }]) => path !== '/claim'), ...signedOutAsks])(
    'are never kept: %s, signed out (threat V12)',
    async (_what, ask) => expectNoStore(new TestBrowser(), ask),
  )

  it.each(asks)('are never kept: %s, signed in (threat V12)', async (_what, ask) =>
    expectNoStore(await signedIn(fixture.app.url), ask),
  )

  it('are never kept: the callback that signs somebody in, with the new session cookie (threat V12)', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    const { redirects } = await browser.follow(`${app.url}/orders`, {
      until: ({ pathname }) => pathname === '/callback',
    })
    const page = await browser.get(redirects.at(-1) ?? '')
    expect([page.status, page.headers.getSetCookie().length]).toEqual([302, 1])
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  it('are never kept: a back-channel logout that worked', async () => {
    const { app, provider } = fixture
    await signedIn(app.url)
    const token = provider.logoutToken({ sub: 'test-user' })
    await expectNoStore(new TestBrowser(), { path: '/backchannel-logout', status: 200, form: { logout_token: token } })
  })

  it('are never kept: HEAD of a guarded page', async () => {
    const answer = await fetch(`${fixture.app.url}/orders`, { method: 'HEAD', redirect: 'manual' })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([401, 'no-store'])
  })
})

describe('more answers of ours', () => {
  const unmounted = useProviderAndApp({ before: [requireAuth()] })
  const twoProviders = useProviderAndApp({
    options: {
      provider: undefined,
      providers: { one: { issuer: 'https://one.example.com' }, two: { issuer: 'https://two.example.com' } },
    } as never,
  })

  it('are never kept: a guard without its middleware', async () => {
    const page = await new TestBrowser().get(`${unmounted.app.url}/orders`)
    expect([page.status, page.headers.get('cache-control')]).toEqual([500, 'no-store'])
  })

  it('are never kept: the page on which to choose a provider', async () => {
    const page = await new TestBrowser().get(`${twoProviders.app.url}/login`)
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(page.text).toContain('Where do you want to sign in?')
  })
})
