// Refresh tokens and logout at WSO2 Identity Server and Asgardeo (wire 1.7, 1.8).

import { describe, expect, it } from 'vitest'
import { asgardeo, type Profile, wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, headerOf } from './wire-client.ts'

const profiles: [string, Profile][] = [asgardeo, wso2IdentityServer].map((profile) => [profile.name, profile])
const graced = { refresh: 'rotate', refreshGraceSeconds: 60, refreshReplayLimit: 2 } as const

describe.each(profiles)('%s: refresh tokens', (_name, profile) => {
  it('gives the same refresh token again where the application does not renew it', async () => {
    const { client } = await openSimulator(profile, { clients: [{ refresh: 'same' }] })
    const { refresh_token } = await client.logIn()
    for (let count = 0; count < 2; count++) {
      expect((await client.refresh(refresh_token)).json['refresh_token']).toBe(refresh_token)
    }
  })

  it('renews it where the application says so, and the old one is dead at once', async () => {
    const { client } = await openSimulator(profile, { clients: [{ refresh: 'rotate' }] })
    const { refresh_token } = await client.logIn()
    const renewed = await client.refresh(refresh_token)
    expect(renewed.json['refresh_token']).not.toBe(refresh_token)
    const reuse = await client.refresh(refresh_token)
    expect([reuse.status, reuse.json['error']]).toEqual([400, 'invalid_grant'])
    expect((await client.refresh(renewed.json['refresh_token'])).status).toBe(200)
  })

  it('takes the old one within a grace window, which kills the first successor', async () => {
    const { client } = await openSimulator(profile, { clients: [graced] })
    const { refresh_token } = await client.logIn()
    const first = await client.refresh(refresh_token)
    const second = await client.refresh(refresh_token)
    expect(second.status).toBe(200)
    expect((await client.refresh(first.json['refresh_token'])).status).toBe(400)
    expect((await client.refresh(second.json['refresh_token'])).status).toBe(200)
  })

  it('ends the grace when the successor is used, when the window is over, and after too many replays', async () => {
    const { simulator, client } = await openSimulator(profile, { clients: [graced] })
    const used = (await client.logIn())['refresh_token']
    await client.refresh((await client.refresh(used)).json['refresh_token'])
    expect((await client.refresh(used)).status).toBe(400)
    const replayed = (await client.logIn())['refresh_token']
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push((await client.refresh(replayed)).status)
    expect(statuses).toEqual([200, 200, 200, 400])
    const late = (await client.logIn())['refresh_token']
    await client.refresh(late)
    simulator.clock.advance(60)
    expect((await client.refresh(late)).status).toBe(400)
  })

  it('gives none without the refresh grant', async () => {
    const { client } = await openSimulator(profile, { clients: [{ refresh: 'none' }] })
    expect(await client.logIn()).not.toHaveProperty('refresh_token')
    expect((await client.refresh('x')).json).toEqual({
      error: 'unauthorized_client',
      error_description: 'The authenticated client is not authorized to use this authorization grant type',
    })
  })

  it('refuses an unknown one, and one that has ended after a day', async () => {
    const { simulator, client } = await openSimulator(profile)
    expect((await client.refresh('x')).json['error_description']).toBe('Persisted access token data not found')
    const { refresh_token } = await client.logIn()
    simulator.clock.advance(86_400)
    expect((await client.refresh(refresh_token)).json['error_description']).toBe('Invalid refresh token state')
  })
})

describe.each(profiles)('%s: logout', (_name, profile) => {
  async function signedIn(options: Parameters<typeof openSimulator>[1] = {}) {
    const opened = await openSimulator(profile, options)
    const tokens = await opened.client.logIn()
    const hint = { id_token_hint: String(tokens['id_token']) }
    const uri = { post_logout_redirect_uri: opened.client.redirectUri }
    return { ...opened, tokens, hint, uri }
  }

  it('redirects to a registered callback URL with the state: there is no list of its own', async () => {
    const { client, hint, uri } = await signedIn()
    expect((await client.logOut({ ...hint, ...uri, state: 's' })).location).toBe(`${client.redirectUri}?state=s`)
    expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
  })

  it('takes the client_id in place of the hint', async () => {
    const { client, uri } = await signedIn()
    expect((await client.logOut({ client_id: client.clientId, ...uri })).location).toBe(client.redirectUri)
  })

  it.each([
    [
      'of another URI',
      { post_logout_redirect_uri: 'https://localhost/bye' },
      'Post logout URI does not match with registered callback URI.',
    ],
    [
      'of a hint that it did not sign',
      { id_token_hint: 'eyJhbGciOiJSUzI1NiJ9.e30.AA' },
      'ID token signature validation failed.',
    ],
  ])('shows its error page because %s', async (_case, wrong, description) => {
    const { simulator, client, hint, uri } = await signedIn()
    const { location } = await client.logOut({ ...hint, ...uri, ...wrong })
    expect(location.startsWith(simulator.urls.errorPage)).toBe(true)
    expect(new URL(location).searchParams.get('oauthErrorCode')).toBe('access_denied')
    expect(new URL(location).searchParams.get('oauthErrorMsg')).toBe(description)
  })

  it('redirects without the opbs cookie when hint and URI are there, and shows a page otherwise', async () => {
    const { client, hint, uri } = await signedIn()
    client.forgetCookies()
    expect((await client.logOut({ ...hint, ...uri })).location).toBe(client.redirectUri)
    expect((await client.logOut({})).status).toBe(200)
  })

  it('misses the opbs cookie on older installations', async () => {
    const { simulator, client, hint, uri } = await signedIn()
    simulator.switches.logout = { ...simulator.switches.logout, onMissingSession: 'error-page' }
    client.forgetCookies()
    const { location } = await client.logOut({ ...hint, ...uri })
    expect(new URL(location).searchParams.get('oauthErrorMsg')).toBe('opbs cookie not received. Missing session state.')
  })

  it('tells the application that the user denied the logout, and keeps the session', async () => {
    const { client, hint, uri } = await signedIn({ logoutConsent: 'denied' })
    expect((await client.logOut({ ...hint, ...uri })).callback.toString()).toBe(
      'error=access_denied&error_description=End+User+denied+the+logout+request',
    )
    expect((await client.authorize({ prompt: 'none' })).callback.has('code')).toBe(true)
  })

  it('sends the initiator a Logout Token for 120 seconds with sid, the user name as sub, and no typ', async () => {
    const backchannelLogoutUri = 'http://127.0.0.1:9/logout'
    const { simulator, client, hint, tokens } = await signedIn({ clients: [{ backchannelLogoutUri }] })
    await client.logOut(hint)
    const [delivery] = await simulator.logoutTokens()
    const claims = claimsOf(delivery?.logoutToken)
    expect(claims).toMatchObject({ iss: simulator.issuer, aud: [client.clientId], sub: 'demo' })
    expect(claims['sub']).not.toBe(claimsOf(tokens['id_token'])['sub'])
    expect(claims['sid']).toBe(claimsOf(tokens['id_token'])['sid'])
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(120)
    expect(claims['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect(headerOf(delivery?.logoutToken)).not.toHaveProperty('typ')
  })
})
