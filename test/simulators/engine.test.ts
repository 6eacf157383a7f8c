// What the simulators have in common: metadata, keys, tokens, sessions, clocks, faults, the login form.

import { describe, expect, it } from 'vitest'
import { asgardeo, cidaas, okta, oktaCustom, type Profile, pingOne, wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, headerOf, pathOf, WireClient } from './wire-client.ts'

const profiles: [string, Profile][] = [asgardeo, wso2IdentityServer, cidaas, pingOne, okta, oktaCustom].map(
  (profile) => [profile.name, profile],
)

describe.each(profiles)('the simulator of %s', (_name, profile) => {
  it('serves metadata of its issuer, whose endpoints are all on its origin', async () => {
    const { simulator, client } = await openSimulator(profile)
    for (const url of simulator.discoveryUrls) {
      const { status, json } = await client.get(pathOf(url))
      expect([status, json['issuer']]).toEqual([200, simulator.issuer])
      const endpoints = Object.entries(json).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri')
      expect(endpoints.length).toBeGreaterThan(5)
      for (const [, endpoint] of endpoints) expect(String(endpoint)).toContain(`${simulator.url}/`)
    }
  })

  it('announces another issuer than its URL when it is told to, in the tokens too', async () => {
    const issuerOverride = 'https://idp.example.com/issuer'
    const { simulator, client } = await openSimulator(profile, { issuerOverride })
    const [discoveryUrl = ''] = simulator.discoveryUrls
    expect((await client.get(pathOf(discoveryUrl))).json['issuer']).toBe(issuerOverride)
    expect(claimsOf((await client.logIn())['id_token'])['iss']).toBe(issuerOverride)
  })

  it('signs ID Tokens by a published key, and by a new one after a rotation', async () => {
    const { simulator, client } = await openSimulator(profile)
    const publishedIds = async (): Promise<unknown[]> => {
      const { keys } = (await client.get(pathOf(simulator.urls.jwks))).json as { keys: { kid: string }[] }
      return keys.map(({ kid }) => kid)
    }
    const first = headerOf((await client.logIn())['id_token'])['kid']
    expect(await publishedIds()).toEqual([first])
    simulator.rotateKeys()
    const second = headerOf((await client.logIn())['id_token'])['kid']
    expect(await publishedIds()).toEqual([second, first])
    simulator.rotateKeys({ keepOld: false })
    expect(await publishedIds()).not.toContain(first)
  })

  it('puts the nonce, the client and the session into the ID Token', async () => {
    const { simulator, client } = await openSimulator(profile)
    const claims = claimsOf((await client.logIn({ nonce: 'nonce-1' }))['id_token'])
    expect(claims).toMatchObject({ iss: simulator.issuer, aud: client.clientId, nonce: 'nonce-1' })
    for (const name of ['sub', 'iat', 'exp', 'auth_time', 'sid', 'at_hash']) expect(claims).toHaveProperty(name)
  })

  it('gives the claims of the scopes at the UserInfo endpoint, and nothing without a token', async () => {
    const { simulator, client } = await openSimulator(profile)
    const tokens = await client.logIn({ scope: 'openid profile email' })
    const target = pathOf(simulator.urls.userinfo)
    const { json } = await client.get(target, { Authorization: `Bearer ${tokens['access_token']}` })
    expect(json).toMatchObject({ sub: simulator.user.sub, name: 'Demo User', email: 'demo@example.com' })
    const refusal = await client.get(target, { Authorization: 'Bearer nonsense' })
    expect(refusal.status).toBe(401)
    expect(refusal.headers['www-authenticate']).toContain('invalid_token')
  })

  it('knows the browser again, and needs a new login for prompt=login and for prompt=none without a session', async () => {
    const { simulator, client } = await openSimulator(profile)
    expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
    const first = claimsOf((await client.logIn())['id_token'])
    simulator.clock.advance(60)
    const again = claimsOf((await client.logIn({ prompt: 'none' }))['id_token'])
    expect([again['sid'], again['auth_time']]).toEqual([first['sid'], first['auth_time']])
    const renewed = claimsOf((await client.logIn({ prompt: 'login' }))['id_token'])
    expect(Number(renewed['auth_time'])).toBe(Number(first['auth_time']) + 60)
  })

  it('asks for user name and password when it is interactive, and goes on to the application', async () => {
    const { client } = await openSimulator(profile, { interactive: true })
    const { status, location } = await client.authorize()
    expect([status, new URL(location).search]).toEqual([302, expect.stringContaining(`${profile.loginParameter}=`)])
    const form = await client.get(pathOf(location))
    for (const part of ['User name', 'Password', 'Sign in', 'Cancel']) expect(form.text).toContain(part)
    const wrong = await client.post(pathOf(location), { username: 'demo', password: 'wrong', action: 'sign-in' })
    expect([wrong.status, wrong.text]).toEqual([200, expect.stringContaining('role="alert"')])
    const right = await client.post(pathOf(location), { username: 'demo', password: 'demo', action: 'sign-in' })
    const { location: callback } = await client.get(pathOf(right.location))
    expect(callback.startsWith(client.redirectUri)).toBe(true)
    expect((await client.authorize()).callback.has('code')).toBe(true)
  })

  it('sends access_denied and the state when the user cancels', async () => {
    const { client } = await openSimulator(profile, { interactive: true })
    const { location } = await client.authorize({ state: 'state-2' })
    const { callback } = await client.post(pathOf(location), { action: 'cancel' })
    expect([callback.get('error'), callback.get('state')]).toEqual(['access_denied', 'state-2'])
  })

  it('leaves members out of its token response, answers late, or fails, as it is told to', async () => {
    const { simulator, client } = await openSimulator(profile)
    simulator.misbehave({ token: { omit: ['expires_in', 'scope', 'id_token'] } })
    const bare = await client.logIn()
    for (const name of ['expires_in', 'scope', 'id_token']) expect(bare).not.toHaveProperty(name)
    simulator.misbehave({ token: { status: 503, delaySeconds: 0.05 } })
    expect((await client.redeem(await client.code())).status).toBe(503)
    simulator.behave()
    expect(await client.logIn()).toHaveProperty('expires_in')
  })

  it('adds unknown parameters to the callback when it is told to', async () => {
    const { client } = await openSimulator(profile, { extraCallbackParameters: { foo: 'bar' } })
    const names = [...(await client.authorize()).callback.keys()]
    expect(names.at(-1)).toBe('foo')
  })

  it('answers 429 to a request too many, and never limits metadata and keys', async () => {
    const { simulator, client } = await openSimulator(profile, { rateLimit: { limit: 1, windowSeconds: 60 } })
    await client.authorize()
    expect((await client.authorize()).status).toBe(429)
    for (let count = 0; count < 3; count++) {
      expect((await client.get(pathOf(simulator.urls.jwks))).status).toBe(200)
    }
    simulator.clock.advance(60)
    expect((await client.authorize()).status).toBe(302)
  })

  it('tells by introspection whether a token is good, and ends one by revocation', async () => {
    const { client } = await openSimulator(profile)
    const tokens = await client.logIn()
    const token = String(tokens['access_token'])
    expect((await client.call('introspection', { token })).json).toMatchObject({ active: true, scope: 'openid' })
    expect((await client.call('revocation', { token })).status).toBe(200)
    expect((await client.call('introspection', { token })).json).toEqual({ active: false })
  })

  it('takes a pushed request once, under a request_uri of its own', async () => {
    const { client } = await openSimulator(profile)
    const pushed = await client.call('par', {
      response_type: 'code',
      redirect_uri: client.redirectUri,
      scope: 'openid',
      state: 'state-3',
      code_challenge: 'E'.repeat(43),
      code_challenge_method: 'S256',
    })
    expect(pushed.status).toBe(201)
    const short = { request_uri: String(pushed.json['request_uri']) }
    const only = { response_type: undefined, redirect_uri: undefined, scope: undefined, state: undefined }
    const first = await client.authorize({ ...short, ...only })
    expect(first.callback.get('state')).toBe('state-3')
    expect((await client.authorize({ ...short, ...only })).callback.has('code')).toBe(false)
  })

  it('sends Logout Tokens to every client of the session', async () => {
    const backchannelLogoutUri = 'http://127.0.0.1:9/backchannel-logout'
    const { simulator, client } = await openSimulator(profile, {
      clients: [{ backchannelLogoutUri }, { clientId: 'other', method: 'none', backchannelLogoutUri }],
    })
    const tokens = await client.logIn()
    await client.authorize({ client_id: 'other' })
    await client.logOut({ id_token_hint: String(tokens['id_token']) })
    const audiences = (await simulator.logoutTokens()).map(({ logoutToken }) => claimsOf(logoutToken)['aud'])
    expect(audiences).toEqual([[client.clientId], ['other']])
    expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
  })

  it('is unreachable after stop, and at the same URL after start', async () => {
    const { simulator, client } = await openSimulator(profile)
    await simulator.stop()
    await expect(client.authorize()).rejects.toThrow('ECONNREFUSED')
    await simulator.start()
    expect((await new WireClient(simulator).authorize()).status).toBe(302)
    expect(simulator.requestsTo('authorization')).toHaveLength(1)
  })
})
