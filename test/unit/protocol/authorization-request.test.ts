import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { type AuthorizationParameters, reservedParameters } from '../../../src/options-client.ts'
import { createAuthorizationRequest } from '../../../src/protocol/authorization-request.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

interface Made extends Awaited<ReturnType<typeof createAuthorizationRequest>> {
  readonly query: URLSearchParams
}

const baseUrl = 'https://app.example'

async function make(
  parameters: AuthorizationParameters = {},
  changes: Partial<Options> = {},
  metadata: Record<string, unknown> = {},
): Promise<Made> {
  const settings = providerSettingsOf(changes)
  const made = await createAuthorizationRequest(fakeProvider({ settings, metadata }), parameters, {
    state: 'the-state',
    baseUrl,
  })
  return { ...made, query: new URL(made.url).searchParams }
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function claims(acr: unknown): AuthorizationParameters {
  return { claims: JSON.stringify({ id_token: { acr } }) }
}

describe('the S256 of these tests', () => {
  it('is that of the published verifier', () => {
    const verifier = 'M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag'
    expect(s256(verifier)).toBe('qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es')
  })

  it('is that of RFC 7636 appendix B', () => {
    expect(s256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })
})

describe('createAuthorizationRequest', () => {
  it('asks for a code with S256, state and nonce at the authorization endpoint (OpenID Connect Core 1.0 section 3.1.2.1)', async () => {
    const { request, url, query } = await make()
    expect(url.split('?')[0]).toBe('https://id.example/authorize')
    expect(Object.fromEntries(query)).toEqual({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: 'https://app.example/callback',
      scope: 'openid',
      state: 'the-state',
      nonce: request.nonce,
      code_challenge: s256(request.codeVerifier),
      code_challenge_method: 'S256',
    })
    expect(new Set(query.keys()).size).toBe([...query.keys()].length)
  })

  it('asks for form_post where the option says so, and for no response_mode otherwise (Form Post Response Mode section 2)', async () => {
    expect((await make({}, { responseMode: 'form_post' })).query.getAll('response_mode')).toEqual(['form_post'])
    expect((await make({}, { responseMode: 'query' })).query.has('response_mode')).toBe(false)
    const provider = { issuer: 'https://id.example', responseMode: 'query' } as const
    expect((await make({}, { responseMode: 'form_post', provider })).query.has('response_mode')).toBe(false)
  })

  it('gives what the callback needs, the redirect URI as it was sent', async () => {
    const { request, query } = await make()
    expect(request).toEqual({
      registration: providerSettingsOf().registration,
      nonce: query.get('nonce'),
      codeVerifier: expect.any(String),
      redirectUri: query.get('redirect_uri'),
      maxAge: undefined,
      essentialAcr: undefined,
    })
  })

  it('sends a redirect URI without a path byte for byte (RFC 6749 section 4.1.3)', async () => {
    const settings = providerSettingsOf({ routes: { callback: '' } })
    const { request, url } = await createAuthorizationRequest(
      fakeProvider({ settings }),
      {},
      { state: 'the-state', baseUrl: 'https://localhost:5000' },
    )
    expect(request.redirectUri).toBe('https://localhost:5000')
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('https://localhost:5000')
  })

  it('never sends the code_verifier', async () => {
    const { request, url } = await make()
    expect(url).not.toContain(request.codeVerifier)
  })

  it('makes verifiers of the form of RFC 7636 section 4.1', async () => {
    expect((await make()).request.codeVerifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/)
  })

  it('makes a nonce of 128 bits and a verifier of 256, none twice in 500 requests', async () => {
    const settings = providerSettingsOf()
    const provider = fakeProvider({ settings })
    const made = await Promise.all(
      Array.from({ length: 500 }, () => createAuthorizationRequest(provider, {}, { state: 'the-state', baseUrl })),
    )
    const values = made.flatMap(({ request }) => [request.nonce, request.codeVerifier])
    expect(new Set(values).size).toBe(1000)
    const bytes = made.map(({ request }) =>
      [request.nonce, request.codeVerifier].map((value) => Buffer.from(value, 'base64url').length),
    )
    expect(new Set(bytes.map(String))).toEqual(new Set(['16,32']))
  })

  it('makes values in which every bit is as often 1 as 0', async () => {
    const settings = providerSettingsOf()
    const provider = fakeProvider({ settings })
    const made = await Promise.all(
      Array.from({ length: 400 }, () => createAuthorizationRequest(provider, {}, { state: 'the-state', baseUrl })),
    )
    for (const [values, bits] of [
      [made.map(({ request }) => request.codeVerifier), 256],
      [made.map(({ request }) => request.nonce), 128],
    ] as const) {
      const ones = Array.from({ length: bits }, (_, bit) => values.filter((value) => bitOf(value, bit)).length)
      expect(Math.min(...ones)).toBeGreaterThan(120) // 8 standard deviations below 200
      expect(Math.max(...ones)).toBeLessThan(280)
    }
  })

  it('sends further parameters', async () => {
    const { query } = await make({ prompt: 'login', ui_locales: 'de en' }, { scope: 'openid profile' })
    expect(Object.fromEntries(query)).toMatchObject({ prompt: 'login', ui_locales: 'de en', scope: 'openid profile' })
  })

  it.each([
    ['response_type', 'token'],
    ['client_id', 'another-client'],
    ['redirect_uri', 'https://evil.example'],
    ['scope', 'openid admin'],
    ['state', 'chosen'],
    ['nonce', 'chosen'],
    ['code_challenge', 'chosen'],
    ['code_challenge_method', 'plain'],
  ])('does not let a parameter replace or repeat %s (threat V25)', async (name, value) => {
    const { query } = await make({ [name]: value })
    expect(query.getAll(name)).toHaveLength(1)
    expect(query.get(name)).not.toBe(value)
  })

  it.each(['request', 'request_uri', 'response_mode', 'registration'])(
    'does not send %s, which a function may have taken from the query of a stranger (threat V25, RFC 9101 section 4)',
    async (name) => {
      const { query } = await make({ [name]: 'https://evil.example/request', prompt: 'login' })
      expect(query.has(name)).toBe(false)
      expect(query.get('prompt')).toBe('login')
    },
  )

  it('sends no parameter that is reserved but those that it sets itself, and each once', async () => {
    const chosen = Object.fromEntries(reservedParameters.map((name) => [name, 'MARKED']))
    const { url, query } = await make(chosen)
    expect(url).not.toContain('MARKED')
    expect([...query.keys()].sort()).toEqual([...(await make()).query.keys()].sort())
  })

  it('leaves out a parameter that is undefined', async () => {
    const { url, query } = await make({ login_hint: undefined, max_age: undefined, claims: undefined } as never)
    expect([...query.keys()].sort()).toEqual([...(await make()).query.keys()].sort())
    expect(url).not.toContain('undefined')
  })

  it.each<[what: string, result: unknown]>([
    ['a promise', Promise.resolve({ prompt: 'login' })],
    ['a list', [['prompt', 'login']]],
    ['a map', new Map([['prompt', 'login']])],
    ['a query', new URLSearchParams('prompt=login')],
    ['a text', 'prompt=login'],
  ])('rejects with ERR_RP_OPTIONS when a function gives %s: nothing of it would be sent', async (_what, result) => {
    await expect(make(result as never)).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS', status: 500 })
  })

  // Fails with a TypeError: max_age is read before it is known that there is an object.
  it.each([undefined, null])('rejects with ERR_RP_OPTIONS when a function gives %j', async (result) => {
    const provider = fakeProvider({ settings: providerSettingsOf() })
    await expect(
      createAuthorizationRequest(provider, result as never, { state: 'the-state', baseUrl }),
    ).rejects.toMatchObject({
      code: 'ERR_RP_OPTIONS',
    })
  })

  it('takes an object without a prototype, as the query of Express is one', async () => {
    const { query } = await make(Object.assign(Object.create(null), { prompt: 'login', state: 'chosen' }))
    expect([query.get('prompt'), query.get('state') === 'chosen']).toEqual(['login', false])
  })

  it('sends the scope as it is, also without openid, and an empty one not at all (RFC 6749 section 3.3)', async () => {
    expect((await make({}, { scope: 'read:user user:email' })).query.get('scope')).toBe('read:user user:email')
    expect((await make({}, { scope: '' })).query.has('scope')).toBe(false)
  })

  it('binds a plain OAuth 2.0 login by state, S256 and nonce like any other', async () => {
    const { request, query } = await make({}, { scope: 'read:user' })
    expect([query.get('state'), query.get('nonce')]).toEqual(['the-state', request.nonce])
    expect(query.get('code_challenge')).toBe(s256(request.codeVerifier))
  })

  it('keeps the query that the authorization endpoint has (RFC 6749 section 3.1)', async () => {
    const { query } = await make({}, {}, { authorization_endpoint: 'https://id.example/authorize?policy=b2c_1' })
    expect(query.get('policy')).toBe('b2c_1')
    expect(query.get('response_type')).toBe('code')
  })

  it('remembers max_age, which makes auth_time a duty (OpenID Connect Core 1.0 section 3.1.2.1)', async () => {
    expect((await make({ max_age: '3600' })).request.maxAge).toBe(3600)
    expect((await make({ max_age: '0' })).request.maxAge).toBe(0)
  })

  it.each(['1h', '-1', '1e3', ' 60', '60.5', ''])(
    'never sends max_age %j and then forgets to check it',
    async (maxAge) => {
      const made = await make({ max_age: maxAge }).catch((error: unknown) => error)
      expect(made).toMatchObject({ code: 'ERR_RP_OPTIONS' })
    },
  )

  it.each([
    [{ essential: true, values: ['gold', 'silver'] }, ['gold', 'silver']],
    [{ essential: true, value: 'gold' }, ['gold']],
    [{ essential: true }, []],
    [{ essential: false, values: ['gold'] }, undefined],
    [{ values: ['gold'] }, undefined],
    [null, undefined],
  ])('remembers of the acr claim %j that %j are essential (section 5.5.1.1)', async (acr, expected) => {
    const made = await make(claims(acr))
    expect(made.request.essentialAcr).toEqual(expected)
    expect(made.query.get('claims')).toBe(claims(acr)['claims'])
  })

  it('takes acr_values for voluntary (section 5.5.1.1)', async () => {
    expect((await make({ acr_values: 'gold' })).request.essentialAcr).toBeUndefined()
  })

  it.each(['{', 'acr', '', 'null'])('rejects claims that are %j, no JSON object, with ERR_RP_OPTIONS', async (text) => {
    await expect(make({ claims: text })).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })

  it('rejects essential values that are no list with ERR_RP_OPTIONS: a text would fit in parts', async () => {
    await expect(make(claims({ essential: true, values: 'gold' }))).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})

function bitOf(value: string, bit: number): boolean {
  return (((Buffer.from(value, 'base64url')[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1
}
