// req.oidc.fetch(): calls an API with the person's token (RFC 6750 section 2.1), and gives it to nobody else (threat V13).
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Options, type RequestOidc, requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { type Fixture, useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

interface ApiCall {
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly method: string | undefined
  readonly body: string
}

const calls: ApiCall[] = []
/** Tokens that the API takes for bad. */
const refused = new Set<string>()
let api: Server
let origin = ''

beforeAll(async () => {
  api = createServer((request, response) => {
    void text(request).then((body) =>
      serve(request, body).then((status) => response.writeHead(status).end(`got ${body}`)),
    )
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  apiOrigins.push(origin)
})

async function serve({ url, headers: { authorization }, method }: IncomingMessage, body: string): Promise<number> {
  calls.push({ url, authorization, method, body })
  return refused.has(authorization ?? '') ? 401 : 200
}

afterEach(() => {
  calls.length = 0
  refused.clear()
})

afterAll(() => new Promise((resolve) => api.close(resolve)))

type Request = { oidc: RequestOidc; user?: { sub: string } }
type Response = { statusCode: number; end(body: string): void }
type Call = (oidc: RequestOidc, sub: string) => Promise<globalThis.Response>

function calling(call: Call) {
  return ({ oidc, user }: Request, response: Response, next: (error: unknown) => void) => {
    const pass = async (answer: globalThis.Response) => {
      response.statusCode = answer.status
      response.end(await answer.text())
    }
    call(oidc, user?.sub ?? '')
      .then(pass)
      .catch(next)
  }
}

function stream(): ReadableStream<Uint8Array> {
  return new Blob(['in', ' parts']).stream() as ReadableStream<Uint8Array>
}

const routes = [
  [
    '/read',
    requireAuth(),
    calling((oidc) => oidc.fetch(`${origin}/items`, { headers: { authorization: 'Basic own' } })),
  ],
  ['/write', requireAuth(), calling((oidc) => oidc.fetch(new URL('/items', origin), { method: 'POST', body: 'text' }))],
  ['/stream', requireAuth(), calling((oidc) => oidc.fetch(`${origin}/items`, { method: 'POST', body: stream() }))],
  ['/own', requireAuth(), calling((oidc, sub) => oidc.fetch(`${origin}/items-of/${sub}`))],
  ['/elsewhere', requireAuth(), calling((oidc) => oidc.fetch('https://elsewhere.example/'))],
  ['/signed-out', calling((oidc) => oidc.fetch(`${origin}/items`))],
] as const

const apiOrigins: string[] = []

describe.each(setups)('req.oidc.fetch() on $name', (setup) => {
  const options: Partial<Options> = { scope: 'openid offline_access' }
  // The origin of the API is known when it listens, and options are read when the app starts.
  const fixture: Fixture = useProviderAndApp({ setup, options: { ...options, apiOrigins }, routes })

  async function signedIn(sub = 'alice'): Promise<TestBrowser> {
    fixture.provider.user = { sub }
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  const refreshes = () =>
    fixture.provider.requestsTo('token').filter(({ body }) => body?.get('grant_type') === 'refresh_token')

  it('sends the access token as Bearer, and no authorization header of the caller', async () => {
    const browser = await signedIn()
    const user = JSON.parse((await browser.get(`${fixture.app.url}/whoami`)).text) as { accessToken: string }
    expect((await browser.get(`${fixture.app.url}/read`)).status).toBe(200)
    expect(calls).toEqual([{ url: '/items', authorization: `Bearer ${user.accessToken}`, method: 'GET', body: '' }])
  })

  it('answers a 401 of the API by one refresh and one more try, with the same body', async () => {
    const browser = await signedIn()
    await browser.get(`${fixture.app.url}/read`)
    refused.add(calls[0]?.authorization ?? '')
    calls.length = 0
    const page = await browser.get(`${fixture.app.url}/write`)
    expect([page.status, page.text]).toEqual([200, 'got text'])
    expect(calls.map(({ body }) => body)).toEqual(['text', 'text'])
    expect(new Set(calls.map(({ authorization }) => authorization)).size).toBe(2)
    expect(refreshes()).toHaveLength(1)
  })

  it('does not refresh again and again for an API that refuses every token', async () => {
    const browser = await signedIn()
    for (let call = 0; call < 5; call += 1) {
      await browser.get(`${fixture.app.url}/read`)
      for (const { authorization } of calls) refused.add(authorization ?? '')
      const user = JSON.parse((await browser.get(`${fixture.app.url}/whoami`)).text) as { accessToken: string }
      refused.add(`Bearer ${user.accessToken}`)
    }
    expect(refreshes()).toHaveLength(1)
  })

  it('sends a stream as it comes, once: a 401 is the answer', async () => {
    const browser = await signedIn()
    expect((await browser.get(`${fixture.app.url}/stream`)).text).toBe('got in parts')
    refused.add(calls[0]?.authorization ?? '')
    expect((await browser.get(`${fixture.app.url}/stream`)).status).toBe(401)
    expect(calls).toHaveLength(2)
    expect(refreshes()).toEqual([])
  })

  it('sends the token to no other origin: ERR_RP_API_ORIGIN, and nothing is sent', async () => {
    const browser = await signedIn()
    expect((await browser.get(`${fixture.app.url}/elsewhere`)).status).toBe(500)
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_API_ORIGIN' }])
  })

  it('calls nobody when nobody is signed in', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/signed-out`)).status).toBe(401)
    expect(calls).toEqual([])
  })

  it('never sends a token of one person for another, 2 x 50 calls at once with refreshes between (threat V13)', async () => {
    const [alice, bob] = [await signedIn('alice'), await signedIn('bob')]
    const ownTokens = new Map<string, Set<string>>()
    const callAs = async (browser: TestBrowser, name: string) => {
      const { text: whoami } = await browser.get(`${fixture.app.url}/whoami`)
      const { accessToken } = JSON.parse(whoami) as { accessToken: string }
      ownTokens.set(name, (ownTokens.get(name) ?? new Set()).add(`Bearer ${accessToken}`))
    }
    await Promise.all([callAs(alice, 'alice'), callAs(bob, 'bob')])
    for (const tokens of ownTokens.values()) for (const token of tokens) refused.add(token)
    const each = Array.from({ length: 50 }, () => [alice, bob]).flat()
    const pages = await Promise.all(each.map((browser) => browser.get(`${fixture.app.url}/own`)))
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]))
    await Promise.all([callAs(alice, 'alice'), callAs(bob, 'bob')])
    for (const [sub, tokens] of ownTokens) {
      const sent = calls.filter(({ url }) => url === `/items-of/${sub}`).map(({ authorization }) => authorization)
      expect(new Set(sent)).toEqual(tokens)
    }
    expect(refreshes()).toHaveLength(2)
  })
})
