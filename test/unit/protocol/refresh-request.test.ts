import { inspect } from 'node:util'
import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import type { Options } from '../../../src/options.ts'
import { isInvalidGrant, type RefreshedTokens, requestRefresh } from '../../../src/protocol/refresh-request.ts'
import { providerSettingsOf } from '../settings.ts'
import { type FakeProviderParts, fakeProvider } from './fake-provider.ts'

const now = 1_700_000_000
const issuer = 'https://id.example'
const refreshToken = 'MARKED-REFRESH'
const login = { claims: { iss: issuer, sub: 'alice' }, nonce: undefined, refreshToken }
const failed = expect.objectContaining({ code: 'ERR_RP_REFRESH', status: 503, provider: issuer })
const rightAnswer = { access_token: 'MARKED-ACCESS', token_type: 'Bearer', expires_in: 300 }

type Fetch = NonNullable<FakeProviderParts['fetch']>

function refreshAt(fetch: Fetch, wanted = {}, changes: Partial<Options> = {}): Promise<RefreshedTokens> {
  const settings = providerSettingsOf({ clock: () => now, ...changes })
  return requestRefresh(fakeProvider({ settings, fetch }), login, wanted)
}

/** Refreshes at an endpoint that answers with these members changed; `undefined` removes one. */
function refresh(changes: Record<string, unknown> = {}): Promise<RefreshedTokens> {
  return refreshAt(async () => Response.json({ ...rightAnswer, ...changes }))
}

describe('requestRefresh', () => {
  it.each([
    [{}, {}],
    [{ resource: 'https://api.example' }, { resource: 'https://api.example' }],
    [{ scope: 'openid read' }, { scope: 'openid read' }],
    [{ resource: undefined, scope: undefined }, {}],
    [
      { resource: 'https://api.example', scope: 'read' },
      { resource: 'https://api.example', scope: 'read' },
    ],
  ])(
    'asks once, for %j with %j beside the refresh token (RFC 6749 section 6, RFC 8707)',
    async (wanted, parameters) => {
      const fetch = vi.fn<Fetch>(async () => Response.json(rightAnswer))
      await refreshAt(fetch, wanted)
      expect(fetch).toHaveBeenCalledTimes(1)
      const [url, { method, body }] = fetch.mock.calls[0] ?? (['', {}] as never)
      expect([url, method]).toEqual([`${issuer}/token`, 'POST'])
      expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: 'test-client',
        ...parameters,
      })
    },
  )

  it('authenticates as the options say', async () => {
    const fetch = vi.fn<Fetch>(async () => Response.json(rightAnswer))
    await refreshAt(fetch, {}, { clientSecret: 'a_-.~b' })
    expect(fetch.mock.calls[0]?.[1].headers.get('authorization')).toBe(`Basic ${btoa('test-client:a_-.~b')}`)
  })

  it('gives what came', async () => {
    expect(await refresh({ refresh_token: 'newer', scope: 'openid' })).toEqual({
      accessToken: 'MARKED-ACCESS',
      refreshToken: 'newer',
      scope: 'openid',
      expiresAt: now + 300,
      lifetimeSeconds: 300,
      idToken: undefined,
      claims: undefined,
    })
  })

  it('leaves undefined what did not come: what was there before stays', async () => {
    const { refreshToken: newer, scope, expiresAt, lifetimeSeconds } = await refresh({ expires_in: undefined })
    expect([newer, scope, expiresAt, lifetimeSeconds]).toEqual([undefined, undefined, undefined, undefined])
  })

  it('gives a new ID token and its claims, validated against the first', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const seconds = Math.floor(Date.now() / 1000) // openid-client looks at the claims by its own clock
    const claims = { iss: issuer, sub: 'alice', aud: 'test-client', exp: seconds + 300, iat: seconds, role: 'guest' }
    const idToken = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    const settings = providerSettingsOf({ clock: () => seconds })
    const fetch: Fetch = async () => Response.json({ ...rightAnswer, id_token: idToken })
    const provider = fakeProvider({ settings, fetch, findKey: async () => publicKey })
    expect(await requestRefresh(provider, login, {})).toMatchObject({ idToken, claims })
  })

  it('counts the life from when it asked, not from when the answer came, in whole seconds', async () => {
    let time = now + 0.75
    const answer = async () => {
      time += 5
      return Response.json(rightAnswer)
    }
    expect((await refreshAt(answer, {}, { clock: () => time })).expiresAt).toBe(now + 300)
  })

  it.each<[what: string, answer: () => Promise<Response>]>([
    ['503', async () => new Response('busy', { status: 503 })],
    ['429', async () => new Response('slow down', { status: 429 })],
    ['a refusal', async () => Response.json({ error: 'invalid_client' }, { status: 401 })],
    ['a page', async () => new Response('<!doctype html>')],
    ['a redirect', async () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['no access token', async () => Response.json({ ...rightAnswer, access_token: undefined })],
    [
      'a DPoP token, which we hold no key for (RFC 9449 section 5)',
      async () => Response.json({ ...rightAnswer, token_type: 'DPoP' }),
    ],
    ['no token_type', async () => Response.json({ ...rightAnswer, token_type: undefined })],
    ['a cut connection', () => Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))],
  ])('throws ERR_RP_REFRESH after %s', async (_what, answer) => {
    const error: unknown = await refreshAt(answer).catch((reason: unknown) => reason)
    expect(error).toEqual(failed)
    expect(isInvalidGrant(error)).toBe(false)
  })

  it('passes on that the provider cannot be found (ERR_RP_DISCOVERY), and spends nothing', async () => {
    const down = new RelyingPartyError('ERR_RP_DISCOVERY', { message: 'down' })
    const fetch = vi.fn<Fetch>()
    const provider = fakeProvider({ settings: providerSettingsOf(), fetch })
    const unreachable = { ...provider, configuration: () => Promise.reject(down) }
    await expect(requestRefresh(unreachable, login, {})).rejects.toBe(down)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('throws ERR_RP_ID_TOKEN for an ID token that cannot be read', async () => {
    await expect(refresh({ id_token: 'x' })).rejects.toMatchObject({ code: 'ERR_RP_ID_TOKEN' })
  })

  it('shows neither the refresh token nor the answer (threat V42)', async () => {
    const description = `the token ${refreshToken} was used before, ${refreshToken}`
    for (const answer of [
      async () => Response.json({ error: 'invalid_grant', error_description: description }, { status: 400 }),
      async () => new Response(refreshToken, { status: 500 }),
      async () => Response.json({ ...rightAnswer, token_type: 'MARKED' }),
    ]) {
      const error: unknown = await refreshAt(answer).catch((reason: unknown) => reason)
      const shown = inspect(error, { depth: 20 }) + JSON.stringify(error) + String(error)
      expect(shown).toContain('ERR_RP_REFRESH')
      expect(shown).not.toContain('MARKED')
    }
  })

  it('has what the provider said as data, without the refresh token', async () => {
    const answer = { error: 'invalid_grant', error_description: `${refreshToken} is spent: ${refreshToken}` }
    await expect(refreshAt(async () => Response.json(answer, { status: 400 }))).rejects.toMatchObject({
      error: 'invalid_grant',
      errorDescription: '... is spent: ...',
    })
  })
})

describe('isInvalidGrant', () => {
  it('is true when the provider said so of the refresh token', async () => {
    const answer = async () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    expect(isInvalidGrant(await refreshAt(answer).catch((reason: unknown) => reason))).toBe(true)
  })

  it.each<[what: string, error: unknown]>([
    ['another refusal', new RelyingPartyError('ERR_RP_REFRESH', { message: 'x', error: 'invalid_client' })],
    ['another request', new RelyingPartyError('ERR_RP_TOKEN_REQUEST', { message: 'x', error: 'invalid_grant' })],
    ['no refusal', new RelyingPartyError('ERR_RP_REFRESH', { message: 'x' })],
    ['no error of ours', Object.assign(new Error(), { code: 'ERR_RP_REFRESH', error: 'invalid_grant' })],
    ['nothing', undefined],
  ])('is false for %s', (_what, error) => {
    expect(isInvalidGrant(error)).toBe(false)
  })
})
