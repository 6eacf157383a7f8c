// The parts of the test provider that a logout needs: the revocation endpoint and Logout Tokens.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import { login, refresh } from './code-flow.ts'

let provider: TestProvider

beforeAll(async () => {
  provider = await startTestProvider({ clients: [{ clientId: 'test-client' }, { clientId: 'other-client' }] })
})
afterEach(() => provider.behave())
afterAll(() => provider.close())

function revoke(parameters: Record<string, string>): Promise<Response> {
  return fetch(`${provider.url}/revoke`, { method: 'POST', body: new URLSearchParams(parameters) })
}

async function metadata(): Promise<Record<string, unknown>> {
  const response = await fetch(`${provider.url}/.well-known/openid-configuration`)
  return (await response.json()) as Record<string, unknown>
}

describe('the revocation endpoint', () => {
  it('is announced', async () => {
    expect((await metadata())['revocation_endpoint']).toBe(`${provider.url}/revoke`)
  })

  it('ends the grant of a refresh token, its access tokens as well (RFC 7009 section 2.1)', async () => {
    const tokens = await login(provider)
    const response = await revoke({ client_id: 'test-client', token: tokens.refresh_token })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect((await refresh(provider, tokens.refresh_token)).status).toBe(400)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${provider.url}/userinfo`, { headers })).status).toBe(401)
  })

  it('leaves the token of another client alone', async () => {
    const tokens = await login(provider)
    await revoke({ client_id: 'other-client', token: tokens.refresh_token })
    expect((await refresh(provider, tokens.refresh_token)).status).toBe(200)
  })

  it('answers 200 for a token of nobody (section 2.2)', async () => {
    expect((await revoke({ client_id: 'test-client', token: 'of-nobody' })).status).toBe(200)
  })

  it.each([
    [{ client_id: 'test-client' }, 400],
    [{ client_id: 'of-nobody', token: 'a' }, 401],
  ])('refuses %j with %s', async (parameters, status) => {
    expect((await revoke(parameters as Record<string, string>)).status).toBe(status)
  })

  it('can be made to fail, and is seen as an endpoint', async () => {
    provider.requests.length = 0
    provider.misbehave({ revocation: { status: 503 } })
    expect((await revoke({ client_id: 'test-client', token: 'a' })).status).toBe(503)
    expect(provider.requestsTo('revocation')).toHaveLength(1)
  })
})

describe('logoutToken', () => {
  async function verify(token: string) {
    const response = await fetch(`${provider.url}/jwks`)
    return await jwtVerify(token, createLocalJWKSet((await response.json()) as JSONWebKeySet))
  }

  it('signs a right one about the user, for the first client (Back-Channel Logout 1.0 section 2.4)', async () => {
    const { payload, protectedHeader } = await verify(provider.logoutToken())
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'logout+jwt', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: provider.issuer,
      aud: 'test-client',
      sub: 'test-user',
      iat: expect.any(Number),
      exp: Number(payload.iat) + 120,
      jti: expect.stringMatching(/^[\w-]{16}$/),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
  })

  it('makes another jti each time', async () => {
    const [one, two] = [await verify(provider.logoutToken()), await verify(provider.logoutToken())]
    expect(one.payload.jti).not.toBe(two.payload.jti)
  })

  it('merges claims and header over the right ones, where undefined removes a member', async () => {
    const token = provider.logoutToken({ sid: 'a-session', sub: undefined }, { typ: undefined })
    const { payload, protectedHeader } = await verify(token)
    expect(payload).toMatchObject({ sid: 'a-session' })
    expect(payload).not.toHaveProperty('sub')
    expect(protectedHeader).not.toHaveProperty('typ')
  })

  it('is announced, with sid', async () => {
    expect(await metadata()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    })
  })
})
