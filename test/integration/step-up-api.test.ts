// An API that asks for more by `insufficient_user_authentication`: a step-up for a navigation, the challenge for others (RFC 9470).
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const error = 'error="insufficient_user_authentication"'
const script = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }

const apiOrigins: string[] = []
let api: Server
let calls = 0
/** What the API answers a call with; undefined is 200. */
let challengeOf: (call: number) => string | undefined
/** Where the API sends the next call to. */
let elsewhere: string | undefined

beforeAll(async () => {
  api = createServer((request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: elsewhere }).end()
    calls += 1
    const challenge = challengeOf(calls)
    response.writeHead(
      challenge === undefined ? 200 : 401,
      challenge === undefined ? {} : { 'www-authenticate': challenge },
    )
    response.end('of the API')
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  apiOrigins.push(`http://127.0.0.1:${(api.address() as AddressInfo).port}`)
})
afterEach(() => {
  calls = 0
})
afterAll(() => new Promise((resolve) => api.close(resolve)))

interface Answer {
  statusCode: number
  end(body: string): void
}

function calling(path: string) {
  return ({ oidc }: { oidc: RequestOidc }, response: Answer, next: (error: unknown) => void) => {
    const pass = async (answer: Response) => {
      response.statusCode = answer.status
      response.end(await answer.text())
    }
    oidc
      .fetch(apiOrigins[0] + path)
      .then(pass)
      .catch(next)
  }
}

describe.each(setups)('a challenge of an API on $name', (setup) => {
  const fixture = useProviderAndApp({
    setup,
    options: { apiOrigins, scope: 'openid offline_access' },
    routes: [
      ['/items', requireAuth(), calling('/items')],
      ['/moved', requireAuth(), calling('/moved')],
    ],
  })
  afterEach(() => {
    fixture.provider.acrValues = undefined
  })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    fixture.provider.requests.length = 0
    return browser
  }

  const page = (browser: TestBrowser) => browser.follow(`${fixture.app.url}/items?a=b`)
  const asked = () => fixture.provider.requestsTo('authorization').map(({ query }) => Object.fromEntries(query))

  it('becomes a step-up for a page navigation, which comes back to the page; nothing is refreshed', async () => {
    challengeOf = (call) => (call === 1 ? `Bearer ${error}, acr_values="gold silver", max_age="300"` : undefined)
    const answer = await page(await signedIn())
    expect([answer.status, answer.text, answer.url]).toEqual([200, 'of the API', `${fixture.app.url}/items?a=b`])
    expect(asked()).toMatchObject([{ acr_values: 'gold silver', max_age: '300' }])
    const grants = fixture.provider.requestsTo('token').map(({ body }) => body?.get('grant_type'))
    expect([grants, calls]).toEqual([['authorization_code'], 2])
  })

  it.each([
    ['acr', 'acr_values="gold"'],
    ['max_age', 'max_age="300"'],
    ['max_age of 0', 'max_age=0'],
    ['acr and max_age', 'acr_values="gold", max_age=5'],
  ])(
    'is answered with 403 when the API asks for %s again after the step-up, never by a circle',
    async (_what, wanted) => {
      challengeOf = () => `Bearer ${error}, ${wanted}`
      const browser = await signedIn()
      const answer = await page(browser)
      expect([answer.status, answer.text.includes('ERR_RP_AUTHENTICATION_INSUFFICIENT')]).toEqual([403, true])
      expect((await browser.get(answer.url, { headers: script })).json()).toMatchObject({ status: 403 })
      expect(asked()).toHaveLength(1)
    },
  )

  it('is answered with 403 when the provider delivers another acr', async () => {
    fixture.provider.acrValues = ['bronze']
    challengeOf = () => `Bearer ${error}, acr_values="gold"`
    expect((await page(await signedIn())).status).toBe(403)
    expect(asked()).toHaveLength(1)
  })

  it.each([
    ['a script', script],
    ['an API client', { accept: 'application/json' }],
  ])('goes on to %s as 401 with the same challenge', async (_what, headers) => {
    challengeOf = () => String.raw`Basic realm="a, b", bearer ${error}, acr_values="go\"ld x", MAX_AGE=300`
    const answer = await (await signedIn()).get(`${fixture.app.url}/items`, { headers })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([401, 'no-store'])
    expect(answer.headers.get('www-authenticate')).toBe(
      String.raw`Bearer ${error}, acr_values="go\"ld x", max_age="300"`,
    )
    expect(answer.json()).toMatchObject({ code: 'ERR_RP_STEP_UP_REQUIRED', acr_values: 'go"ld x', max_age: 300 })
    expect([asked(), calls]).toEqual([[], 1])
  })

  it.each([
    ['garbage', `Bearer ${error}, max_age="1`],
    ['a huge header', `Bearer ${error}, max_age=1, x="${'x'.repeat(9000)}"`],
    ['no demand', `Bearer ${error}`],
  ])('that is %s leaves the own 401 of the API', async (_what, challenge) => {
    challengeOf = () => challenge
    const answer = await page(await signedIn())
    expect([answer.status, answer.text, asked()]).toEqual([401, 'of the API', []])
  })

  it('of whoever the API redirects to is none of ours', async () => {
    challengeOf = () => `Bearer ${error}, max_age=1`
    elsewhere = `${apiOrigins[0]?.replace('127.0.0.1', 'localhost')}/items`
    const answer = await (await signedIn()).follow(`${fixture.app.url}/moved`)
    expect([answer.status, answer.text, asked()]).toEqual([401, 'of the API', []])
  })
})

describe("a challenge of an API without errorPage(), under the framework's own error page", () => {
  const rethrow = (failure: unknown, _request: unknown, _response: unknown, next: (failure: unknown) => void) =>
    next(failure)
  const fixture = useProviderAndApp({
    errorPage: rethrow,
    options: { apiOrigins },
    routes: [['/items', requireAuth(), calling('/items')]],
  })

  it('is 401 with the same challenge, not cached', async () => {
    challengeOf = () => `Bearer ${error}, max_age=300`
    const answer = await new TestBrowser().follow(`${fixture.app.url}/items`)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([401, 'no-store'])
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer ${error}, max_age="300"`)
    expect(fixture.app.errors).toMatchObject([{ demand: { maxAgeSeconds: 300 } }])
  })
})
