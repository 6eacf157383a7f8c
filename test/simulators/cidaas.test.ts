// cidaas's behaviour; little of its errors is public, so most of those are assumed (wire 2).

import { describe, expect, it } from 'vitest'
import { cidaas } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, claimsOf, codeVerifier } from './wire-client.ts'

describe('cidaas: addresses and callbacks (wire 2, 2.1, 2.2)', () => {
  it('has the origin as its issuer and each service below its own path', async () => {
    const { simulator } = await openSimulator(cidaas)
    expect(simulator.issuer).toBe(simulator.url)
    expect(simulator.urls).toMatchObject({
      authorization: `${simulator.url}/authz-srv/authz`,
      token: `${simulator.url}/token-srv/token`,
      userinfo: `${simulator.url}/users-srv/userinfo`,
      introspection: `${simulator.url}/token-srv/introspect`,
      revocation: `${simulator.url}/token-srv/revoke`,
      jwks: `${simulator.url}/.well-known/jwks.json`,
      logout: `${simulator.url}/session/end_session`,
    })
  })

  it('advertises plain and S256, RS256 and HS256, and no method none', async () => {
    const { client } = await openSimulator(cidaas)
    const { json } = await client.get('/.well-known/openid-configuration')
    expect(json).toMatchObject({
      code_challenge_methods_supported: ['plain', 'S256'],
      id_token_signing_alg_values_supported: ['HS256', 'RS256'],
    })
    expect(json['token_endpoint_auth_methods_supported']).not.toContain('none')
  })

  it('takes view_type as a request parameter, and may add it to the callback (assumed)', async () => {
    const { simulator, client } = await openSimulator(cidaas)
    expect([...(await client.authorize({ view_type: 'login' })).callback.keys()]).toEqual(['code', 'state'])
    simulator.switches.extraCallbackParameters = { view_type: 'login', grant_type: 'login' }
    expect([...(await client.authorize()).callback.keys()]).toEqual(['code', 'state', 'view_type', 'grant_type'])
  })

  it('sends the browser to a login page with requestId when nobody is signed in', async () => {
    const { client } = await openSimulator(cidaas, { interactive: true })
    expect((await client.authorize()).location).toMatch(/\/login-srv\/login\?requestId=/)
  })

  it('takes plain, also by default, where the application allows it (assumed)', async () => {
    const { client } = await openSimulator(cidaas, { clients: [{ pkce: 'required' }] })
    const code = await client.code({ code_challenge: codeVerifier, code_challenge_method: undefined })
    expect((await client.redeem(code)).status).toBe(200)
  })

  it('refuses a verifier below 43 characters (assumed)', async () => {
    const { client } = await openSimulator(cidaas)
    const code = await client.code({ code_challenge: 'RRAXjg1Jb16zhxRYVpJGaQlzRQcykdqE55fl65s_4qk' })
    const { json } = await client.redeem(code, { code_verifier: 'some-random-string' })
    expect(json['error']).toBe('invalid_grant')
  })
})

describe('cidaas: tokens (wire 2.3)', () => {
  it('adds sub, identity_id and id_token_expires_in to the token response, and leaves scope out', async () => {
    const { simulator, client } = await openSimulator(cidaas)
    const tokens = await client.logIn({ scope: 'openid offline_access' })
    expect(Object.keys(tokens)).toEqual([
      'token_type',
      'sub',
      'expires_in',
      'id_token_expires_in',
      'access_token',
      'id_token',
      'identity_id',
      'refresh_token',
    ])
    expect(tokens).toMatchObject({ sub: simulator.user.sub, expires_in: 86_400, id_token_expires_in: 86_400 })
  })

  it('has scopes, roles and groups as arrays in both tokens, and the nonce in both', async () => {
    const { client } = await openSimulator(cidaas)
    const tokens = await client.logIn({ scope: 'openid profile', nonce: 'n-1' })
    for (const token of [tokens['id_token'], tokens['access_token']]) {
      expect(claimsOf(token)).toMatchObject({
        aud: client.clientId,
        scopes: ['openid', 'profile'],
        roles: ['USER'],
        groups: [{ groupId: 'CIDAAS_USERS', roles: ['USER'] }],
        nonce: 'n-1',
      })
      expect(claimsOf(token)).not.toHaveProperty('scope')
    }
    for (const name of ['amr', 'ua_hash', 'isub', 'sid', 'c_hash', 'identities']) {
      expect(claimsOf(tokens['id_token'])).toHaveProperty(name)
    }
  })

  it('gives a refresh token only for offline_access; that it rotates is assumed', async () => {
    const { client } = await openSimulator(cidaas)
    expect(await client.logIn()).not.toHaveProperty('refresh_token')
    const { refresh_token } = await client.logIn({ scope: 'openid offline_access' })
    expect((await client.refresh(refresh_token)).json['refresh_token']).not.toBe(refresh_token)
  })
})

describe('cidaas: errors (wire 2.4)', () => {
  it('answers success:false, without an error string, outside OAuth', async () => {
    const { client } = await openSimulator(cidaas)
    const { status, json } = await client.get('/nowhere')
    expect([status, json]).toEqual([404, { success: false, status: 404, error: expect.any(Object) }])
  })

  it('answers so at the token endpoint too when it is told to', async () => {
    const { simulator, client } = await openSimulator(cidaas)
    simulator.misbehave({ token: { status: 400, body: { success: false, status: 400, error: { code: 10_001 } } } })
    const { status, json } = await client.redeem(await client.code())
    expect([status, typeof json['error']]).toEqual([400, 'object'])
  })

  it('answers 401 invalid_client to a wrong secret, and takes basic and post alike (assumed)', async () => {
    const clientSecret = 'cidaas-secret'
    const { client } = await openSimulator(cidaas, { clients: [{ clientSecret }] })
    const code = await client.code()
    const refusal = await client.redeem(code, {}, basicHeader(client.clientId, 'wrong'))
    expect([refusal.status, refusal.json['error']]).toEqual([401, 'invalid_client'])
    const form = { client_id: client.clientId, client_secret: clientSecret }
    expect((await client.redeem(code, form, {})).status).toBe(200)
  })
})

describe('cidaas: logout (wire 2.6)', () => {
  const post_logout_redirect_uri = 'https://yourdomain/'

  it.each(['id_token_hint', 'access_token_hint'])('takes an %s', async (name) => {
    const { client } = await openSimulator(cidaas)
    const tokens = await client.logIn()
    const hint = { [name]: String(tokens[name.replace('_hint', '')]) }
    client.forgetCookies()
    expect((await client.logOut({ ...hint, post_logout_redirect_uri, state: 's' })).location).toBe(
      'https://yourdomain/?state=s',
    )
  })

  it('ends the session that the hint names, also without its cookie', async () => {
    const { client } = await openSimulator(cidaas)
    const tokens = await client.logIn()
    await client.logOut({ access_token_hint: String(tokens['access_token']) })
    expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
  })

  it('finds the session by its cookie', async () => {
    const { client } = await openSimulator(cidaas)
    await client.logIn()
    expect((await client.logOut({ post_logout_redirect_uri })).location).toBe(post_logout_redirect_uri)
  })

  it('ignores the URI without a hint, as its older documents say, when it is told to', async () => {
    const { simulator, client } = await openSimulator(cidaas)
    simulator.switches.logout = { ...simulator.switches.logout, hint: 'for-redirect' }
    await client.logIn()
    const { status, location } = await client.logOut({ post_logout_redirect_uri })
    expect([status, location]).toEqual([200, ''])
  })

  it.each([{}, { post_logout_redirect_uri: 'https://other.example/' }])(
    'keeps the user on its own page for %j',
    async (uri) => {
      const { client } = await openSimulator(cidaas)
      const tokens = await client.logIn()
      const { status, location } = await client.logOut({ id_token_hint: String(tokens['id_token']), ...uri })
      expect([status, location]).toEqual([200, ''])
      expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
    },
  )

  it.each([
    [false, ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sub']],
    [true, ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']],
  ])('sends sid in Logout Tokens only on demand: %s', async (isBackchannelLogoutSessionRequired, names) => {
    const backchannelLogoutUri = 'http://127.0.0.1:9/logout'
    const clients = [{ backchannelLogoutUri, isBackchannelLogoutSessionRequired }]
    const { simulator, client } = await openSimulator(cidaas, { clients })
    const tokens = await client.logIn()
    await client.logOut({ id_token_hint: String(tokens['id_token']) })
    const [delivery] = await simulator.logoutTokens()
    expect(Object.keys(claimsOf(delivery?.logoutToken)).sort()).toEqual(names)
  })
})
