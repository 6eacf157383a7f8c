import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { AccessTokenOptions } from '../../../src/options-access-token.ts'
import type { ProviderFetch } from '../../../src/options-client.ts'
import { createIntrospection } from '../../../src/protocol/introspection.ts'
import { audience, issuer, now, resourceProvider } from './resource-provider.ts'

const token = 'an-opaque-token'
const credentials = { clientId: 'orders-api', clientSecret: 'secret_of-the.api~' }
const active = { active: true, aud: audience, sub: 'alice', client_id: 'shop', scope: 'a b', token_type: 'Bearer' }
const refused = expect.objectContaining({ code: 'ERR_RP_ACCESS_TOKEN', error: 'invalid_token', provider: issuer })

interface Parts {
  readonly answer?: () => object
  readonly fetch?: ProviderFetch
  readonly options?: Partial<AccessTokenOptions>
  readonly metadata?: Record<string, unknown>
}

function start({ answer = () => active, fetch, options, metadata }: Parts = {}) {
  const clock = { at: now }
  const endpoint = vi.fn<ProviderFetch>(fetch ?? (async () => Response.json(answer())))
  const { provider, settings } = resourceProvider({
    options: { introspection: credentials, clock: () => clock.at, ...options },
    answer: endpoint,
    ...(metadata === undefined ? {} : { metadata }),
  })
  return { introspect: createIntrospection(provider, settings), endpoint, clock }
}

function introspectAnswer(answer: object, options: Partial<AccessTokenOptions> = {}) {
  return start({ answer: () => answer, options }).introspect(token)
}

describe('createIntrospection', () => {
  it('asks with the credentials of the API (RFC 7662 section 2.1)', async () => {
    const { introspect, endpoint } = start()
    await introspect(token)
    const [url, { method, headers, body }] = endpoint.mock.calls[0] ?? expect.fail()
    expect([url, method]).toEqual([`${issuer}/introspection`, 'POST'])
    expect(Object.fromEntries(new URLSearchParams(body ?? ''))).toEqual({ token, token_type_hint: 'access_token' })
    const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString('base64')
    expect(new Headers(headers).get('authorization')).toBe(`Basic ${basic}`)
  })

  it('says what the provider says of an active token (RFC 7662 section 2.2)', async () => {
    const expected = { sub: 'alice', clientId: 'shop', scope: ['a', 'b'], claims: active, token }
    expect(await start().introspect(token)).toEqual(expected)
  })

  it.each([
    ['that is not active', { active: false }],
    ['that is not active, whatever else it says', { ...active, active: false }],
    ['of another audience', { ...active, aud: ['api://billing'] }],
    ['without an audience', { ...active, aud: undefined }],
    ['of another issuer', { ...active, iss: 'https://other.example' }],
    ['that has expired', { ...active, exp: now - 30 }],
    ['of another type', { ...active, token_type: 'DPoP' }],
    ['that is bound to a key', { ...active, cnf: { 'x5t#S256': 'x' } }],
    ['that is a refresh token (Hydra)', { ...active, token_use: 'refresh_token' }],
    ['that is a refresh token (Keycloak)', { ...active, typ: 'Refresh' }],
  ])('refuses a token %s (RFC 7662 section 4)', async (_fault, answer) => {
    await expect(introspectAnswer(answer)).rejects.toEqual(refused)
  })

  it.each([
    ['one of several audiences', { ...active, aud: ['a', audience] }],
    ['the right issuer', { ...active, iss: issuer }],
    ['a type in other letters', { ...active, token_type: 'bearer' }],
    ['no type', { ...active, token_type: undefined }],
    ['an exp within clockToleranceSeconds', { ...active, exp: now - 29 }],
    ['an exp that cannot be read', { ...active, exp: 'soon' }],
  ])('accepts an active token with %s', async (_kind, answer) => {
    await expect(introspectAnswer(answer)).resolves.toMatchObject({ sub: 'alice' })
  })

  it('accepts a token of any audience only with the switch that says so, and not another one', async () => {
    const options = { introspection: { ...credentials, allowMissingAudience: true } }
    await expect(introspectAnswer({ ...active, aud: undefined }, options)).resolves.toBeDefined()
    await expect(introspectAnswer({ ...active, aud: 'api://billing' }, options)).rejects.toEqual(refused)
    // Nothing tells it from a refresh token (RFC 7662 section 2.1).
    await expect(introspectAnswer({ ...active, aud: undefined, token_type: undefined }, options)).rejects.toEqual(
      refused,
    )
  })

  it('accepts the issuers that were named', async () => {
    const iss = 'http://id.example'
    await expect(introspectAnswer({ ...active, iss }, { issuers: [iss] })).resolves.toBeDefined()
  })

  describe('keeps a good answer', () => {
    it('for 60 seconds (RFC 7662 section 4)', async () => {
      const { introspect, endpoint, clock } = start()
      const first = await introspect(token)
      clock.at = now + 59
      expect(await introspect(token)).toEqual(first)
      expect(endpoint).toHaveBeenCalledTimes(1)
      clock.at = now + 60
      await introspect(token)
      expect(endpoint).toHaveBeenCalledTimes(2)
    })

    it('never longer than the token lives (RFC 7662 section 4)', async () => {
      const { introspect, endpoint, clock } = start({ answer: () => ({ ...active, exp: now + 10 }) })
      await introspect(token)
      clock.at = now + 9
      await introspect(token)
      expect(endpoint).toHaveBeenCalledTimes(1)
      clock.at = now + 10
      await introspect(token)
      expect(endpoint).toHaveBeenCalledTimes(2)
    })

    it('not at all when its exp cannot be read', async () => {
      const { introspect, endpoint } = start({ answer: () => ({ ...active, exp: 'soon' }) })
      await introspect(token)
      await introspect(token)
      expect(endpoint).toHaveBeenCalledTimes(2)
    })

    it('for each token by itself', async () => {
      const { introspect, endpoint } = start()
      await introspect(token)
      expect((await introspect('another')).token).toBe('another')
      expect(endpoint).toHaveBeenCalledTimes(2)
    })

    it('of at most 1000 tokens: the one that was not used for longest goes first', async () => {
      const { introspect, endpoint } = start()
      for (let index = 0; index < 1000; index++) await introspect(`token-${index}`)
      await introspect('token-0')
      expect(endpoint).toHaveBeenCalledTimes(1000)
      await introspect('one more')
      await introspect('token-0')
      expect(endpoint).toHaveBeenCalledTimes(1001)
      await introspect('token-1')
      expect(endpoint).toHaveBeenCalledTimes(1002)
    })

    it('under the hash of the token, never the token itself', async () => {
      const set = vi.spyOn(Map.prototype, 'set')
      await start().introspect(token)
      const keys = set.mock.calls.map(([key]) => key)
      set.mockRestore()
      expect(keys).toContain(createHash('sha256').update(token).digest('base64url'))
      expect(keys).not.toContain(token)
    })
  })

  it('keeps no refusal: a token may become active (RFC 7662 section 4)', async () => {
    const answers = [{ active: false }, active]
    const { introspect } = start({ answer: () => answers.shift() ?? active })
    await expect(introspect(token)).rejects.toEqual(refused)
    await expect(introspect(token)).resolves.toMatchObject({ sub: 'alice' })
  })

  it('asks once for requests that come at the same moment, and again after a failure', async () => {
    const { introspect, endpoint } = start()
    await Promise.all([introspect(token), introspect(token), introspect(token)])
    expect(endpoint).toHaveBeenCalledTimes(1)
    const failing = start({ answer: () => ({ active: false }) })
    await Promise.allSettled([failing.introspect(token), failing.introspect(token)])
    expect(failing.endpoint).toHaveBeenCalledTimes(1)
    await failing.introspect(token).catch(() => undefined)
    expect(failing.endpoint).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['refuses the API', async () => Response.json({ error: 'invalid_client', token }, { status: 401 })],
    ['is down', async () => Promise.reject(new TypeError('fetch failed'))],
    ['is overloaded', async () => new Response(token, { status: 503 })],
    ['answers without active', async () => Response.json({ sub: token })],
    ['answers with a text for active', async () => Response.json({ ...active, active: 'true' })],
    ['answers with a page', async () => new Response(token, { headers: { 'content-type': 'text/html' } })],
  ])('says that nobody could be asked when the provider %s, without the token', async (_fault, fetch) => {
    const error = await start({ fetch })
      .introspect(token)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'ERR_RP_DISCOVERY', status: 503, provider: issuer })
    expect(inspect(error)).not.toContain(token)
    expect(inspect(error)).not.toContain(credentials.clientSecret)
  })

  it('says so when the metadata has no introspection_endpoint (RFC 8414 section 2)', async () => {
    const { introspect, endpoint } = start({ metadata: { introspection_endpoint: undefined } })
    await expect(introspect(token)).rejects.toMatchObject({
      code: 'ERR_RP_DISCOVERY',
      message: expect.stringContaining('its metadata has no introspection_endpoint'),
    })
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('never sends a token without TLS (RFC 7662 section 4)', async () => {
    const { introspect, endpoint } = start({ metadata: { introspection_endpoint: 'http://id.example/introspection' } })
    await expect(introspect(token)).rejects.toMatchObject({ code: 'ERR_RP_DISCOVERY' })
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('needs no jwks_uri', async () => {
    await expect(start({ metadata: { jwks_uri: undefined } }).introspect(token)).resolves.toBeDefined()
  })
})
