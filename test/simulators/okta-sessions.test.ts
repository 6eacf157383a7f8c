// Okta's tokens, refresh tokens, logout, limits and PAR (wire 4.4 to 4.8).

import { describe, expect, it } from 'vitest'
import { okta, oktaCustom } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, pathOf } from './wire-client.ts'

const _secret = { clientSecret: 'okta-secret-_.~', method: 'client_secret_basic', pkce: 'optional' } as const

describe('Okta: tokens (wire 4.5)', () => {
  const scope = 'openid profile email'

  it('gives a thin ID Token at the org server, which UserInfo completes', async () => {
    const { simulator, client } = await openSimulator(okta)
    const tokens = await client.logIn({ scope })
    expect(claimsOf(tokens['id_token'])).not.toHaveProperty('email')
    expect(claimsOf(tokens['id_token'])).toMatchObject({
      ver: 1,
      jti: expect.stringMatching(/^ID\./),
      name: 'Demo User',
    })
    const authorization = { Authorization: `Bearer ${tokens['access_token']}` }
    const { json } = await client.get(pathOf(simulator.urls.userinfo), authorization)
    expect(json).toMatchObject({ sub: claimsOf(tokens['id_token'])['sub'], email: 'demo@example.com' })
  })

  it('gives the whole profile in the ID Token of a custom server', async () => {
    const { client } = await openSimulator(oktaCustom)
    expect(claimsOf((await client.logIn({ scope }))['id_token'])).toMatchObject({ email: 'demo@example.com' })
  })

  it('names client and scopes cid and scp in the access token of a custom server', async () => {
    const { simulator, client } = await openSimulator(oktaCustom)
    expect(claimsOf((await client.logIn({ scope }))['access_token'])).toMatchObject({
      iss: simulator.issuer,
      aud: 'api://default',
      cid: client.clientId,
      scp: ['openid', 'profile', 'email'],
      jti: expect.stringMatching(/^AT\./),
    })
  })

  it('gives no ID Token without openid, and 403 insufficient_scope at UserInfo', async () => {
    const { simulator, client } = await openSimulator(okta)
    const tokens = await client.logIn({ scope: 'profile' })
    expect(tokens).not.toHaveProperty('id_token')
    const authorization = { Authorization: `Bearer ${tokens['access_token']}` }
    const { status, headers } = await client.get(pathOf(simulator.urls.userinfo), authorization)
    expect([status, headers['www-authenticate']]).toEqual([403, expect.stringContaining('insufficient_scope')])
  })

  it('says at UserInfo that an access token is invalid', async () => {
    const { simulator, client } = await openSimulator(okta)
    const { headers } = await client.get(pathOf(simulator.urls.userinfo), { Authorization: 'Bearer x' })
    expect(headers['www-authenticate']).toBe(
      'Bearer error="invalid_token", error_description="The access token is invalid"',
    )
  })
})

describe('Okta: refresh tokens (wire 4.6)', () => {
  const scope = 'openid offline_access'

  it('gives one only for offline_access, and the same again when it is static', async () => {
    const { client } = await openSimulator(okta)
    expect(await client.logIn()).not.toHaveProperty('refresh_token')
    const tokens = await client.logIn({ scope })
    const { json } = await client.refresh(tokens['refresh_token'])
    expect(json['refresh_token']).toBe(tokens['refresh_token'])
    expect(json).toHaveProperty('id_token')
    expect(claimsOf(json['id_token'])).not.toHaveProperty('nonce')
  })

  it('rotates on demand, and takes the old one within the leeway of 30 seconds', async () => {
    const { simulator, client } = await openSimulator(okta, { clients: [{ refresh: 'rotate' }] })
    const tokens = await client.logIn({ scope })
    const rotated = await client.refresh(tokens['refresh_token'])
    expect(rotated.json['refresh_token']).not.toBe(tokens['refresh_token'])
    simulator.clock.advance(29)
    expect((await client.refresh(tokens['refresh_token'])).status).toBe(200)
  })

  it('revokes the newest refresh token and all access tokens when an old one comes after the leeway', async () => {
    const { simulator, client } = await openSimulator(okta, { clients: [{ refresh: 'rotate' }] })
    const tokens = await client.logIn({ scope })
    const rotated = await client.refresh(tokens['refresh_token'])
    simulator.clock.advance(31)
    const reuse = await client.refresh(tokens['refresh_token'])
    expect([reuse.status, reuse.json]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'The refresh token is invalid or expired.' },
    ])
    expect((await client.refresh(rotated.json['refresh_token'])).status).toBe(400)
    const token = String(rotated.json['access_token'])
    expect((await client.call('introspection', { token })).json).toEqual({ active: false })
  })

  it('ends a refresh token that was not used for seven days', async () => {
    const { simulator, client } = await openSimulator(okta)
    const tokens = await client.logIn({ scope })
    simulator.clock.advance(7 * 86_400)
    expect((await client.refresh(tokens['refresh_token'])).status).toBe(400)
  })
})

describe('Okta: logout (wire 4.7)', () => {
  const clients = [{ postLogoutRedirectUris: ['https://app.example.com/bye'] }]
  const post_logout_redirect_uri = 'https://app.example.com/bye'

  it('redirects to a registered URI with the state', async () => {
    const { client } = await openSimulator(okta, { clients })
    const id_token_hint = String((await client.logIn())['id_token'])
    const { location } = await client.logOut({ id_token_hint, post_logout_redirect_uri, state: 's' })
    expect(location).toBe(`${post_logout_redirect_uri}?state=s`)
  })

  it.each([
    ['no hint', {}],
    ['a hint that it did not sign', { id_token_hint: 'eyJhbGciOiJSUzI1NiJ9.e30.AA' }],
  ])('shows an error page for %s', async (_case, parameters) => {
    const { client } = await openSimulator(okta, { clients })
    await client.logIn()
    const { status, location } = await client.logOut({ ...parameters, post_logout_redirect_uri })
    expect([status, location]).toEqual([400, ''])
  })

  it('shows an error page for a URI that is not registered', async () => {
    const { client } = await openSimulator(okta, { clients })
    const id_token_hint = String((await client.logIn())['id_token'])
    const answer = await client.logOut({ id_token_hint, post_logout_redirect_uri: 'https://other.example' })
    expect([answer.status, answer.location]).toEqual([400, ''])
  })

  it('redirects at once when there is no session, and takes an expired hint of the same user only', async () => {
    const { simulator, client } = await openSimulator(okta, { clients })
    const id_token_hint = String((await client.logIn())['id_token'])
    const parameters = { id_token_hint, post_logout_redirect_uri }
    simulator.clock.advance(3601)
    expect((await client.logOut(parameters)).status).toBe(302)
    expect((await client.logOut(parameters)).status).toBe(400)
    const fresh = String((await client.logIn())['id_token'])
    client.forgetCookies()
    expect((await client.logOut({ ...parameters, id_token_hint: fresh })).status).toBe(302)
  })

  it('frames the front-channel logout URI with iss and sid', async () => {
    const frontchannelLogoutUri = 'https://app.example.com/front'
    const { client } = await openSimulator(okta, { clients: [{ ...clients[0], frontchannelLogoutUri }] })
    const tokens = await client.logIn()
    const answer = await client.logOut({ id_token_hint: String(tokens['id_token']), post_logout_redirect_uri })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(`${frontchannelLogoutUri}?iss=`)
    expect(answer.text).toContain(`sid=${claimsOf(tokens['id_token'])['sid']}`)
  })
})

describe('Okta: limits and PAR (wire 4.4, 4.8)', () => {
  it('sends X-Rate-Limit-Limit, -Remaining and -Reset with a 429', async () => {
    const { simulator, client } = await openSimulator(okta, { rateLimit: { limit: 1, windowSeconds: 60 } })
    const resetAt = simulator.clock.nowAt() + 60
    await client.refresh('x')
    const { status, headers } = await client.refresh('x')
    expect([status, headers['x-rate-limit-limit'], headers['x-rate-limit-remaining']]).toEqual([429, '1', '0'])
    expect(Number(headers['x-rate-limit-reset'])).toBeGreaterThanOrEqual(resetAt)
  })

  it('answers a pushed request with urn:okta: and an hour', async () => {
    const { client } = await openSimulator(okta)
    const { json } = await client.call('par', { response_type: 'code' })
    expect(json).toEqual({ request_uri: expect.stringMatching(/^urn:okta:/), expires_in: 3600 })
  })
})
