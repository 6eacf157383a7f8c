import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { requestUserinfo } from '../../../src/protocol/userinfo.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const accessToken = 'MARKED-ACCESS-TOKEN'
const settings = providerSettingsOf()

function request(answer: () => Promise<Response>, metadata = {}): Promise<Record<string, unknown>> {
  return requestUserinfo(fakeProvider({ settings, metadata, fetch: answer }), accessToken, 'alice')
}

function json(body: unknown, init: ResponseInit = {}): () => Promise<Response> {
  return async () => Response.json(body, init)
}

describe('requestUserinfo', () => {
  it('asks with the access token in the header and in no URL (RFC 6750 section 2.1)', async () => {
    const fetch = vi.fn(async (_url: string, _init: { headers: Headers }) =>
      Response.json({ sub: 'alice', name: 'Alice' }),
    )
    const claims = await requestUserinfo(fakeProvider({ settings, fetch }), accessToken, 'alice')
    expect(claims).toEqual({ sub: 'alice', name: 'Alice' })
    const [url, { headers }] = fetch.mock.calls[0] ?? (['', {}] as never)
    expect([url, headers.get('authorization')]).toEqual(['https://id.example/userinfo', `Bearer ${accessToken}`])
  })

  it.each<[what: string, answer: () => Promise<Response>]>([
    ['another sub (section 5.3.2)', json({ sub: 'mallory' })],
    ['a sub that differs by its case (section 5.3.2)', json({ sub: 'Alice' })],
    ['no sub (section 5.3.2)', json({ name: 'Alice' })],
    ['an empty sub (section 5.3.2)', json({ sub: '' })],
    ['a list', json([{ sub: 'alice' }])],
    ['null', json(null)],
    [
      '401',
      json(
        { error: 'invalid_token' },
        { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
      ),
    ],
    ['a redirect', async () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['a page', async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
    ['no JSON', async () => new Response('{', { headers: { 'content-type': 'application/json' } })],
    ['a cut connection', () => Promise.reject(new TypeError('fetch failed'))],
  ])('refuses %s with ERR_RP_USERINFO (OpenID Connect Core 1.0 section 5.3)', async (_what, answer) => {
    await expect(request(answer)).rejects.toMatchObject({
      code: 'ERR_RP_USERINFO',
      status: 502,
      provider: settings.issuer,
    })
  })

  it.each([429, 500, 503])('refuses %s with ERR_RP_PROVIDER_UNAVAILABLE: it may succeed later', async (status) => {
    await expect(request(json({}, { status }))).rejects.toMatchObject({
      code: 'ERR_RP_PROVIDER_UNAVAILABLE',
      status: 503,
      provider: settings.issuer,
    })
  })

  it('refuses where the provider has no UserInfo endpoint', async () => {
    await expect(request(json({}), { userinfo_endpoint: undefined })).rejects.toMatchObject({ code: 'ERR_RP_USERINFO' })
  })

  it('shows neither the access token nor the claims when it fails (threat V42)', async () => {
    const error: unknown = await request(json({ sub: 'MARKED-SUB', email: 'MARKED-EMAIL' })).catch(
      (reason: unknown) => reason,
    )
    const shown =
      inspect(error, { depth: 20 }) + inspect(error, { depth: 20, customInspect: false }) + JSON.stringify(error)
    expect(shown).toContain('ERR_RP_USERINFO')
    expect(shown).not.toContain('MARKED')
  })
})
