// What an operator reads when a request to the provider fails: the real reason, and what to do about it.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Options, RelyingPartyError, type RequestOidc, requireAccessToken, requireAuth } from '../../src/index.ts'
import { faults, startTestProvider, TestBrowser, type TestProviderFaults } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { startApp } from '../setups.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** The only error that reached the app's error middleware. */
function only(errors: readonly unknown[]): RelyingPartyError {
  const [error, ...more] = errors
  expect(more).toEqual([])
  if (!(error instanceof RelyingPartyError)) throw new TypeError('no error of ours')
  return error
}

/** A server that answers as written, and its origin. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Signs in at a provider that misbehaves so; gives the error, the page, and the provider's issuer. */
async function failToSignIn(
  fault: TestProviderFaults,
  options: Partial<Options> = {},
): Promise<{ error: RelyingPartyError; page: Awaited<ReturnType<TestBrowser['follow']>>; issuer: string }> {
  const provider = await startTestProvider()
  closers.push(() => provider.close())
  provider.misbehave(fault)
  const app = await startApp({ options: { provider: { issuer: provider.issuer }, ...options } })
  closers.push(() => app.close())
  const page = await new TestBrowser().follow(`${app.url}/orders`)
  return { error: only(app.errors), page, issuer: provider.issuer }
}

type RefreshRequest = { oidc: RequestOidc }

function refreshed({ oidc }: RefreshRequest, response: { end(body: string): void }, next: (error: unknown) => void) {
  oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
}

function userinfo({ oidc }: RefreshRequest, response: { end(body: string): void }, next: (error: unknown) => void) {
  oidc.userinfo().then((claims) => response.end(JSON.stringify(claims)), next)
}

describe('a client secret that the provider refuses by 401 with WWW-Authenticate (RFC 6749 section 5.2)', () => {
  const wrongSecret = { clientId: 'test-confidential-client', clientSecret: 'a-wrong-secret' }

  it('is told with status, OAuth error, the method that was used and the options to check', async () => {
    const { error } = await failToSignIn({}, wrongSecret)
    expect(error).toMatchObject({
      code: 'ERR_RP_TOKEN_REQUEST',
      error: 'invalid_client',
      errorDescription: 'Client authentication failed.',
    })
    for (const part of [
      'HTTP 401',
      "'invalid_client'",
      'client_secret_basic',
      '`clientSecret`',
      '`clientAuthentication`',
    ])
      expect(error.message).toContain(part)
    expect(error.message).not.toContain('WWW-Authenticate')
  })

  it('is told of a method that was configured', async () => {
    const { error } = await failToSignIn({}, { ...wrongSecret, clientAuthentication: 'client_secret_post' })
    expect(error).toMatchObject({ error: 'invalid_client', message: expect.stringContaining('client_secret_post') })
  })

  it('is told of a client without a secret: a forgotten one is named', async () => {
    const { error } = await failToSignIn({}, { clientId: 'test-confidential-client' })
    expect(error).toMatchObject({
      error: 'invalid_client',
      message: expect.stringContaining('without a client secret'),
    })
  })

  it.each([
    ['nothing', ''],
    ['a page', '<!doctype html><title>MARKED</title>'],
    ['JSON that is cut off', '{"error": "MARKED'],
    ['JSON without error', '{"message": "MARKED"}'],
    ['a list', '["MARKED"]'],
    ['an error that is no text', '{"error": {"code": "MARKED"}}'],
  ])('is told by its status alone when the body is %s', async (_what, body) => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    const refusing = async (url: string, init: object) => {
      if (!url.endsWith('/token')) return await fetch(url, init)
      return new Response(body, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } })
    }
    const options = { provider: { issuer: provider.issuer }, ...wrongSecret, fetch: refusing }
    const app = await startApp({ options })
    closers.push(() => app.close())
    await new TestBrowser().follow(`${app.url}/orders`)
    const error = only(app.errors)
    expect(error).toMatchObject({ code: 'ERR_RP_TOKEN_REQUEST', error: undefined, errorDescription: undefined })
    expect(error.message).toContain('HTTP 401')
    expect(error.message).toContain('client_secret_basic')
    expect(error.message).not.toContain('MARKED')
  })

  it('repeats no secret of the request, also where the provider does (threat V42)', async () => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    const echoing = async (url: string, init: RequestInit) => {
      if (!url.endsWith('/token')) return await fetch(url, init)
      const code = new URLSearchParams(String(init.body)).get('code')
      const body = { error: 'invalid_client', error_description: `a-wrong-secret is wrong for ${code}` }
      return Response.json(body, { status: 401, headers: { 'www-authenticate': 'Basic' } })
    }
    const options = { provider: { issuer: provider.issuer }, ...wrongSecret, fetch: echoing as typeof fetch }
    const app = await startApp({ options })
    closers.push(() => app.close())
    await new TestBrowser().follow(`${app.url}/orders`)
    expect(only(app.errors)).toMatchObject({ error: 'invalid_client', errorDescription: '... is wrong for ...' })
  })

  it('is told by a refresh request too, which ends no login: it is no invalid_grant', async () => {
    const provider = await startTestProvider({ clients: [{ clientId: 'c', clientSecret: 'the-right-secret' }] })
    closers.push(() => provider.close())
    const refusing = async (url: string, init: RequestInit) => {
      const isRefresh = String(init.body).includes('grant_type=refresh_token')
      const headers = isRefresh ? { ...init.headers, authorization: `Basic ${btoa('c:wrong')}` } : init.headers
      return await fetch(url, { ...init, headers: headers ?? {} })
    }
    const client = { clientId: 'c', clientSecret: 'the-right-secret', scope: 'openid offline_access' }
    const app = await startApp({
      options: { provider: { issuer: provider.issuer }, ...client, fetch: refusing as typeof fetch },
      routes: [['/refreshed', requireAuth(), refreshed]],
    })
    closers.push(() => app.close())
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    expect((await browser.get(`${app.url}/refreshed`)).status).toBe(503)
    const error = only(app.errors)
    expect(error).toMatchObject({ code: 'ERR_RP_REFRESH', error: 'invalid_client' })
    expect(error.message).toContain('client_secret_basic')
    expect((await browser.get(`${app.url}/whoami`)).json()).not.toBeNull()
  })

  it('is told by an introspection request too (RFC 7662 section 2.3)', async () => {
    const issuer = await serve((request, response) => {
      if (request.method === 'GET') {
        const endpoints = { authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t` }
        response.end(JSON.stringify({ issuer, ...endpoints, introspection_endpoint: `${issuer}/introspect` }))
        return
      }
      response.writeHead(401, { 'www-authenticate': 'Basic', 'content-type': 'application/json' })
      response.end('{"error":"invalid_client"}')
    })
    const guard = requireAccessToken({
      provider: { issuer },
      audience: 'api',
      introspection: { clientId: 'api', clientSecret: 'a-wrong-secret' },
      log: false,
    })
    const errors: unknown[] = []
    const api = await serve((request, response) => {
      guard(request, response, (reason) => {
        errors.push(reason)
        response.end()
      })
    })
    await fetch(api, { headers: { authorization: 'Bearer opaque' } })
    const error = only(errors)
    expect(error).toMatchObject({ code: 'ERR_RP_DISCOVERY', error: 'invalid_client' })
    for (const part of ['HTTP 401', "'invalid_client'", 'client_secret_basic', '`introspection.clientSecret`'])
      expect(error.message).toContain(part)
  })

  it('is logged of a revocation, which fails no request (RFC 7009 section 2.2.1)', async () => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    const app = await startApp({ options: { provider: { issuer: provider.issuer }, scope: 'openid offline_access' } })
    closers.push(() => app.close())
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const body = { error: 'invalid_client', error_description: 'MARKED' }
    provider.misbehave({ revocation: { status: 401, body } })
    await browser.post(`${app.url}/logout`)
    await expect.poll(() => app.log.codes()).toContain('WARN_RP_REVOCATION')
    const line = app.log.lines.find(({ code }) => code === 'WARN_RP_REVOCATION')
    expect(line).toMatchObject({ level: 'warn', provider: provider.issuer })
    expect(line?.message).toContain("HTTP 401 and error 'invalid_client'")
    expect(line?.message).not.toContain('MARKED')
  })
})

describe('a refusal in an answer of 200, as GitHub gives it', () => {
  it('is told with its error', async () => {
    const body = { error: 'bad_verification_code', error_description: 'The code is incorrect or expired.' }
    const { error } = await failToSignIn({ token: { status: 200, body } })
    expect(error).toMatchObject({ code: 'ERR_RP_TOKEN_REQUEST', error: 'bad_verification_code' })
    expect(error.message).toContain("'bad_verification_code'")
  })
})

describe('metadata that cannot be read', () => {
  it.each([
    ['404', { discovery: { status: 404 } }],
    ['403', { discovery: { status: 403 } }],
    ['410', { discovery: { status: 410 } }],
  ])('is told as a wrong path after %s, with the URL that was asked', async (status, fault) => {
    const { error, issuer } = await failToSignIn(fault)
    expect(error).toMatchObject({ code: 'ERR_RP_DISCOVERY', status: 503 })
    for (const part of [`HTTP ${status}`, `${issuer}/.well-known/openid-configuration`, '`provider.issuer`'])
      expect(error.message).toContain(part)
    expect(error.message).not.toContain('is running')
  })

  it('is told as a host that is down, where nothing listens', async () => {
    const provider = await startTestProvider()
    await provider.close()
    const app = await startApp({ options: { provider: { issuer: `${provider.issuer}/realms/shop` } } })
    closers.push(() => app.close())
    await new TestBrowser().get(`${app.url}/login`)
    const error = only(app.errors)
    for (const part of ['ECONNREFUSED', provider.issuer, 'is running']) expect(error.message).toContain(part)
    expect(error.message).not.toContain('issuer`')
  })

  it('is told as a port without TLS', async () => {
    const issuer = (await serve((_request, response) => response.end('{}'))).replace('http:', 'https:')
    const app = await startApp({ options: { provider: { issuer } } })
    closers.push(() => app.close())
    expect((await new TestBrowser().get(`${app.url}/login`)).status).toBe(503)
    expect(only(app.errors).message).toMatch(/does not speak TLS|SSL/)
  })

  it.each([
    ['a page', { discovery: { body: '<!doctype html>', contentType: 'text/html' } }],
    ['JSON that is cut off', { discovery: { body: '{"issuer": ' } }],
    ['nothing', { discovery: { body: '' } }],
  ])('is told as no JSON, where it is %s', async (_what, fault) => {
    const { error, issuer } = await failToSignIn(fault)
    expect(error.message).toMatch(/not JSON|JSON that cannot be read/)
    expect(error.message).toContain(`${issuer}/.well-known/openid-configuration`)
  })

  it.each([
    ['/other/path?token=MARKED#MARKED', '/other/path', true],
    ['https://login.example/realms/x?a=MARKED', 'https://login.example/realms/x', false],
    ['https://user:MARKED@login.example/', 'another address', false],
    ['javascript:MARKED', 'another address', false],
    [`https://login.example/${'MARKED'.repeat(50)}`, 'another address', false],
  ])('is told as a redirect that is not followed: to %s', async (redirectTo, named, isLocal) => {
    const { error, issuer } = await failToSignIn({ discovery: { redirectTo } })
    expect(error.message).toContain(`to ${isLocal ? issuer : ''}${named}`)
    expect(error.message).toContain('not followed')
    expect(error.message).not.toContain('MARKED')
  })

  it.each([
    ['https://another.example', 'https://another.example'],
    ['http://localhost:3000/realms/shop/', 'http://localhost:3000/realms/shop/'],
    ['https://another.example/?token=MARKED', 'a text that is no URL'],
    ['https://user:MARKED@another.example', 'a text that is no URL'],
    [`https://another.example/${'MARKED'.repeat(50)}`, 'a text that is no URL'],
    ['javascript:MARKED', 'a text that is no URL'],
    ['https://another.example/\r\nMARKED', 'a text that is no URL'],
    ['MARKED', 'a text that is no URL'],
    [{ issuer: 'MARKED' }, 'its answer lacks a member or has one of a wrong type'],
  ])('is told as another issuer, which is named as far as it is a plain URL: %s', async (announced, named) => {
    const { error, issuer } = await failToSignIn({ discovery: { replace: { issuer: announced } } })
    expect(error.code).toBe('ERR_RP_DISCOVERY')
    expect(error.message).toContain(named)
    expect(error.message).toContain(issuer)
    expect(error.message).not.toContain('MARKED')
  })

  it('is told as a slash too many or too few, where nothing else differs', async () => {
    const issuer = await serve((_request, response) => response.end(JSON.stringify({ issuer: `${issuer}/realm/` })))
    const app = await startApp({ options: { provider: { issuer: `${issuer}/realm` } } })
    closers.push(() => app.close())
    await new TestBrowser().get(`${app.url}/login`)
    expect(only(app.errors).message).toContain(`set \`provider.issuer\` to '${issuer}/realm/'`)
  })
})

describe('a provider that is down', () => {
  const fixture = useProviderAndApp({
    options: { scope: 'openid offline_access', httpTimeoutSeconds: 1 },
    routes: [
      ['/refreshed', requireAuth(), refreshed],
      ['/userinfo', requireAuth(), userinfo],
    ],
  })

  it.each([
    ['500', faults.token500],
    ['503', { token: { status: 503 } }],
    ['429', { token: { status: 429 } }],
    ['a cut connection', faults.lostTokenResponse],
    ['no answer in time', faults.slowTokenResponse],
  ])('reads the same at the token endpoint as at discovery: %s is 503', async (_what, fault) => {
    const { app, provider } = fixture
    await new TestBrowser().get(`${app.url}/login`) // reads the metadata
    provider.misbehave(fault)
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect(page.status).toBe(503)
    expect(page.text).toContain('The sign-in service cannot be reached')
    expect(page.text).toContain('Please try again in a moment.')
    const error = only(app.errors)
    expect(error).toMatchObject({ code: 'ERR_RP_PROVIDER_UNAVAILABLE', status: 503, provider: provider.issuer })
    expect(error.message).not.toContain('clientSecret')
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  it('reads the same at UserInfo', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.misbehave({ userinfo: { status: 503 } })
    expect((await browser.get(`${app.url}/userinfo`)).status).toBe(503)
    expect(only(app.errors)).toMatchObject({ code: 'ERR_RP_PROVIDER_UNAVAILABLE', status: 503 })
  })

  it('passes on how long to wait (RFC 9110 section 10.2.3)', async () => {
    const issuer = fixture.provider.issuer
    const busy = async (url: string, init: object) => {
      if (!url.endsWith('/token')) return await fetch(url, init)
      return new Response('', { status: 503, headers: { 'retry-after': '17' } })
    }
    const app = await startApp({ options: { provider: { issuer }, fetch: busy } })
    closers.push(() => app.close())
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '17'])
    expect(only(app.errors).headers).toEqual({ 'Cache-Control': 'no-store', 'Retry-After': '17' })
  })

  it.each([
    ['a refusal', faults.tokenRefused],
    ['a page', faults.htmlTokenResponse],
    ['a redirect', faults.tokenRedirect],
    ['an answer that is too large', faults.hugeTokenResponse],
  ])('is not what %s says: that is 502', async (_what, fault) => {
    const { app, provider } = fixture
    provider.misbehave(fault)
    expect((await new TestBrowser().follow(`${app.url}/orders`)).status).toBe(502)
    expect(only(app.errors)).toMatchObject({ code: 'ERR_RP_TOKEN_REQUEST' })
  })
})

describe('a client assertion that is refused', () => {
  const client = { clientId: 'test-confidential-client', clientSecret: 's'.repeat(32) }
  const assertion = { ...client, clientAuthentication: 'client_secret_jwt' } as const

  it.each([
    ['invalid_client', { error: 'invalid_client' }, 401],
    ['invalid_request about the audience', { error: 'invalid_request', error_description: 'The aud is invalid.' }, 400],
    ['invalid_request, audience in full', { error: 'invalid_request', error_description: 'Bad audience' }, 400],
  ])('hints at clientAssertionAudience and says what was sent, after %s', async (_what, body, status) => {
    const { error, issuer } = await failToSignIn({ token: { status, body } }, assertion)
    expect(error.message).toContain('`provider.clientAssertionAudience')
    expect(error.message).toContain(`aud is ${issuer}`)
    expect(error.message).toContain("'token_endpoint'")
  })

  it('hints at the issuer where the token endpoint was sent', async () => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    provider.misbehave(faults.clientRefused)
    const own = { issuer: provider.issuer, clientAssertionAudience: 'token_endpoint' } as const
    const app = await startApp({ options: { ...assertion, provider: own } })
    closers.push(() => app.close())
    await new TestBrowser().follow(`${app.url}/orders`)
    const { message } = only(app.errors)
    expect(message).toContain(`aud is ${provider.issuer}/token`)
    expect(message).toContain("'issuer'")
  })

  it('does not hint at it for another invalid_request, nor for a secret', async () => {
    const body = { error: 'invalid_request', error_description: 'The redirect_uri is unknown.' }
    expect((await failToSignIn({ token: { status: 400, body } }, assertion)).error.message).not.toContain('Audience')
    const secret = { error: 'invalid_request', error_description: 'The aud is invalid.' }
    expect((await failToSignIn({ token: { status: 400, body: secret } })).error.message).not.toContain('Audience')
  })
})

describe('an ID token that openid-client refuses', () => {
  it('names both algorithms and the option, when ES256 signs and RS256 is pinned', async () => {
    const { error } = await failToSignIn({ idToken: { alg: 'ES256' } })
    expect(error).toMatchObject({ code: 'ERR_RP_ID_TOKEN', status: 502 })
    for (const part of ['ES256', 'RS256', "`idTokenSignedResponseAlg: 'ES256'`"]) expect(error.message).toContain(part)
    expect(error.message).not.toMatch(/clientSecret|redirect URI|token request/)
  })

  it.each([
    ['none', faults.algNone, 'is not signed'],
    [
      'a MAC by a public key',
      faults.hs256WithPublicKey,
      "signed with HS256, and `idTokenSignedResponseAlg` is 'RS256'",
    ],
    ['an unknown algorithm', { idToken: { header: { alg: 'MARKED' } } }, 'signed with another algorithm, and'],
    ['an alg that is no text', { idToken: { header: { alg: ['ES256'] } } }, 'signed with another algorithm, and'],
  ])('names an alg only when it is a known name: %s', async (_what, fault, text) => {
    const { error } = await failToSignIn(fault)
    expect(error.code).toBe('ERR_RP_ID_TOKEN')
    expect(error.message).toContain(text)
    expect(error.message).not.toContain('MARKED')
  })

  it.each<[what: string, fault: TestProviderFaults, reason: string, advice: string]>([
    ['another iss', faults.wrongIssuer, 'its iss', '`provider.issuer`'],
    ['another aud', faults.wrongAudience, 'its aud', '`clientId`'],
    ['another azp', faults.multipleAudiencesWithoutAzp, 'its aud', '`clientId`'],
    ['the end of its life', faults.expired, 'it has expired', 'clocks'],
    ['no iss', faults.missingIssuer, 'it has no iss', 'OpenID Connect Core 1.0 section 2'],
    ['no aud', faults.missingAudience, 'it has no aud', 'OpenID Connect Core 1.0 section 2'],
    ['no sub', faults.missingSubject, 'it has no sub', 'OpenID Connect Core 1.0 section 2'],
    ['no exp', faults.missingExp, 'it has no exp', 'OpenID Connect Core 1.0 section 2'],
    ['no iat', faults.missingIat, 'it has no iat', 'OpenID Connect Core 1.0 section 2'],
    ['an nbf to come', { idToken: { claims: { nbf: 9_999_999_999 } } }, 'its nbf', 'clocks'],
    ['an exp of a wrong type', { idToken: { claims: { exp: 'soon' } } }, 'its exp', 'number'],
    ['an auth_time of a wrong type', { idToken: { claims: { auth_time: 'x' } } }, 'its auth_time', 'number'],
    ['crit', { idToken: { header: { crit: ['x'] } } }, 'crit', 'extension'],
    ['encryption', { token: { replace: { id_token: 'a.b.c.d.e' } } }, 'encrypted', 'Turn off the encryption'],
    ['no form of a JWT', { token: { replace: { id_token: 'MARKED' } } }, 'is no JWT', ''],
  ])('has the hint for its own fault: %s', async (_what, fault, reason, advice) => {
    const { error } = await failToSignIn(fault)
    expect(error).toMatchObject({ code: 'ERR_RP_ID_TOKEN', status: 502 })
    expect(error.message).toContain('The ID token of')
    expect(error.message).toContain(reason)
    expect(error.message).toContain(advice)
    expect(error.message).not.toMatch(/MARKED|clientSecret|redirect URI|token request/)
  })
})

describe('UserInfo that cannot be used', () => {
  it('is told as one about another user (OpenID Connect Core 1.0 section 5.3.2)', async () => {
    const { error } = await failToSignIn(faults.userinfoOtherSubject, { userinfo: true })
    expect(error).toMatchObject({ code: 'ERR_RP_USERINFO', status: 502 })
    expect(error.message).toContain('another user')
    expect(error.message).not.toContain('issuer than')
  })

  it('is told as a signed UserInfo, where its signature or claims are at fault, and not as an ID token', async () => {
    const userinfoOf = { body: 'e30.e30.e30', contentType: 'application/jwt' }
    const { error } = await failToSignIn({ userinfo: userinfoOf }, { userinfo: true })
    expect(error.code).toBe('ERR_RP_USERINFO')
    expect(error.message).toContain('signed')
    expect(error.message).not.toContain('ID token')
  })

  it('has what the challenge says as data (RFC 6750 section 3.1)', async () => {
    const provider = await startTestProvider()
    closers.push(() => provider.close())
    const challenging = async (url: string, init: object) => {
      if (!url.endsWith('/userinfo')) return await fetch(url, init)
      const challenge = 'Bearer error="invalid_token", error_description="The token expired"'
      return new Response('', { status: 401, headers: { 'www-authenticate': challenge } })
    }
    const options = { provider: { issuer: provider.issuer }, userinfo: true, fetch: challenging }
    const app = await startApp({ options })
    closers.push(() => app.close())
    await new TestBrowser().follow(`${app.url}/orders`)
    expect(only(app.errors)).toMatchObject({
      code: 'ERR_RP_USERINFO',
      error: 'invalid_token',
      errorDescription: 'The token expired',
    })
  })
})

describe('a refresh that fails', () => {
  const fixture = useProviderAndApp({
    options: { scope: 'openid offline_access' },
    routes: [['/refreshed', requireAuth(), refreshed]],
  })

  async function refreshAfter(fault: TestProviderFaults): Promise<RelyingPartyError> {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.misbehave(fault)
    await browser.get(`${app.url}/refreshed`)
    return only(app.errors)
  }

  it('does not say of a login that has ended that it goes on', async () => {
    const error = await refreshAfter(faults.tokenRefused)
    expect(error.code).toBe('ERR_RP_LOGIN_REQUIRED')
    const cause = error.cause as RelyingPartyError
    expect(cause).toMatchObject({ code: 'ERR_RP_REFRESH', error: 'invalid_grant' })
    expect(`${error.message} ${cause.message}`).not.toMatch(/goes on|continues/)
    expect(cause.message).toContain('refresh token')
  })

  it('says so of one that goes on', async () => {
    const error = await refreshAfter({ token: { status: 503 } })
    expect(error).toMatchObject({ code: 'ERR_RP_REFRESH', message: expect.stringContaining('login continues') })
  })
})
