import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { runs } from './runs.ts'
import { baseUrl, createWholeApp, type FuzzAnswer, type FuzzRequest, providerUrl } from './whole-app.ts'

const app = createWholeApp()
const garbage = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String())
const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** Of this app, of other secrets, cut, changed, doubled. */
const state = fc.oneof(
  fc.constantFrom('/', '/orders/7', '/a?b=c').map((path) => app.createState(path)),
  fc.nat({ max: 9 }).map((attempt) => app.createState('/orders', attempt)),
  fc.nat({ max: 100 }).map((length) => app.createState('/orders').slice(0, length)),
  fc.tuple(garbage, garbage).map(([before, after]) => before + app.createState('/') + after),
  fc.constantFrom('__proto__', 'constructor', '', '0'),
  garbage,
)
const names = [
  'state',
  'code',
  'error',
  'iss',
  'error_description',
  'response',
  'resume_login',
  'return_to',
  'provider',
]
const pair = fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...names) }, garbage), state)
const query = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(pair, { maxLength: 6 }).map((pairs) => String(new URLSearchParams(pairs))),
  },
  { weight: 2, arbitrary: state.map((given) => `code=x&state=${escaped(given)}`) },
  { weight: 2, arbitrary: state.map((given) => `resume_login=${escaped(given)}`) },
  { weight: 1, arbitrary: garbage },
)
const ownPaths = [
  '/callback',
  '/login',
  '/logout',
  '/orders/7',
  '/',
  '/frontchannel-logout',
  '/callback/',
  '//callback',
]

/** Also of halves of characters, which encodeURIComponent() does not take. */
function escaped(text: string): string {
  return String(new URLSearchParams({ '': text })).slice(1)
}

/** As a browser reads it, from a page of ours. */
function originOf({ headers }: FuzzAnswer): string {
  return new URL(String(headers['location'] ?? '/'), `${baseUrl}/callback`).origin
}

/** What holds for every answer to somebody who has proved nothing. */
async function expectHarmless(request: FuzzRequest): Promise<FuzzAnswer> {
  app.clear()
  const answer = await app.send(request)
  expect(answer.status).toBeLessThan(500)
  expect([baseUrl, providerUrl]).toContain(originOf(answer))
  if (answer.status !== 200) expect(answer.headers['cache-control']).toBe('no-store')
  for (const session of Object.values(app.stored())) {
    const { cookie: _cookie, relyingParty, ...others } = session
    expect(others).toEqual({})
    expect([[], ['transactions']]).toContainEqual(Object.keys({ ...(relyingParty as object) }))
  }
  return answer
}

beforeAll(async () => {
  expect((await app.send({ method: 'GET', url: '/orders/7', headers: navigation })).status).toBe(302)
})

describe('the callback', () => {
  it('signs nobody in, sends nobody away and never fails, whatever its query (invariant 8)', async () => {
    const property = fc.asyncProperty(query, async (given) => {
      await expectHarmless({ method: 'GET', url: `/callback?${given}`, headers: navigation })
    })
    await fc.assert(property, runs(500))
  })

  it('does so, whatever is posted to it or to the routes of logout', async () => {
    const body = fc.oneof(
      query,
      garbage,
      query.map((text) => `logout_token=${text}`),
    )
    const path = fc.constantFrom('/callback', '/backchannel-logout', '/logout', '/login')
    const type = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain', '')
    const property = fc.asyncProperty(path, body, type, async (url, text, contentType) => {
      const length = String(Buffer.byteLength(text))
      const headers = { ...navigation, 'content-type': contentType, 'content-length': length }
      await expectHarmless({ method: 'POST', url, headers, body: text })
    })
    await fc.assert(property, runs(300))
  })

  it('makes no session for a program that resumes logins, whatever it brings (threat V14)', async () => {
    const property = fc.asyncProperty(query, fc.constantFrom('application/json', 'image/*'), async (given, accept) => {
      await expectHarmless({ method: 'GET', url: `/callback?${given}`, headers: { accept } })
      expect(app.stored()).toEqual({})
    })
    await fc.assert(property, runs(300))
  })
})

describe('cookies and headers', () => {
  const sessionCookie = fc.oneof(
    fc.constantFrom('s%3Aid.signature', 's:id.signature', 's%3A', 's%3A.', '%E0%A4%A', 'j%3A{}', '__proto__'),
    garbage.map((text) => `s%3A${text}`),
    fc.nat({ max: 500 }).map((length) => `s%3A${'i'.repeat(length)}.x`),
  )
  const cookie = fc.oneof(
    fc
      .array(fc.tuple(fc.constantFrom('connect.sid', 'other', '__proto__', ''), sessionCookie), { maxLength: 5 })
      .map((cookies) => cookies.map(([name, value]) => `${name}=${value}`).join('; ')),
    fc.nat({ max: 300 }).map((count) => '=s%3Ax'.repeat(count)),
    garbage,
  )
  const words = [
    'navigate',
    'cors',
    'document',
    'iframe',
    'cross-site',
    'same-origin',
    'prefetch',
    'text/html',
    '*/*',
    ';q=',
    ',',
  ]
  const value = fc.oneof(
    garbage,
    fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((parts) => parts.join(', ')),
  )
  const headerNames = [
    ...[
      'host',
      'accept',
      'origin',
      'referer',
      'user-agent',
      'authorization',
      'content-type',
      'content-length',
      'range',
    ],
    ...[
      'sec-fetch-mode',
      'sec-fetch-dest',
      'sec-fetch-site',
      'sec-fetch-user',
      'sec-purpose',
      'purpose',
      'x-requested-with',
    ],
    ...[
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'forwarded',
      'x-original-url',
      'x-http-method-override',
    ],
  ]
  const headers = fc.record(
    { cookie, ...Object.fromEntries(headerNames.map((name) => [name, value])) },
    { requiredKeys: [] },
  )
  const url = fc.tuple(fc.constantFrom(...ownPaths), query).map(([path, given]) => `${path}?${given}`)
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS')

  it('bring nobody in, send nobody away and make nothing fail, on any of our URLs (threat V15)', async () => {
    const property = fc.asyncProperty(method, url, headers, async (verb, target, given) => {
      await expectHarmless({ method: verb, url: target, headers: given as Record<string, string> })
    })
    await fc.assert(property, runs(500))
  })

  it('never change where a login leads: the host is that of baseUrl (host header injection)', async () => {
    const property = fc.asyncProperty(headers, async (given) => {
      const sent = { ...(given as Record<string, string>), ...navigation }
      for (const name of ['purpose', 'sec-purpose', 'x-requested-with'] as const)
        delete (sent as Record<string, string>)[name]
      const answer = await expectHarmless({ method: 'GET', url: '/orders/7', headers: sent })
      const location = new URL(String(answer.headers['location']))
      expect(location.searchParams.get('redirect_uri')).toBe(`${baseUrl}/callback`)
    })
    await fc.assert(property, runs(300))
  })
})
