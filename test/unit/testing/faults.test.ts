import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { type FaultName, faults, startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import {
  authorizationResponse,
  idTokenOf,
  login,
  refresh,
  requestTokens,
  type TokenResponse,
  takeCode,
  verify,
} from './code-flow.ts'

let provider: TestProvider
const tested = new Set<FaultName>()

/** Puts a ready-made fault in force, and remembers that it was looked at. */
function misbehave(name: FaultName): void {
  tested.add(name)
  provider.misbehave(faults[name])
}

beforeAll(async () => {
  provider = await startTestProvider({ user: { sub: 'alice' } })
})

afterEach(() => {
  provider.behave()
  provider.requests.length = 0
})

afterAll(async () => provider.close())

const HOUR_SECONDS = 3600
const ANOTHER_ISSUER = 'https://another-issuer.example'

describe('faults of the authorization response', () => {
  const cases: [FaultName, Record<string, string[]>][] = [
    ['accessDenied', { error: ['access_denied'], error_description: ['The user said no.'], code: [] }],
    ['loginRequired', { error: ['login_required'], code: [], state: ['the-state'] }],
    ['unmetAuthenticationRequirements', { error: ['unmet_authentication_requirements'], code: [] }],
    ['authorizationServerError', { error: ['server_error'], code: [] }],
    ['missingCode', { code: [], state: ['the-state'] }],
    ['unknownCode', { code: ['a-code-of-nobody'] }],
    ['missingState', { state: [] }],
    ['wrongState', { state: ['a-state-of-nobody'] }],
    ['duplicateState', { state: ['the-state', 'the-state'] }],
    ['missingIssuerParameter', { iss: [] }],
    ['wrongIssuerParameter', { iss: [ANOTHER_ISSUER] }],
  ]
  it.each(cases)('%s', async (name, expected) => {
    misbehave(name)
    const parameters = await authorizationResponse(provider)
    for (const [parameter, values] of Object.entries(expected)) expect(parameters.getAll(parameter)).toEqual(values)
  })

  it('duplicateCode', async () => {
    misbehave('duplicateCode')
    const codes = (await authorizationResponse(provider)).getAll('code')
    expect(codes).toHaveLength(2)
    expect(codes[0]).toBe(codes[1])
  })

  it('extra adds parameters', async () => {
    provider.misbehave({ authorization: { extra: { session_state: 'x' } } })
    expect((await authorizationResponse(provider)).get('session_state')).toBe('x')
  })
})

describe('faults of the ID Token claims', () => {
  const now = (): number => Math.floor(Date.now() / 1000)
  const near = (value: unknown, at: number): void => expect(Math.abs(Number(value) - at)).toBeLessThan(5)
  const cases: [FaultName, (claims: Record<string, unknown>) => void][] = [
    ['wrongNonce', ({ nonce }) => expect(nonce).toBe('a-nonce-of-nobody')],
    ['missingNonce', (claims) => expect(claims).not.toHaveProperty('nonce')],
    ['wrongAudience', ({ aud }) => expect(aud).toBe('another-client')],
    ['missingAudience', (claims) => expect(claims).not.toHaveProperty('aud')],
    ['wrongIssuer', ({ iss }) => expect(iss).toBe(ANOTHER_ISSUER)],
    ['missingIssuer', (claims) => expect(claims).not.toHaveProperty('iss')],
    ['wrongAuthorizedParty', ({ azp }) => expect(azp).toBe('another-client')],
    [
      'multipleAudiencesWithoutAzp',
      ({ aud, azp }) => expect([aud, azp]).toEqual([['test-client', 'another-client'], undefined]),
    ],
    ['expired', ({ exp }) => near(exp, now() - HOUR_SECONDS)],
    ['issuedInTheFuture', ({ iat }) => near(iat, now() + HOUR_SECONDS)],
    ['staleAuthTime', (claims) => near(claims['auth_time'], now() - 24 * HOUR_SECONDS)],
    ['missingAuthTime', (claims) => expect(claims).not.toHaveProperty('auth_time')],
    ['otherAcr', (claims) => expect(claims['acr']).toBe('another-acr')],
    ['missingExp', (claims) => expect(claims).not.toHaveProperty('exp')],
    ['missingIat', (claims) => expect(claims).not.toHaveProperty('iat')],
    ['missingSubject', (claims) => expect(claims).not.toHaveProperty('sub')],
    ['emptySubject', ({ sub }) => expect(sub).toBe('')],
    ['otherSubject', ({ sub }) => expect(sub).toBe('another-user')],
    ['wrongAtHash', (claims) => expect(claims['at_hash']).toBe('AAAAAAAAAAAAAAAAAAAAAA')],
  ]
  it.each(cases)('%s, and nothing else is wrong', async (name, check) => {
    const right = await idTokenOf(provider)
    misbehave(name)
    const wrong = await idTokenOf(provider)
    check(wrong.claims)
    expect(() => check(right.claims)).toThrow()
    const { compactVerify, createLocalJWKSet } = await import('jose')
    const jwks = await (await fetch(`${provider.url}/jwks`)).json()
    await expect(compactVerify(wrong.token, createLocalJWKSet(jwks as never))).resolves.toBeDefined()
  })

  it('apply on refresh too', async () => {
    const { refresh_token: refreshToken } = await login(provider)
    misbehave('otherSubject')
    const tokens = (await (await refresh(provider, refreshToken)).json()) as TokenResponse
    expect((await verify(provider, tokens.id_token)).payload.sub).toBe('another-user')
  })
})

describe('faults of the ID Token signature', () => {
  it.each(['flippedSignature', 'unknownKey'] as const)('%s fails under the published kid', async (name) => {
    misbehave(name)
    const { token, header } = await idTokenOf(provider)
    expect(header['kid']).toBe((await publishedKey()).kid)
    await expect(verify(provider, token)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  })

  it('unknownKid', async () => {
    misbehave('unknownKid')
    const { token } = await idTokenOf(provider)
    await expect(verify(provider, token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  it('missingKid is rightly signed', async () => {
    misbehave('missingKid')
    const { token, header } = await idTokenOf(provider)
    expect(header).not.toHaveProperty('kid')
    await expect(verify(provider, token)).resolves.toBeDefined()
  })

  it('algNone', async () => {
    misbehave('algNone')
    const { token, header } = await idTokenOf(provider)
    expect(header['alg']).toBe('none')
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.$/)
  })

  it('hs256WithPublicKey is keyed by the PEM of the published key', async () => {
    misbehave('hs256WithPublicKey')
    const { token, header } = await idTokenOf(provider)
    const key = await publishedKey()
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    expect(header).toMatchObject({ alg: 'HS256', kid: key.kid })
    expect(token.split('.')[2]).toBe(hmac(token, pem))
  })

  it('hs256WithClientSecret is keyed by the secret of the client', async () => {
    misbehave('hs256WithClientSecret')
    const client = { client_id: 'test-confidential-client', client_secret: 'test-secret-_.~!' }
    const code = await takeCode(provider, { client_id: client.client_id })
    const { id_token: token } = (await (await requestTokens(provider, { code, ...client })).json()) as TokenResponse
    expect(token.split('.')[2]).toBe(hmac(token, client.client_secret))
  })

  it('alg signs rightly by another algorithm, with a published key', async () => {
    provider.misbehave({ idToken: { alg: 'ES256' } })
    const { token } = await idTokenOf(provider)
    expect((await verify(provider, token)).protectedHeader.alg).toBe('ES256')
  })

  it('header overwrites what is said and not how it is signed', async () => {
    provider.misbehave({ idToken: { header: { alg: 'ES256', typ: undefined, crit: ['b64'] } } })
    const { token, header } = await idTokenOf(provider)
    expect(header).toMatchObject({ alg: 'ES256', crit: ['b64'] })
    expect(header).not.toHaveProperty('typ')
    expect(Buffer.from(token.split('.')[2] ?? '', 'base64url')).toHaveLength(256)
  })

  async function publishedKey(): Promise<JsonWebKey & { kid: string }> {
    const { keys } = (await (await fetch(`${provider.url}/jwks`)).json()) as { keys: (JsonWebKey & { kid: string })[] }
    const key = keys.find(({ kty }) => kty === 'RSA')
    if (!key) throw new Error('no RSA key')
    return key
  }

  function hmac(token: string, secret: string | Buffer): string {
    return createHmac('sha256', secret).update(token.split('.').slice(0, 2).join('.')).digest('base64url')
  }
})

describe('faults of the token response', () => {
  async function response(): Promise<Response> {
    return requestTokens(provider, { code: await takeCode(provider) })
  }

  it.each([
    ['noIdToken', 'id_token'],
    ['noAccessToken', 'access_token'],
    ['noTokenType', 'token_type'],
  ] as const)('%s', async (name, member) => {
    misbehave(name)
    const body = await (await response()).json()
    expect(body).not.toHaveProperty(member)
    expect(body).toHaveProperty('expires_in')
  })

  it('dpopTokenType', async () => {
    misbehave('dpopTokenType')
    expect(await (await response()).json()).toMatchObject({ token_type: 'DPoP', access_token: expect.any(String) })
  })

  it('htmlTokenResponse', async () => {
    misbehave('htmlTokenResponse')
    const answer = await response()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await answer.text()).toContain('<!doctype html>')
  })

  it('emptyTokenResponse', async () => {
    misbehave('emptyTokenResponse')
    const answer = await response()
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  it('hugeTokenResponse is 2 MiB of valid JSON', async () => {
    misbehave('hugeTokenResponse')
    const text = await (await response()).text()
    expect(Buffer.byteLength(text)).toBe(2 * 1024 * 1024)
    expect(JSON.parse(text)).toHaveProperty('id_token')
  })

  it('slowTokenResponse keeps the client waiting', async () => {
    misbehave('slowTokenResponse')
    const code = await takeCode(provider)
    const init = { signal: AbortSignal.timeout(300) }
    await expect(requestTokens(provider, { code }, init)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('a delay ends, and the answer is right', async () => {
    provider.misbehave({ token: { delaySeconds: 0.2 } })
    const before = Date.now()
    expect((await response()).status).toBe(200)
    expect(Date.now() - before).toBeGreaterThanOrEqual(190)
  })

  it('drippingTokenResponse sends byte by byte', async () => {
    misbehave('drippingTokenResponse')
    const reader = (await response()).body?.getReader()
    const first = await reader?.read()
    const second = await reader?.read()
    await reader?.cancel()
    expect([first?.value?.length, second?.value?.length]).toEqual([1, 1])
  })

  it('a drip comes to its end', async () => {
    provider.misbehave({ token: { drip: true, body: '{}' } })
    expect(await (await response()).json()).toEqual({})
  })

  it('lostTokenResponse cuts the connection and has spent the code', async () => {
    misbehave('lostTokenResponse')
    const code = await takeCode(provider)
    await expect(requestTokens(provider, { code })).rejects.toThrow('fetch failed')
    provider.behave()
    expect((await requestTokens(provider, { code })).status).toBe(400)
  })

  it('tokenRedirect', async () => {
    misbehave('tokenRedirect')
    const answer = await response()
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/userinfo'])
  })

  it.each([
    ['token500', 500, 'Internal Server Error'],
    ['tokenRefused', 400, '"error":"invalid_grant"'],
    ['clientRefused', 401, '"error":"invalid_client"'],
  ] as const)('%s, and the code is not spent', async (name, status, text) => {
    misbehave(name)
    const code = await takeCode(provider)
    const answer = await requestTokens(provider, { code })
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(text)
    provider.behave()
    expect((await requestTokens(provider, { code })).status).toBe(200)
  })

  it('a claims function that throws is reported to the author of the test', async () => {
    provider.misbehave({
      idToken: {
        claims: () => {
          throw new Error('a slip in the test')
        },
      },
    })
    const answer = await response()
    expect([answer.status, await answer.text()]).toEqual([500, 'The test provider failed: a slip in the test\n'])
  })
})

describe('faults of the documents', () => {
  const discovery = '/.well-known/openid-configuration'
  const texts: [FaultName, string, number, string][] = [
    ['metadataOfAnotherIssuer', discovery, 200, `"issuer":"${ANOTHER_ISSUER}"`],
    ['metadataHtml', discovery, 200, '<!doctype html>'],
    ['metadata404', discovery, 404, 'Not Found'],
    ['metadata500', discovery, 500, 'Internal Server Error'],
    ['jwks500', '/jwks', 500, 'Internal Server Error'],
    ['jwksEmpty', '/jwks', 200, '{"keys":[]}'],
    ['jwksHtml', '/jwks', 200, '<!doctype html>'],
    ['userinfoOtherSubject', '/userinfo', 200, '"sub":"another-user"'],
    ['userinfoWithoutSubject', '/userinfo', 200, '{}'],
    ['userinfo500', '/userinfo', 500, 'Internal Server Error'],
    ['userinfoHtml', '/userinfo', 200, '<!doctype html>'],
  ]
  it.each(texts)('%s', async (name, path, status, text) => {
    const { access_token: accessToken } = await login(provider)
    misbehave(name)
    const init = { headers: { authorization: `Bearer ${accessToken}` } }
    const answer = await fetch(provider.url + path, init)
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(text)
  })

  it.each([
    ['metadataWithoutAuthorizationEndpoint', 'authorization_endpoint'],
    ['metadataWithoutTokenEndpoint', 'token_endpoint'],
    ['metadataWithoutJwksUri', 'jwks_uri'],
  ] as const)('%s', async (name, member) => {
    misbehave(name)
    const metadata = await (await fetch(provider.url + discovery)).json()
    expect(metadata).not.toHaveProperty(member)
    expect(metadata).toHaveProperty('issuer')
  })

  it('metadataRedirect leads whoever follows it to good metadata, which is seen in the requests', async () => {
    misbehave('metadataRedirect')
    expect((await fetch(provider.url + discovery, { redirect: 'manual' })).status).toBe(302)
    expect(await (await fetch(provider.url + discovery)).json()).toMatchObject({ issuer: provider.issuer })
    expect(provider.requestsTo('discovery')).toHaveLength(3)
  })

  it('slowMetadata keeps the client waiting', async () => {
    misbehave('slowMetadata')
    const init = { signal: AbortSignal.timeout(300) }
    await expect(fetch(provider.url + discovery, init)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('endSession can be made to fail', async () => {
    provider.misbehave({ endSession: { status: 503 } })
    const answer = await fetch(`${provider.url}/end_session`)
    expect([answer.status, await answer.text()]).toEqual([503, ''])
  })
})

describe('misbehave', () => {
  it('adds faults to those in force, also of the same endpoint', async () => {
    provider.misbehave(faults.wrongNonce)
    provider.misbehave(faults.emptySubject)
    provider.misbehave(faults.missingExp)
    provider.misbehave(faults.noIdToken)
    provider.misbehave(faults.noTokenType)
    provider.misbehave({ token: { replace: { scope: 'x' } }, idToken: { header: { typ: 'a' } } })
    provider.misbehave({ token: { replace: { expires_in: 1 } }, idToken: { header: { cty: 'b' } } })
    const tokens = await login(provider)
    expect(Object.keys(tokens)).not.toContain('id_token')
    expect(Object.keys(tokens)).not.toContain('token_type')
    expect(tokens).toMatchObject({ scope: 'x', expires_in: 1 })
    provider.behave()
    provider.misbehave(faults.wrongNonce)
    provider.misbehave(faults.expired)
    provider.misbehave(faults.emptySubject)
    const { claims } = await idTokenOf(provider)
    expect(claims).toMatchObject({ nonce: 'a-nonce-of-nobody', sub: '' })
    expect(Number(claims['exp'])).toBeLessThan(Date.now() / 1000)
  })

  it('lets the later fault win and leaves the ready-made faults as they are', async () => {
    const before = JSON.stringify(faults)
    provider.misbehave(faults.missingState)
    provider.misbehave(faults.wrongNonce)
    provider.misbehave({ authorization: { omit: ['iss'], duplicate: ['code'], extra: { a: '1' } } })
    provider.misbehave({
      authorization: { duplicate: ['code'], extra: { b: '2' } },
      idToken: { claims: { nonce: 'z' } },
    })
    const parameters = await authorizationResponse(provider)
    expect([...parameters.keys()]).toEqual(['code', 'code', 'code', 'a', 'b'])
    expect((await idTokenOf(provider)).claims['nonce']).toBe('z')
    expect(JSON.stringify(faults)).toBe(before)
    expect(Object.isFrozen(faults)).toBe(true)
  })
})

describe('behave', () => {
  it('ends all faults', async () => {
    provider.misbehave({ ...faults.token500, ...faults.jwks500, ...faults.wrongNonce })
    provider.behave()
    const { id_token: idToken } = await login(provider)
    expect((await verify(provider, idToken)).payload['nonce']).toBe('the-nonce')
  })
})

describe('faults', () => {
  it('has a test for each of its members', () => {
    expect([...tested].sort()).toEqual(Object.keys(faults).sort())
  })
})
