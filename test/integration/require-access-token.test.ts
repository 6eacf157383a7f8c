// Who passes with a Bearer token and who is told what (RFC 6750), on every framework, without session and relyingParty().
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json as readJson } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AccessTokenOptions, errorPage, requireAccessToken } from '../../src/index.ts'
import { startTestProvider, type TestProvider } from '../../src/testing/index.ts'
import { type Setup, setups } from '../setups.ts'

const audience = 'api://orders'

interface Api {
  readonly url: string
  readonly errors: unknown[]
  close(): void
}

async function startApi({ create }: Setup, options: AccessTokenOptions, before: unknown[] = []): Promise<Api> {
  const app = create()
  const errors: unknown[] = []
  for (const handler of before) app.use(handler)
  app.use('/api', requireAccessToken(options))
  app.use('/api', (request: { accessToken?: unknown }, response: { end(text: string): void }) =>
    response.end(JSON.stringify(request.accessToken)),
  )
  app.use((error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => {
    errors.push(error)
    next(error)
  })
  app.use(errorPage())
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
  return { url, errors, close: () => server.close().closeAllConnections() }
}

interface Answer {
  readonly status: number | undefined
  readonly challenge: string | undefined
  readonly headers: Record<string, unknown>
  readonly body: Record<string, unknown>
}

type Call = { readonly headers?: Record<string, string | string[]>; readonly method?: string }

/** On node:http, which alone sends a header twice. */
async function call(url: string, { headers = {}, method = 'GET' }: Call = {}): Promise<Answer> {
  const outgoing = send(url, { method, headers: { accept: 'application/json', ...headers } }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const body = (await readJson(response)) as Record<string, unknown>
  return {
    status: response.statusCode,
    challenge: response.headers['www-authenticate'],
    headers: response.headers,
    body,
  }
}

describe.each(setups)('requireAccessToken on $name', (setup) => {
  let provider: TestProvider
  let api: Api

  beforeAll(async () => {
    provider = await startTestProvider()
    api = await startApi(setup, { provider: { issuer: provider.issuer }, audience, scope: 'read write' })
  })
  afterEach(() => {
    api.errors.length = 0
    provider.behave()
  })
  afterAll(async () => {
    api.close()
    await provider.close()
  })

  function tokenWith(changes: object = {}, header: Record<string, unknown> = { typ: 'at+jwt' }): string {
    const exp = Math.floor(Date.now() / 1000) + 300
    return provider.signIdToken(
      { iss: provider.issuer, aud: audience, exp, sub: 'alice', scope: 'read write', ...changes },
      header,
    )
  }

  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  it('lets a request with a good token pass, and says what is in it', async () => {
    const token = tokenWith({ client_id: 'shop' })
    const { status, body } = await call(api.url, bearer(token))
    expect(status).toBe(200)
    expect(body).toMatchObject({ sub: 'alice', clientId: 'shop', scope: ['read', 'write'], token })
    expect(body['claims']).toMatchObject({ iss: provider.issuer, aud: audience })
  })

  it.each(['bearer', 'BEARER', 'Bearer  '])('knows the scheme as %j (RFC 9110 section 11.1)', async (scheme) => {
    expect((await call(api.url, { headers: { authorization: `${scheme} ${tokenWith()}` } })).status).toBe(200)
  })

  it.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a scheme of a longer name', { authorization: 'BearerToken x' }],
  ])('answers %s with 401 and a challenge without an error code (RFC 6750 section 3.1)', async (_kind, headers) => {
    const answer = await call(api.url, { headers })
    expect([answer.status, answer.challenge]).toEqual([401, 'Bearer'])
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(answer.body).toMatchObject({ status: 401, code: 'ERR_RP_ACCESS_TOKEN' })
    expect(answer.body).not.toHaveProperty('error')
  })

  it('takes no token from the query (RFC 9700 section 4.3.2)', async () => {
    const { status, challenge } = await call(`${api.url}?access_token=${tokenWith()}`)
    expect([status, challenge]).toEqual([401, 'Bearer'])
  })

  it.each(['Bearer', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer "a"', 'Bearer a=b'])(
    'answers the malformed header %j with 400 invalid_request (RFC 6750 section 3.1)',
    async (authorization) => {
      const answer = await call(api.url, { headers: { authorization } })
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request'])
      expect(answer.challenge).toMatch(/^Bearer error="invalid_request", error_description="[^"]+"$/)
      expect(answer.headers['cache-control']).toBe('no-store')
    },
  )

  it('answers a repeated header with 400, even when both are good (RFC 6750 section 3.1)', async () => {
    const token = `Bearer ${tokenWith()}`
    const answer = await call(api.url, { headers: { authorization: [token, token] } })
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request'])
  })

  it('answers a second token in the query with 400 (RFC 6750 sections 2 and 3.1)', async () => {
    const answer = await call(`${api.url}?access_token=x`, bearer(tokenWith()))
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request'])
  })

  it('answers a second token in a parsed form with 400 (RFC 6750 sections 2.2 and 3.1)', async () => {
    const parse = (request: { body?: object }, _response: unknown, next: () => void) => {
      request.body = Object.assign(Object.create(null), { access_token: 'x' })
      next()
    }
    const options = { provider: { issuer: provider.issuer }, audience }
    const parsing = await startApi(setup, options, [parse])
    const post = async (type: string) => {
      const headers = { ...bearer(tokenWith()).headers, 'content-type': type }
      return (await call(parsing.url, { method: 'POST', headers })).status
    }
    expect(await post('application/x-www-form-urlencoded; charset=utf-8')).toBe(400)
    expect(await post('application/json')).toBe(200)
    parsing.close()
  })

  it.each<[fault: string, token: () => string]>([
    ['that has expired', () => tokenWith({ exp: 1 })],
    ['of another audience', () => tokenWith({ aud: 'api://billing' })],
    ['of another issuer', () => tokenWith({ iss: 'https://other.example' })],
    ['with a changed payload', () => tokenWith().replace(/\.[^.]+\./, '.eyJzdWIiOiJib2IifQ.')],
    ['that is an ID token', () => tokenWith({ nonce: 'x' }, { typ: 'JWT' })],
    ['that is opaque', () => 'opaque'],
  ])(
    'answers a token %s with 401 invalid_token and does not repeat it (RFC 6750 section 3.1)',
    async (_fault, make) => {
      const token = make()
      const answer = await call(api.url, bearer(token))
      expect([answer.status, answer.body['error'], answer.body['code']]).toEqual([
        401,
        'invalid_token',
        'ERR_RP_ACCESS_TOKEN',
      ])
      expect(answer.challenge).toMatch(/^Bearer error="invalid_token", error_description="[^"]+"$/)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(JSON.stringify(answer)).not.toContain(token)
      expect(api.errors).toEqual([])
    },
  )

  it.each(['read', '', 'READ WRITE'])(
    'answers the scope %j with 403 insufficient_scope and what is needed (RFC 6750 section 3.1)',
    async (scope) => {
      const answer = await call(api.url, bearer(tokenWith({ scope })))
      expect([answer.status, answer.body['error'], answer.body['scope']]).toEqual([
        403,
        'insufficient_scope',
        'read write',
      ])
      expect(answer.challenge).toMatch(/^Bearer error="insufficient_scope", .*scope="read write"$/)
      expect(answer.headers['cache-control']).toBe('no-store')
    },
  )

  it('finds a key that was rotated after the first request (RFC 7517 section 4.5)', async () => {
    await call(api.url, bearer(tokenWith()))
    provider.rotateKeys()
    expect((await call(api.url, bearer(tokenWith()))).status).toBe(200)
  })

  it('names the realm when there is one (RFC 9110 section 11.5)', async () => {
    const options = { provider: { issuer: provider.issuer }, audience, realm: 'orders' }
    const named = await startApi(setup, options)
    expect((await call(named.url)).challenge).toBe('Bearer realm="orders"')
    named.close()
  })

  it('gives an error to next when the provider cannot be reached, and recovers (threat V28)', async () => {
    const token = tokenWith()
    const cold = await startApi(setup, { provider: { issuer: provider.issuer }, audience })
    await provider.stop()
    const answer = await call(cold.url, bearer(token))
    expect([answer.status, answer.body['code'], answer.challenge]).toEqual([503, 'ERR_RP_DISCOVERY', undefined])
    expect(cold.errors).toEqual([expect.objectContaining({ code: 'ERR_RP_DISCOVERY' })])
    await provider.start()
    expect((await call(cold.url, bearer(token))).status).toBe(200)
    cold.close()
  })
})

describe.each(setups)('requireAccessToken with introspection on $name', (setup) => {
  it('asks the provider about an opaque token, once while the answer is good (RFC 7662)', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(request.url ?? '')
      const { port } = server.address() as AddressInfo
      const issuer = `http://127.0.0.1:${port}`
      const endpoints = ['authorization', 'token', 'introspection'].map((name) => [
        `${name}_endpoint`,
        `${issuer}/${name}`,
      ])
      const answers: Record<string, object> = {
        '/.well-known/openid-configuration': { issuer, ...Object.fromEntries(endpoints) },
        '/introspection': { active: true, aud: audience, sub: 'alice', scope: 'read' },
      }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url ?? '']))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const introspection = { clientId: 'orders-api', clientSecret: 'secret' }
    const api = await startApi(setup, { provider: { issuer }, audience, scope: 'read', introspection })

    const headers = { authorization: 'Bearer an.opaque~token' }
    const first = await call(api.url, { headers })
    expect(first).toMatchObject({ status: 200, body: { sub: 'alice', token: 'an.opaque~token' } })
    expect((await call(api.url, { headers })).body).toEqual(first.body)
    expect(seen).toEqual(['/.well-known/openid-configuration', '/introspection'])
    api.close()
    server.close().closeAllConnections()
  })
})
