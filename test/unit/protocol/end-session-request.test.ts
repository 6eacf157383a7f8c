import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { createEndSessionRequest, endSessionUrl, logoutHintOf } from '../../../src/protocol/end-session-request.ts'
import { keepLogLines } from '../../log-lines.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const postLogoutRedirectUri = 'https://app.example/'

async function urlFor(idToken?: string, metadata = {}, changes: Partial<Options> = {}): Promise<URL | undefined> {
  const settings = providerSettingsOf(changes)
  const hints = { idToken, logoutHint: undefined, postLogoutRedirectUri }
  const request = await createEndSessionRequest(fakeProvider({ settings, metadata }), hints)
  return request === undefined ? undefined : new URL(endSessionUrl(request))
}

const hints = { idToken: 't', logoutHint: undefined, postLogoutRedirectUri }

describe('createEndSessionRequest', () => {
  it('names the login, the client and where to come back to (RP-Initiated Logout 1.0 section 2)', async () => {
    const url = await urlFor('the-id-token')
    expect(`${url?.origin}${url?.pathname}`).toBe('https://id.example/end_session')
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      id_token_hint: 'the-id-token',
      client_id: 'test-client',
      post_logout_redirect_uri: 'https://app.example/',
      state: expect.stringMatching(/^[\w-]{22}$/),
    })
  })

  it('sends no hint when nobody is signed in', async () => {
    expect((await urlFor())?.searchParams.has('id_token_hint')).toBe(false)
  })

  it('makes another state each time', async () => {
    const states = await Promise.all(
      Array.from({ length: 50 }, async () => (await urlFor())?.searchParams.get('state')),
    )
    expect(new Set(states).size).toBe(50)
  })

  it('keeps the query that the endpoint has', async () => {
    const url = await urlFor('t', { end_session_endpoint: 'https://id.example/logout?p=b2c_1' })
    expect(url?.searchParams.get('p')).toBe('b2c_1')
  })

  it('is undefined where the provider has no end_session_endpoint', async () => {
    expect(await urlFor('t', { end_session_endpoint: undefined })).toBeUndefined()
  })

  it('is undefined where the provider cannot be asked: the login here has ended already, and the log says so', async () => {
    const { logger, lines } = keepLogLines()
    const settings = providerSettingsOf({ log: logger })
    const provider = { ...fakeProvider({ settings }), configuration: () => Promise.reject(new Error('down')) }
    expect(await createEndSessionRequest(provider, hints)).toBeUndefined()
    expect(lines).toMatchObject([{ level: 'error', route: 'end_session_endpoint' }])
  })
})

describe('createEndSessionRequest with a logoutHint', () => {
  const settings = providerSettingsOf()
  const withHint = { idToken: undefined, logoutHint: 'alice@example.com', postLogoutRedirectUri }

  it('sends it as logout_hint (RP-Initiated Logout 1.0 section 2)', async () => {
    const request = await createEndSessionRequest(fakeProvider({ settings }), withHint)
    expect(request?.parameters).toMatchObject({ logout_hint: 'alice@example.com' })
  })

  it('keeps it from an endSessionFallback, which knows no such parameter', async () => {
    const endSessionFallback = { url: 'https://id.example/v2/logout', redirectParameter: 'returnTo' }
    const other = providerSettingsOf({ provider: { issuer: 'https://id.example', endSessionFallback } })
    const provider = fakeProvider({ settings: other, metadata: { end_session_endpoint: undefined } })
    const request = await createEndSessionRequest(provider, withHint)
    expect(Object.keys(request?.parameters ?? {}).sort()).toEqual(['client_id', 'returnTo'])
  })
})

describe('logoutHintOf', () => {
  it.each<[what: unknown, expected: string | undefined]>([
    ['alice', 'alice'],
    ['', undefined],
    [undefined, undefined],
    [7, undefined],
    [['alice'], undefined],
  ])('makes of the claim login_hint %j the hint %j', (login_hint, expected) => {
    expect(logoutHintOf({ iss: 'https://id.example', login_hint })).toBe(expected)
  })
})

describe('endSessionUrl', () => {
  it('writes the parameters into the query, where ours win over those of the endpoint', () => {
    const endpoint = 'https://id.example/logout?p=b2c_1&client_id=theirs'
    const url = new URL(endSessionUrl({ endpoint, parameters: { client_id: 'ours', state: 'a&b' } }))
    expect([...url.searchParams]).toEqual([
      ['p', 'b2c_1'],
      ['client_id', 'ours'],
      ['state', 'a&b'],
    ])
  })
})

describe('createEndSessionRequest at a provider that requires the hint', () => {
  const changes = { provider: { issuer: 'https://id.example', requiresIdTokenHint: true } }

  it('is undefined without an ID token: the person would be shown an error', async () => {
    expect(await urlFor(undefined, {}, changes)).toBeUndefined()
  })

  it('is as anywhere else with one', async () => {
    const url = await urlFor('the-id-token', {}, changes)
    expect(`${url?.origin}${url?.pathname}`).toBe('https://id.example/end_session')
    expect(url?.searchParams.get('id_token_hint')).toBe('the-id-token')
  })
})

describe('createEndSessionRequest with an endSessionFallback', () => {
  const endSessionFallback = { url: 'https://id.example/v2/logout', redirectParameter: 'returnTo' }
  const provider = { issuer: 'https://id.example', endSessionFallback }
  const without = { end_session_endpoint: undefined }

  it('is the URL of the fallback with client and way back where the metadata has no endpoint', async () => {
    const url = await urlFor('the-id-token', without, { provider })
    expect(`${url?.origin}${url?.pathname}`).toBe('https://id.example/v2/logout')
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      client_id: 'test-client',
      returnTo: postLogoutRedirectUri,
    })
  })

  it('takes no ID token with it: the place is none that the specification gives one to', async () => {
    expect((await urlFor('MARKED', without, { provider }))?.href).not.toContain('MARKED')
  })

  it('is the same when nobody is signed in, also where the hint is required', async () => {
    const changes = { provider: { ...provider, requiresIdTokenHint: true } }
    expect((await urlFor(undefined, without, changes))?.href).toBe((await urlFor('t', without, { provider }))?.href)
  })

  it('gives way to the endpoint of the metadata', async () => {
    const url = await urlFor('t', {}, { provider })
    expect(`${url?.origin}${url?.pathname}`).toBe('https://id.example/end_session')
  })

  it('is not used where the provider cannot be asked whether it has an endpoint', async () => {
    const settings = providerSettingsOf({ provider })
    const down = { ...fakeProvider({ settings }), configuration: () => Promise.reject(new Error('down')) }
    expect(await createEndSessionRequest(down, hints)).toBeUndefined()
  })
})
