import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { requestTokens, type Tokens } from '../../../src/protocol/token-request.ts'
import { createProvider } from '../../../src/providers/provider.ts'
import { faults, startTestProvider } from '../../../src/testing/index.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const request = {
  registration: 'the registration',
  nonce: 'n',
  codeVerifier: 'MARKED-VERIFIER',
  redirectUri: 'https://app.example/callback',
}
const code = 'MARKED-CODE'
const failed = expect.objectContaining({ code: 'ERR_RP_TOKEN_REQUEST', status: 502, provider: 'https://id.example' })
const unavailable = expect.objectContaining({ code: 'ERR_RP_PROVIDER_UNAVAILABLE', status: 503 })

/** An ID token of the right form; nobody looks at its signature here. */
const seconds = Math.floor(Date.now() / 1000)
const idToken = unsigned({
  iss: 'https://id.example',
  sub: 'alice',
  aud: 'test-client',
  exp: seconds + 300,
  iat: seconds,
})

const rightAnswer = {
  access_token: 'MARKED-ACCESS',
  token_type: 'Bearer',
  id_token: idToken,
  expires_in: 300,
  refresh_token: 'MARKED-REFRESH',
  scope: 'openid email',
}

function unsigned(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.${Buffer.from('signature').toString('base64url')}`
}

type Fetch = (url: string, init: { method: string; body: string | undefined; headers: Headers }) => Promise<Response>

function requestFrom(fetch: Fetch, changes: Partial<Options> = {}, redirectUri = request.redirectUri): Promise<Tokens> {
  const settings = providerSettingsOf({ clock: () => now, ...changes })
  return requestTokens(fakeProvider({ settings, fetch }), code, { ...request, redirectUri })
}

/** Redeems a code at an endpoint that answers with these members changed; `undefined` removes one. */
function redeem(changes: Record<string, unknown> = {}): Promise<Tokens> {
  return requestFrom(async () => Response.json({ ...rightAnswer, ...changes }))
}

describe('requestTokens', () => {
  it('sends code, redirect URI and verifier to the token endpoint, once (OpenID Connect Core 1.0 section 3.1.3.1)', async () => {
    const fetch = vi.fn<Fetch>(async () => Response.json(rightAnswer))
    await requestFrom(fetch)
    expect(fetch).toHaveBeenCalledTimes(1)
    const [url, { method, body }] = fetch.mock.calls[0] ?? (['', {}] as never)
    expect([url, method]).toEqual(['https://id.example/token', 'POST'])
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'authorization_code',
      code,
      redirect_uri: request.redirectUri,
      code_verifier: request.codeVerifier,
      client_id: 'test-client',
    })
  })

  it.each([
    'https://localhost:5000',
    'https://app.example:443/callback',
    'https://App.Example/cb',
    'https://app.example/a%20b',
  ])('repeats the redirect URI %s byte for byte (RFC 6749 section 4.1.3)', async (redirectUri) => {
    const fetch = vi.fn<Fetch>(async () => Response.json(rightAnswer))
    await requestFrom(fetch, {}, redirectUri)
    expect(new URLSearchParams(fetch.mock.calls[0]?.[1].body).get('redirect_uri')).toBe(redirectUri)
  })

  it('authenticates as the options say, the secret in no form', async () => {
    const fetch = vi.fn<Fetch>(async () => Response.json(rightAnswer))
    await requestFrom(fetch, { clientSecret: 'a_-.~b' })
    const [, { headers, body }] = fetch.mock.calls[0] ?? (['', {}] as never)
    expect(headers.get('authorization')).toBe(`Basic ${btoa('test-client:a_-.~b')}`)
    expect(body).not.toMatch(/client_secret|a_-/)
  })

  it('gives the tokens', async () => {
    expect(await redeem()).toEqual({
      accessToken: 'MARKED-ACCESS',
      tokenType: 'Bearer',
      idToken,
      refreshToken: 'MARKED-REFRESH',
      scope: 'openid email',
      expiresAt: now + 300,
      lifetimeSeconds: 300,
      requestedAt: now,
    })
  })

  it('takes what was asked for as granted where the provider does not say (RFC 6749 section 5.1)', async () => {
    const fetch = async () => Response.json({ ...rightAnswer, scope: undefined })
    expect((await requestFrom(fetch, { scope: 'openid profile' })).scope).toBe('openid profile')
  })

  it('does not invent an end where the provider does not say one', async () => {
    expect((await redeem({ expires_in: undefined })).expiresAt).toBeUndefined()
    expect((await redeem({ refresh_token: undefined })).refreshToken).toBeUndefined()
  })

  it('takes a token_type in any case (RFC 6749 section 7.1)', async () => {
    expect((await redeem({ token_type: 'bEARER' })).tokenType).toBe('Bearer')
  })

  it.each([
    ['no id_token', { id_token: undefined }],
    ['no access_token', { access_token: undefined }],
    ['an empty access_token', { access_token: '' }],
    ['no token_type', { token_type: undefined }],
    ['the token_type DPoP, which was not asked for (RFC 9449 section 5)', { token_type: 'DPoP' }],
    ['the token_type mac', { token_type: 'mac' }],
    ['the token_type N_A', { token_type: 'N_A' }],
    ['an expires_in that is no number', { expires_in: 'soon' }],
  ])('rejects an answer with %s', async (_what, changes) => {
    await expect(redeem(changes)).rejects.toEqual(failed)
  })

  it('rejects an answer whose ID token is not for this client with ERR_RP_ID_TOKEN', async () => {
    const claims = { iss: 'https://id.example', sub: 'alice', aud: 'another', exp: seconds + 300, iat: seconds }
    await expect(redeem({ id_token: unsigned(claims) })).rejects.toMatchObject({ code: 'ERR_RP_ID_TOKEN', status: 502 })
  })

  it('gives a refusal with what the provider said as data', async () => {
    const refusal = { error: 'invalid_grant', error_description: 'MARKED-DESCRIPTION' }
    const error: unknown = await requestFrom(async () => Response.json(refusal, { status: 400 })).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'ERR_RP_TOKEN_REQUEST',
      error: 'invalid_grant',
      errorDescription: 'MARKED-DESCRIPTION',
    })
    expect(error).toMatchObject({ message: expect.not.stringContaining('MARKED') })
  })
})

describe('requestTokens of a plain OAuth 2.0 login', () => {
  /** Redeems a code with a scope without openid. */
  function redeemPlain(changes: Record<string, unknown>, scope = 'read:user'): Promise<Tokens> {
    return requestFrom(async () => Response.json({ ...rightAnswer, ...changes }), { scope })
  }

  it('needs no ID token (RFC 6749 section 5.1)', async () => {
    expect(await redeemPlain({ id_token: undefined, scope: undefined })).toEqual({
      accessToken: 'MARKED-ACCESS',
      tokenType: 'Bearer',
      idToken: undefined,
      refreshToken: 'MARKED-REFRESH',
      scope: 'read:user',
      expiresAt: now + 300,
      lifetimeSeconds: 300,
      requestedAt: now,
    })
  })

  it('keeps one that comes all the same, to be validated', async () => {
    expect((await redeemPlain({})).idToken).toBe(idToken)
  })

  it.each(['', 'openidx', 'OPENID', 'profile:openid', 'openid:profile'])(
    'takes the scope %j for one without openid',
    async (scope) => {
      expect((await redeemPlain({ id_token: undefined }, scope)).idToken).toBeUndefined()
    },
  )

  it.each(['openid', 'profile openid', 'openid email'])('takes the scope %j for one with openid', async (scope) => {
    await expect(redeemPlain({ id_token: undefined }, scope)).rejects.toEqual(failed)
  })

  it.each([
    ['no access_token', { access_token: undefined }],
    ['another token_type', { token_type: 'mac' }],
    ['an error', { error: 'bad_verification_code', access_token: undefined, token_type: undefined }],
  ])('rejects an answer with %s like any other', async (_what, changes) => {
    await expect(redeemPlain({ id_token: undefined, ...changes })).rejects.toEqual(failed)
  })
})

describe('requestTokens and failures', () => {
  it.each<[what: string, answer: () => Promise<Response>, outcome?: typeof failed]>([
    ['500', async () => new Response('x', { status: 500 }), unavailable],
    ['503', async () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 }), unavailable],
    ['429', async () => new Response('', { status: 429 }), unavailable],
    ['a redirect', async () => new Response(null, { status: 307, headers: { location: 'https://evil.example' } })],
    ['a page', async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', async () => new Response('', { headers: { 'content-type': 'application/json' } })],
    ['a list', async () => Response.json([])],
    [
      'a demand for a DPoP nonce',
      async () => Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers: { 'dpop-nonce': 'n' } }),
    ],
    [
      'a cut connection',
      () => Promise.reject(Object.assign(new TypeError('cut'), { code: 'ECONNRESET' })),
      unavailable,
    ],
    ['a time limit', () => Promise.reject(new DOMException('too late', 'TimeoutError')), unavailable],
  ])(
    'sends the code once and rejects when the answer is %s (RFC 6749 section 4.1.2)',
    async (_what, answer, outcome = failed) => {
      const fetch = vi.fn<Fetch>(answer)
      await expect(requestFrom(fetch)).rejects.toEqual(outcome)
      expect(fetch).toHaveBeenCalledTimes(1)
    },
  )

  it.each<[what: string, answer: () => Response]>([
    ['lacks a member', () => Response.json({ ...rightAnswer, token_type: undefined })],
    ['has another token_type', () => Response.json({ ...rightAnswer, token_type: 'MARKED-TYPE' })],
    ['lacks the ID token', () => Response.json({ ...rightAnswer, id_token: undefined })],
    ['is a refusal', () => Response.json({ ...rightAnswer, error: 'invalid_grant' }, { status: 400 })],
    [
      'is no JSON',
      () => new Response('{"access_token": MARKED-ACCESS', { headers: { 'content-type': 'application/json' } }),
    ],
    ['is a text about a JWT', () => new Response('JWT MARKED', { headers: { 'content-type': 'application/json' } })],
    ['is a form', () => new Response('MARKED-ACCESS', { headers: { 'content-type': 'application/json' } })],
  ])('shows no token, code or verifier when the answer %s (threat V42)', async (_what, answer) => {
    const error: unknown = await requestFrom(async () => answer()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 502 })
    const shown = [
      inspect(error, { depth: 20 }),
      inspect(error, { depth: 20, customInspect: false }),
      JSON.stringify(error),
      String(error),
    ]
    expect(shown.join('\n')).not.toContain('MARKED')
  })

  it('obeys no redirect of the token endpoint of a real server, and gives up a slow one', async () => {
    const provider = await startTestProvider()
    const settings = providerSettingsOf({ provider: { issuer: provider.issuer }, httpTimeoutSeconds: 0.3 })
    const real = createProvider(settings)
    await real.configuration()
    for (const [fault, outcome] of [
      [faults.tokenRedirect, 'ERR_RP_TOKEN_REQUEST'],
      [faults.slowTokenResponse, 'ERR_RP_PROVIDER_UNAVAILABLE'],
      [faults.drippingTokenResponse, 'ERR_RP_PROVIDER_UNAVAILABLE'],
      [faults.hugeTokenResponse, 'ERR_RP_TOKEN_REQUEST'],
    ] as const) {
      provider.requests.length = 0
      provider.behave()
      provider.misbehave({ token: { status: 200, body: rightAnswer } })
      provider.misbehave(fault)
      await expect(requestTokens(real, code, request)).rejects.toMatchObject({ code: outcome })
      expect(provider.requests.map(({ endpoint }) => endpoint)).toEqual(['token'])
    }
    await provider.close()
  })
})
