// Client authentication, codes and tokens at WSO2 Identity Server (wire 1.4 to 1.7, 1.9).

import { describe, expect, it } from 'vitest'
import { wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, claimsOf, codeVerifier, headerOf } from './wire-client.ts'
import { send } from './wire-exchange.ts'

const id = 'YYVdAL3lLcmrubZ2IkflCAuLwk0a'
const key = 'azd39swy3Krt59fLjewYuD_EylIa'

describe('WSO2: client authentication (wire 1.4, 1.6)', () => {
  it.each([
    ['a wrong secret', basicHeader(id, 'wrong'), {}, 'Client Authentication failed.'],
    [
      'a secret that was percent-encoded',
      basicHeader(id, key.replace('_', '%5F')),
      {},
      'Client Authentication failed.',
    ],
    ['more than one colon', basicHeader(id, `${key}:`), {}, 'Client Authentication failed.'],
    ['an unknown client', basicHeader('nobody', key), {}, 'Client credentials are invalid.'],
    ['no client id', {}, {}, 'Client ID not found in the request.'],
    ['a client_id without a secret', {}, { client_id: id }, 'Unsupported client authentication mechanism'],
  ])('refuses %s with 401 and WWW-Authenticate', async (_case, headers, form, description) => {
    const { client } = await openSimulator(wso2IdentityServer)
    const answer = await client.redeem(await client.code(), form, headers)
    expect([answer.status, answer.text]).toEqual([
      401,
      JSON.stringify({ error_description: description, error: 'invalid_client' }),
    ])
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
  })

  it('refuses credentials in header and body together', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    const answer = await client.redeem(await client.code(), { client_id: id, client_secret: key })
    expect([answer.status, answer.json]).toEqual([
      400,
      {
        error: 'invalid_request',
        error_description: 'Request body and headers contain authorization information',
      },
    ])
  })

  it('takes the client_id alone beside the header, and the secret in the body instead of it', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    expect((await client.redeem(await client.code(), { client_id: id })).status).toBe(200)
    const body = { client_id: id, client_secret: key }
    expect((await client.redeem(await client.code(), body, {})).status).toBe(200)
  })

  it('takes a JSON body as well', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    const body = {
      grant_type: 'authorization_code',
      code: await client.code(),
      redirect_uri: 'https://localhost/callback',
      code_verifier: codeVerifier,
    }
    const headers = { 'Content-Type': 'application/json', ...basicHeader(id, key) }
    const wire = { method: 'POST', target: '/oauth2/token', headers, body: JSON.stringify(body) } as const
    expect((await send(simulator, wire)).status).toBe(200)
  })

  it('refuses repeated parameters, and secrets in the query', async () => {
    const { simulator } = await openSimulator(wso2IdentityServer)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...basicHeader(id, key) }
    const wire = { method: 'POST', headers, body: 'code=a&code=b', target: '/oauth2/token' } as const
    expect((await send(simulator, wire)).json).toEqual({
      error: 'invalid_request',
      error_description: 'Invalid request with repeated parameters.',
    })
    expect((await send(simulator, { ...wire, target: `/oauth2/token?client_secret=${key}` })).json).toEqual({
      error: 'invalid_request',
      error_description: 'Invalid request with sensitive data in the URL.',
    })
  })

  it('lets a public client in only where the application says so', async () => {
    const { client } = await openSimulator(wso2IdentityServer, { clients: [{ method: 'none' }] })
    expect((await client.redeem(await client.code())).status).toBe(200)
  })
})

describe('WSO2: codes and tokens (wire 1.5, 1.6)', () => {
  it('burns the code by a failed attempt: the right verifier comes too late', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    for (const wrong of [{ code_verifier: 'x'.repeat(43) }, { redirect_uri: 'https://localhost/other' }]) {
      const code = await client.code()
      expect((await client.redeem(code, wrong)).status).toBe(400)
      expect((await client.redeem(code)).json['error_description']).toBe(
        'Expired or Revoked authorization code received from token request',
      )
    }
  })

  it('revokes the tokens of a code that is used again', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    const code = await client.code()
    const { json } = await client.redeem(code)
    await client.redeem(code)
    const token = String(json['access_token'])
    expect((await client.call('introspection', { token })).json).toEqual({ active: false })
    expect((await client.refresh(json['refresh_token'])).status).toBe(400)
  })

  it('gives the members in its order, the ID Token only with openid, and no typ in its header', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    const tokens = await client.logIn()
    expect(Object.keys(tokens)).toEqual([
      'access_token',
      'refresh_token',
      'scope',
      'id_token',
      'token_type',
      'expires_in',
    ])
    expect(headerOf(tokens['id_token'])).not.toHaveProperty('typ')
    for (const name of ['isk', 'amr', 'c_hash', 'nbf', 'azp', 'jti'])
      expect(claimsOf(tokens['id_token'])).toHaveProperty(name)
    expect(await client.logIn({ scope: undefined })).not.toHaveProperty('id_token')
  })

  it('gives a token out again with what is left of its time, when it is told to', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer, { isAccessTokenServedAgain: true })
    const first = await client.logIn()
    simulator.clock.advance(78)
    expect(await client.logIn()).toMatchObject({ access_token: first['access_token'], expires_in: 3522 })
  })

  it('gives access tokens of type at+jwt with the scope as a string, where the application says so', async () => {
    const { client } = await openSimulator(wso2IdentityServer, { clients: [{ accessTokenFormat: 'jwt' }] })
    const { access_token } = await client.logIn({ scope: 'openid email' })
    expect(headerOf(access_token)['typ']).toBe('at+jwt')
    expect(claimsOf(access_token)).toMatchObject({ scope: 'openid email', client_id: id })
  })

  it('describes a token at introspection, to an administrator too', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    const token = String((await client.logIn())['access_token'])
    const { json } = await client.call('introspection', { token }, basicHeader('admin', 'admin'))
    expect(Object.keys(json).sort()).toEqual(
      ['active', 'aut', 'client_id', 'exp', 'iat', 'nbf', 'scope', 'token_type', 'username'].sort(),
    )
  })

  it('answers a pushed request with 60 seconds and its own prefix', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    const { status, text } = await client.call('par', { response_type: 'code' })
    expect(status).toBe(201)
    expect(text).toMatch(/^\{"expires_in":60,"request_uri":"urn:ietf:params:oauth:par:request_uri:[0-9a-f-]{36}"\}$/)
  })

  it('wants an S256 challenge in pushed requests of a FAPI 2 tenant', async () => {
    const { client } = await openSimulator(wso2IdentityServer, { isFapi2: true })
    expect((await client.call('par', {})).json['error_description']).toBe(
      'Mandatory parameter code_challenge, not found in the request.',
    )
    expect((await client.call('par', { code_challenge: 'x' })).json['error_description']).toBe(
      'Unsupported PKCE Challenge Method.',
    )
  })
})
