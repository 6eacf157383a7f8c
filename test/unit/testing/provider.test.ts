import { createHash } from 'node:crypto'
import { createConnection } from 'node:net'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import { findSelfPostingForm } from '../../../src/testing/self-posting-form.ts'
import {
  authorizationResponse,
  authorize,
  CODE_CHALLENGE,
  login,
  type Parameters,
  REDIRECT_URI,
  refresh,
  requestTokens,
  type TokenResponse,
  takeCode,
  verify,
  withoutUndefined,
} from './code-flow.ts'

let provider: TestProvider

beforeAll(async () => {
  provider = await startTestProvider({
    clients: [
      { clientId: 'test-client' },
      { clientId: 'other-client' },
      { clientId: 'test-confidential-client', clientSecret: 'test-secret-_.~!' },
      { clientId: 'marked-client', clientSecret: 'a+b%41&=' },
      {
        clientId: 'listed-client',
        redirectUris: ['https://localhost:5000'],
        postLogoutRedirectUris: ['https://localhost:5000/bye?x=1'],
      },
    ],
  })
})

afterEach(() => {
  provider.behave()
  provider.requests.length = 0
  provider.user = { sub: 'alice', role: 'admin' }
})

afterAll(async () => provider.close())

async function errorOf(response: Response): Promise<unknown> {
  return ((await response.json()) as Record<string, unknown>)['error']
}

function basic(clientId: string, secret: string): RequestInit {
  return { headers: { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` } }
}

describe('startTestProvider', () => {
  it('publishes metadata whose issuer is the address it was asked at', async () => {
    const response = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    const metadata = (await response.json()) as Record<string, unknown>
    expect(metadata['issuer']).toBe(provider.issuer)
    expect(metadata['token_endpoint']).toBe(`${provider.issuer}/token`)
    expect(metadata['code_challenge_methods_supported']).toEqual(['S256'])
    expect(metadata['authorization_response_iss_parameter_supported']).toBe(true)
  })

  it('merges the metadata option over the discovery document, where undefined removes a member', async () => {
    const other = await startTestProvider({ metadata: { end_session_endpoint: undefined, extra: 1 } })
    const response = await fetch(`${other.issuer}/.well-known/openid-configuration`)
    const metadata = (await response.json()) as Record<string, unknown>
    await other.close()
    expect(metadata).not.toHaveProperty('end_session_endpoint')
    expect(metadata).toMatchObject({ extra: 1, issuer: other.issuer })
  })

  it('answers 404 and 405 where nothing is served', async () => {
    expect((await fetch(`${provider.url}/nothing`)).status).toBe(404)
    expect((await fetch(`${provider.url}/constructor`)).status).toBe(404)
    expect((await fetch(`${provider.url}/token`)).status).toBe(405)
  })

  it.each(['RS256', 'PS256', 'ES256'] as const)('signs ID Tokens that verify with %s', async (alg) => {
    const other = await startTestProvider({ idTokenSignedResponseAlg: alg })
    const { id_token: idToken } = await login(other)
    expect((await verify(other, idToken)).protectedHeader.alg).toBe(alg)
    await other.close()
  })

  it('signs HS256 ID Tokens with the client secret', async () => {
    const { jwtVerify } = await import('jose')
    const clients = [{ clientId: 'test-client', clientSecret: 'a client secret of 32 characters' }]
    const other = await startTestProvider({ idTokenSignedResponseAlg: 'HS256', clients })
    const response = await requestTokens(other, {
      code: await takeCode(other),
      client_secret: 'a client secret of 32 characters',
    })
    const { id_token: idToken } = (await response.json()) as TokenResponse
    const verified = await jwtVerify(idToken, Buffer.from('a client secret of 32 characters'))
    expect(verified.protectedHeader.alg).toBe('HS256')
    await other.close()
  })

  it('records requests in order of arrival, with query, headers and form', async () => {
    await login(provider)
    expect(provider.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /authorize', 'POST /token'])
    const [request] = provider.requestsTo('token')
    expect(request?.body?.get('grant_type')).toBe('authorization_code')
    expect(request?.headers.host).toBe(new URL(provider.url).host)
    expect(Math.abs((request?.at ?? 0) - Date.now() / 1000)).toBeLessThan(5)
    expect(provider.requestsTo('authorization')[0]?.query.get('state')).toBe('the-state')
    expect(provider.requestsTo('jwks')).toEqual([])
  })
})

describe('the authorization endpoint', () => {
  it('sends the browser back with code, state and iss', async () => {
    const response = await authorize(provider)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toMatch(/^http:\/\/localhost:9\/callback\?code=/)
    const parameters = await authorizationResponse(provider)
    expect([...parameters.keys()]).toEqual(['code', 'state', 'iss'])
    expect(parameters.get('state')).toBe('the-state')
    expect(parameters.get('iss')).toBe(provider.issuer)
  })

  it('sends the browser to the redirect URI byte by byte', async () => {
    const bare = await authorize(provider, { client_id: 'listed-client', redirect_uri: 'https://localhost:5000' })
    expect(bare.headers.get('location')).toMatch(/^https:\/\/localhost:5000\?code=/)
    const query = await authorize(provider, { redirect_uri: `${REDIRECT_URI}?a=%7e` })
    expect(query.headers.get('location')).toMatch(/callback\?a=%7e&code=/)
  })

  const pages: [string, Parameters][] = [
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['a relative redirect URI', { redirect_uri: '/callback' }],
    ['a redirect URI with a fragment', { redirect_uri: `${REDIRECT_URI}#x` }],
    ['a redirect URI with a slash too much', { client_id: 'listed-client', redirect_uri: 'https://localhost:5000/' }],
  ]
  it.each(pages)('answers %s with a page and not a redirect', async (_name, changes) => {
    const response = await authorize(provider, changes)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  it('answers by a form that posts itself where response_mode is form_post (Form Post Response Mode section 2)', async () => {
    const answer = async (changes: Parameters) => {
      const response = await authorize(provider, { response_mode: 'form_post', state: '"><b>', ...changes })
      expect([response.status, response.headers.get('location')]).toEqual([200, null])
      return findSelfPostingForm(await response.text(), new URL(provider.url))
    }
    const form = await answer({})
    expect([form?.url, ...(form?.fields.keys() ?? [])]).toEqual([REDIRECT_URI, 'code', 'state', 'iss'])
    expect(form?.fields.get('state')).toBe('"><b>')
    expect((await answer({ code_challenge_method: 'plain' }))?.fields.get('error')).toBe('invalid_request')
  })

  const errors: [string, Parameters, string][] = [
    ['another response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['another response_mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['no code_challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a short code_challenge', { code_challenge: CODE_CHALLENGE.slice(1) }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no code_challenge_method', { code_challenge_method: undefined }, 'invalid_request'],
  ]
  it.each(errors)('reports %s by redirect, with state and iss', async (_name, changes, error) => {
    const parameters = await authorizationResponse(provider, changes)
    expect(parameters.get('error')).toBe(error)
    expect(parameters.get('state')).toBe('the-state')
    expect(parameters.get('iss')).toBe(provider.issuer)
    expect(parameters.has('code')).toBe(false)
  })

  it.each([
    ['nonce', undefined],
    ['client_id', 400],
    ['redirect_uri', 400],
  ])('refuses a %s that comes twice (RFC 6749 section 3.1)', async (name, status) => {
    await authorize(provider)
    const query = new URLSearchParams(provider.requests[0]?.query)
    query.append(name, query.get(name) ?? '')
    const refused = await fetch(`${provider.url}/authorize?${query}`, { redirect: 'manual' })
    expect(refused.status).toBe(status ?? 302)
    if (status === undefined) expect(refused.headers.get('location')).toContain('error=invalid_request')
  })

  it('accepts a resource that comes twice (RFC 8707 section 2)', async () => {
    await authorize(provider)
    const query = `${provider.requests[0]?.query}&resource=a%3A1&resource=a%3A2`
    const response = await fetch(`${provider.url}/authorize?${query}`, { redirect: 'manual' })
    expect(response.headers.get('location')).toContain('code=')
  })

  it('answers login_required when nobody is signed in at the provider', async () => {
    provider.user = undefined
    expect((await authorizationResponse(provider)).get('error')).toBe('login_required')
  })
})

describe('the token endpoint', () => {
  it('answers a code with tokens, and a claim-rich ID Token that verifies', async () => {
    const response = await requestTokens(provider, { code: await takeCode(provider, { acr_values: 'gold silver' }) })
    expect(response.headers.get('cache-control')).toBe('no-store')
    const tokens = (await response.json()) as TokenResponse
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid offline_access' })
    const { payload } = await verify(provider, tokens.id_token)
    const hash = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url')
    expect(payload).toMatchObject({
      iss: provider.issuer,
      sub: 'alice',
      aud: 'test-client',
      nonce: 'the-nonce',
      acr: 'gold',
      role: 'admin',
      at_hash: hash,
      sid: expect.any(String),
      auth_time: expect.any(Number),
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
  })

  it('gives no ID Token without openid and no refresh token without offline_access', async () => {
    const tokens = await login(provider, { scope: 'profile' })
    expect(Object.keys(tokens)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
  })

  it('accepts a code once, and then ends the tokens it gave (RFC 6749 section 4.1.2)', async () => {
    const code = await takeCode(provider)
    const tokens = (await (await requestTokens(provider, { code })).json()) as TokenResponse
    const again = await requestTokens(provider, { code })
    expect(again.status).toBe(400)
    expect(await errorOf(again)).toBe('invalid_grant')
    expect(await errorOf(await refresh(provider, tokens.refresh_token))).toBe('invalid_grant')
  })

  const refusals: [string, Parameters, number, string][] = [
    ['another code_verifier', { code_verifier: 'b'.repeat(43) }, 400, 'invalid_grant'],
    ['no code_verifier', { code_verifier: undefined }, 400, 'invalid_grant'],
    ['another redirect_uri', { redirect_uri: `${REDIRECT_URI}/` }, 400, 'invalid_grant'],
    ['no redirect_uri', { redirect_uri: undefined }, 400, 'invalid_grant'],
    ['another client', { client_id: 'other-client' }, 400, 'invalid_grant'],
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['a confidential client without its secret', { client_id: 'test-confidential-client' }, 401, 'invalid_client'],
    ['a public client with a secret', { client_secret: 'x' }, 401, 'invalid_client'],
    ['another grant_type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ]
  it.each(refusals)('refuses %s', async (_name, changes, status, error) => {
    const response = await requestTokens(provider, { code: await takeCode(provider), ...changes })
    expect(response.status).toBe(status)
    expect(await errorOf(response)).toBe(error)
    expect(response.headers.get('www-authenticate')).toBeNull()
  })

  it('forgets a code after 300 seconds', async () => {
    const { vi } = await import('vitest')
    const code = await takeCode(provider)
    vi.setSystemTime(Date.now() + 300_000)
    const response = await requestTokens(provider, { code })
    vi.useRealTimers()
    expect(await errorOf(response)).toBe('invalid_grant')
  })

  it.each([
    ['raw', 'test-secret-_.~!'],
    ['form-urlencoded', 'test-secret-_.%7E%21'],
    ['with every mark percent-encoded', 'test%2Dsecret%2D%5F%2E%7E%21'],
  ])('accepts a Basic secret that is %s', async (_name, secret) => {
    const code = await takeCode(provider, { client_id: 'test-confidential-client' })
    const init = basic('test-confidential-client', secret)
    expect((await requestTokens(provider, { code, client_id: undefined }, init)).status).toBe(200)
  })

  it.each(['a+b%41&=', 'a%2Bb%2541%26%3D'])('accepts a Basic secret of marks, decoded or not: %s', async (secret) => {
    const code = await takeCode(provider, { client_id: 'marked-client' })
    const response = await requestTokens(provider, { code, client_id: undefined }, basic('marked-client', secret))
    expect(response.status).toBe(200)
  })

  it('refuses Basic credentials of another client than the client_id of the form', async () => {
    const init = basic('test-confidential-client', 'test-secret-_.~!')
    const response = await requestTokens(provider, { client_id: 'marked-client' }, init)
    expect(await errorOf(response)).toBe('invalid_client')
  })

  it('refuses a parameter that comes twice (RFC 6749 section 3.2)', async () => {
    const body = new URLSearchParams({ client_id: 'test-client', grant_type: 'authorization_code', code: 'x' })
    body.append('code', 'y')
    expect(await errorOf(await requestTokens(provider, {}, { body }))).toBe('invalid_request')
  })

  it('accepts the secret in the form (client_secret_post)', async () => {
    const client = { client_id: 'test-confidential-client', client_secret: 'test-secret-_.~!' }
    const code = await takeCode(provider, { client_id: client.client_id })
    expect((await requestTokens(provider, { code, ...client })).status).toBe(200)
  })

  it('refuses a wrong Basic secret with a challenge, without repeating it', async () => {
    const code = await takeCode(provider, { client_id: 'test-confidential-client' })
    const init = basic('test-confidential-client', 'wrong-marked-secret')
    const response = await requestTokens(provider, { code, client_id: undefined }, init)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(await response.text()).not.toContain('marked')
  })

  it('refuses two methods of client authentication at once (RFC 6749 section 2.3)', async () => {
    const init = basic('test-confidential-client', 'test-secret-_.~!')
    const response = await requestTokens(provider, { client_secret: 'test-secret-_.~!' }, init)
    expect(await errorOf(response)).toBe('invalid_request')
  })
})

describe('the refresh request', () => {
  it('rotates the refresh token and answers with the claims of now, without nonce', async () => {
    const first = await login(provider)
    provider.user = { sub: 'alice', role: 'guest' }
    const second = (await (await refresh(provider, first.refresh_token)).json()) as TokenResponse
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const { payload } = await verify(provider, second.id_token)
    expect(payload).toMatchObject({ sub: 'alice', role: 'guest' })
    expect(payload).not.toHaveProperty('nonce')
  })

  it('keeps the user of the login when another one signs in at the provider', async () => {
    const first = await login(provider)
    provider.user = { sub: 'bob' }
    const second = (await (await refresh(provider, first.refresh_token)).json()) as TokenResponse
    expect((await verify(provider, second.id_token)).payload.sub).toBe('alice')
  })

  it('refuses a refresh token that was used, and then the whole family (RFC 9700 section 4.14.2)', async () => {
    const first = await login(provider)
    const second = (await (await refresh(provider, first.refresh_token)).json()) as TokenResponse
    expect(await errorOf(await refresh(provider, first.refresh_token))).toBe('invalid_grant')
    expect(await errorOf(await refresh(provider, second.refresh_token))).toBe('invalid_grant')
  })

  it('refuses the refresh token of another client, which stays good for its own', async () => {
    const { refresh_token: refreshToken } = await login(provider)
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect(await errorOf(await requestTokens(provider, { ...form, client_id: 'other-client' }))).toBe('invalid_grant')
    expect((await refresh(provider, refreshToken)).status).toBe(200)
  })

  it('narrows the scope and never widens it', async () => {
    const { refresh_token: refreshToken } = await login(provider)
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect(await errorOf(await requestTokens(provider, { ...form, scope: 'openid admin' }))).toBe('invalid_scope')
    const narrowed = await requestTokens(provider, { ...form, scope: 'openid' })
    expect(await narrowed.json()).toMatchObject({ scope: 'openid' })
  })
})

describe('the UserInfo endpoint', () => {
  it.each(['GET', 'POST'])('answers the bearer of an access token by %s', async (method) => {
    const { access_token: accessToken } = await login(provider)
    const init = { method, headers: { authorization: `Bearer ${accessToken}` } }
    expect(await (await fetch(`${provider.url}/userinfo`, init)).json()).toEqual({ sub: 'alice', role: 'admin' })
  })

  it('challenges everyone else (RFC 6750 section 3)', async () => {
    const none = await fetch(`${provider.url}/userinfo`)
    expect(none.status).toBe(401)
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="test provider"')
    const wrong = await fetch(`${provider.url}/userinfo`, { headers: { authorization: 'Bearer wrong' } })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })
})

describe('the end_session_endpoint', () => {
  async function endSession(parameters: Record<string, string>): Promise<Response> {
    return fetch(`${provider.url}/end_session?${new URLSearchParams(parameters)}`, { redirect: 'manual' })
  }

  it('redirects to the post_logout_redirect_uri with state', async () => {
    const target = { client_id: 'test-client', post_logout_redirect_uri: 'http://localhost:9/', state: 's 1' }
    expect((await endSession(target)).headers.get('location')).toBe('http://localhost:9/?state=s+1')
  })

  it('knows the client from the id_token_hint', async () => {
    const { id_token: idToken } = await login(provider)
    const response = await endSession({ id_token_hint: idToken, post_logout_redirect_uri: 'http://localhost:9/' })
    expect(response.headers.get('location')).toBe('http://localhost:9/')
  })

  it('compares with the registered list byte by byte', async () => {
    const uri = 'https://localhost:5000/bye?x=1'
    const right = await endSession({ client_id: 'listed-client', post_logout_redirect_uri: uri, state: 's' })
    expect(right.headers.get('location')).toBe(`${uri}&state=s`)
    const wrong = await endSession({ client_id: 'listed-client', post_logout_redirect_uri: `${uri}2` })
    expect(wrong.status).toBe(200)
  })

  it('accepts a POST', async () => {
    const body = withoutUndefined({ client_id: 'test-client', post_logout_redirect_uri: 'http://localhost:9/' })
    const response = await fetch(`${provider.url}/end_session`, { method: 'POST', body, redirect: 'manual' })
    expect(response.status).toBe(302)
  })

  it.each([{}, { post_logout_redirect_uri: 'http://localhost:9/' }, { id_token_hint: 'a.b.c' }])(
    'shows a page when it does not know the client or the way back: %j',
    async (parameters: Record<string, string>) => {
      expect((await endSession(parameters)).status).toBe(200)
    },
  )
})

describe('rotateKeys', () => {
  it('keeps the old key published by default', async () => {
    const before = await login(provider)
    provider.rotateKeys()
    const after = await login(provider)
    const old = (await verify(provider, before.id_token)).protectedHeader.kid
    expect((await verify(provider, after.id_token)).protectedHeader.kid).not.toBe(old)
  })

  it('drops the old key when asked to', async () => {
    const before = await login(provider)
    provider.rotateKeys({ keepOld: false })
    await expect(verify(provider, before.id_token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await expect(verify(provider, (await login(provider)).id_token)).resolves.toBeDefined()
  })
})

describe('signIdToken', () => {
  it('signs exactly the claims it is given, whatever faults are in force', async () => {
    provider.misbehave({ idToken: { signature: 'flipped', claims: { sub: 'mallory' } } })
    const verified = await verify(provider, provider.signIdToken({ iss: 'x' }, { typ: 'logout+jwt' }))
    expect(verified.payload).toEqual({ iss: 'x' })
    expect(verified.protectedHeader.typ).toBe('logout+jwt')
  })
})

describe('stop and start', () => {
  it('are an outage: no connection, open ones are cut, and then the same port with the same state', async () => {
    const other = await startTestProvider()
    const code = await takeCode(other)
    other.misbehave({ jwks: { delaySeconds: 60 } })
    const pending = fetch(`${other.url}/jwks`)
    const idle = createConnection(Number(new URL(other.url).port), '127.0.0.1')
    const idleClosed = new Promise((resolve) => idle.once('close', resolve))
    await new Promise((resolve) => idle.once('connect', resolve))
    const cut = expect(pending).rejects.toThrow()
    while (other.requestsTo('jwks').length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await other.stop()
    await cut
    await idleClosed
    await expect(fetch(other.url)).rejects.toThrow()
    await other.start()
    await other.start()
    expect((await requestTokens(other, { code })).status).toBe(200)
    await other.close()
    await other.close()
  })

  it('listens at the port of the options', async () => {
    const first = await startTestProvider()
    const port = Number(new URL(first.url).port)
    await expect(startTestProvider({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await first.close()
    const second = await startTestProvider({ port })
    expect(second.issuer).toBe(`http://127.0.0.1:${port}`)
    await second.close()
  })
})
