// PingOne's tokens, refresh tokens, signoff and PAR (wire 3.3 to 3.7).

import { describe, expect, it } from 'vitest'
import { pingOne } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, codeVerifier, pathOf } from './wire-client.ts'

const _none = { code_challenge: undefined, code_challenge_method: undefined }
const _plain = { code_challenge: codeVerifier, code_challenge_method: 'plain' }
const _byDefaultPlain = { code_challenge: codeVerifier, code_challenge_method: undefined }
const _clientSecret = 'ping-secret.1'

describe('PingOne: tokens (wire 3.3 to 3.5)', () => {
  it('gives JWTs: the access token is for its own API', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    const tokens = await client.logIn()
    expect(Object.keys(tokens)).toEqual(['access_token', 'token_type', 'expires_in', 'scope', 'id_token'])
    expect(claimsOf(tokens['access_token'])).toMatchObject({ iss: simulator.issuer, aud: ['https://api.pingone.com'] })
    expect(claimsOf(tokens['id_token'])).toMatchObject({ aud: client.clientId, sub: simulator.user.sub })
  })

  it('gives no ID Token without openid', async () => {
    const { client } = await openSimulator(pingOne)
    expect(await client.logIn({ scope: undefined })).not.toHaveProperty('id_token')
  })

  it('rotates refresh tokens, and reuse revokes the whole chain', async () => {
    const { client } = await openSimulator(pingOne, { clients: [{ refresh: 'rotate' }] })
    const { refresh_token } = await client.logIn()
    const next = (await client.refresh(refresh_token)).json['refresh_token']
    expect(next).not.toBe(refresh_token)
    expect((await client.refresh(refresh_token)).json['error']).toBe('invalid_grant')
    expect((await client.refresh(next)).status).toBe(400)
  })

  it('takes a rotated refresh token within the rolling grace period', async () => {
    const clients = [{ refresh: 'rotate', refreshGraceSeconds: 10 } as const]
    const { simulator, client } = await openSimulator(pingOne, { clients })
    const { refresh_token } = await client.logIn()
    await client.refresh(refresh_token)
    simulator.clock.advance(9)
    expect((await client.refresh(refresh_token)).status).toBe(200)
    simulator.clock.advance(1)
    expect((await client.refresh(refresh_token)).status).toBe(400)
  })

  it('only refuses a reused one where replay protection is off', async () => {
    const clients = [{ refresh: 'rotate', isFamilyRevokedByReuse: false } as const]
    const { client } = await openSimulator(pingOne, { clients })
    const { refresh_token } = await client.logIn()
    const next = (await client.refresh(refresh_token)).json['refresh_token']
    expect((await client.refresh(refresh_token)).status).toBe(400)
    expect((await client.refresh(next)).status).toBe(200)
  })
})

describe('PingOne: signoff (wire 3.6)', () => {
  const post_logout_redirect_uri = 'https://app.example.com/'

  it('needs no hint, and takes an expired one', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    const id_token_hint = String((await client.logIn())['id_token'])
    expect((await client.logOut({ post_logout_redirect_uri, state: 's' })).location).toBe(
      'https://app.example.com/?state=s',
    )
    simulator.clock.advance(7200)
    expect((await client.logOut({ id_token_hint, post_logout_redirect_uri })).location).toBe(post_logout_redirect_uri)
  })

  it('refuses a hint of another issuer, such as the regional host beside the custom domain', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    const hint = simulator.sign({ iss: 'https://auth.example.com/as', aud: client.clientId, exp: 9_999_999_999 })
    const { status, location } = await client.logOut({ id_token_hint: hint, post_logout_redirect_uri })
    expect([status, location]).toEqual([400, ''])
  })

  it('never redirects to a URI that is not registered, in any case of its letters', async () => {
    const { client } = await openSimulator(pingOne)
    await client.logIn()
    for (const uri of ['https://other.example/', 'https://app.example.com/'.toUpperCase()]) {
      const { status, location } = await client.logOut({ post_logout_redirect_uri: uri })
      expect([status, location]).toEqual([400, ''])
    }
  })

  it('refuses a URI and a state of 8192 characters together', async () => {
    const { client } = await openSimulator(pingOne)
    const state = 's'.repeat(8192 - post_logout_redirect_uri.length)
    expect((await client.logOut({ post_logout_redirect_uri, state })).status).toBe(400)
    expect((await client.logOut({ post_logout_redirect_uri, state: state.slice(1) })).status).toBe(302)
  })

  it('clears its cookie', async () => {
    const { client } = await openSimulator(pingOne)
    await client.logIn()
    const { headers } = await client.logOut({ post_logout_redirect_uri })
    expect(headers['set-cookie']?.[0]).toMatch(/^ST=; .*Max-Age=0/)
  })

  it('ends the session by idpSignoff without the cookie, for applications that may', async () => {
    const { simulator, client } = await openSimulator(pingOne, { clients: [{ isIdpSignoffAllowed: true }] })
    const hint = String((await client.logIn())['id_token'])
    const target = `${pathOf(simulator.urls.idpSignoff)}?id_token_hint=${hint}`
    expect((await client.get(target, { Cookie: '', Accept: 'application/json' })).status).toBe(204)
    expect((await client.authorize({ prompt: 'none' })).callback.get('error')).toBe('login_required')
    expect((await client.get(pathOf(simulator.urls.idpSignoff))).status).toBe(400)
  })
})

describe('PingOne: PAR (wire 3.7)', () => {
  it('refuses a plain Authentication Request where parRequirement is REQUIRED (answer assumed)', async () => {
    const { client } = await openSimulator(pingOne, { clients: [{ isParRequired: true }] })
    expect((await client.authorize()).callback.get('error')).toBe('invalid_request')
  })

  it('gives a request_uri for 60 seconds', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    const { json } = await client.call('par', { response_type: 'code', redirect_uri: client.redirectUri })
    expect(json['expires_in']).toBe(60)
    simulator.clock.advance(60)
    expect((await client.authorize({ request_uri: String(json['request_uri']) })).status).toBe(400)
  })
})
