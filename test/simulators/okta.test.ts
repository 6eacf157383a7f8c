// Okta's issuers, authorization requests and client authentication (wire 4 to 4.4).

import { describe, expect, it } from 'vitest'
import { okta, oktaCustom } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, pathOf } from './wire-client.ts'

const secret = { clientSecret: 'okta-secret-_.~', method: 'client_secret_basic', pkce: 'optional' } as const

describe('Okta: issuers and metadata (wire 4)', () => {
  it('has the origin as the issuer of the org server, and its endpoints below /oauth2/v1', async () => {
    const { simulator } = await openSimulator(okta)
    expect(simulator.issuer).toBe(simulator.url)
    expect(simulator.discoveryUrls).toEqual([`${simulator.url}/.well-known/openid-configuration`])
    expect(simulator.urls.token).toBe(`${simulator.url}/oauth2/v1/token`)
  })

  it('has /oauth2/{id} as the issuer of a custom server, and an RFC 8414 location for its metadata', async () => {
    const { simulator, client } = await openSimulator(oktaCustom, { authorizationServerId: 'aus1' })
    expect(simulator.issuer).toBe(`${simulator.url}/oauth2/aus1`)
    const { json } = await client.get('/.well-known/oauth-authorization-server/oauth2/aus1')
    expect(json).toMatchObject({
      issuer: simulator.issuer,
      registration_endpoint: `${simulator.url}/oauth2/v1/clients`,
      code_challenge_methods_supported: ['S256'],
    })
  })

  it('answers E0000007, not in the shape of OAuth, for an unknown authorization server', async () => {
    const { client } = await openSimulator(oktaCustom)
    const { status, json } = await client.get('/oauth2/nope/.well-known/openid-configuration')
    expect([status, json['errorCode'], json['errorSummary']]).toEqual([
      404,
      'E0000007',
      'Not found: Resource not found: nope (AuthorizationServer)',
    ])
  })

  it('has no metadata at /oauth2, which is not an issuer', async () => {
    const { client } = await openSimulator(okta)
    expect((await client.get('/oauth2/.well-known/openid-configuration')).status).toBe(404)
  })
})

describe('Okta: authorization requests (wire 4.1, 4.2)', () => {
  it('requires state and scope', async () => {
    const { client } = await openSimulator(okta)
    expect((await client.authorize({ state: undefined })).callback.get('error')).toBe('invalid_request')
    expect((await client.authorize({ scope: undefined })).callback.get('error')).toBe('invalid_scope')
  })

  it('says that a challenge is required, to the redirect URI or on its own page', async () => {
    const { simulator, client } = await openSimulator(okta)
    const text = 'PKCE code challenge is required by the application.'
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    expect((await client.authorize(without)).callback.get('error_description')).toBe(text)
    simulator.switches.pkceErrorAt = 'page'
    const page = await client.authorize(without)
    expect([page.status, page.location, page.text.includes(text)]).toEqual([400, '', true])
  })

  it('requires a challenge of public clients whatever the application says, and of confidential ones on demand', async () => {
    const { client } = await openSimulator(okta, { clients: [{ pkce: 'optional' }] })
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    expect((await client.authorize(without)).callback.get('error')).toBe('invalid_request')
    const { client: confidential } = await openSimulator(okta, { clients: [secret] })
    expect((await confidential.authorize(without)).callback.has('code')).toBe(true)
  })

  it('refuses a repeated parameter', async () => {
    const { simulator, client } = await openSimulator(okta)
    const target = `${pathOf(simulator.urls.authorization)}?client_id=${client.clientId}&redirect_uri=yourApp%3A%2Fcallback&state=a&state=b`
    expect((await client.get(target)).callback.get('error')).toBe('invalid_request')
  })

  it('refuses a scope that is not configured', async () => {
    const { client } = await openSimulator(okta)
    const { callback } = await client.authorize({ scope: 'openid orders' })
    expect(Object.fromEntries(callback)).toEqual({
      error: 'invalid_scope',
      error_description: 'One or more scopes are not configured for the authorization server resource.',
      state: 'state-1',
    })
  })

  it('shows a page of status 400 for an unknown client or redirect URI', async () => {
    const { client } = await openSimulator(okta)
    for (const wrong of [{ client_id: 'nobody' }, { redirect_uri: 'yourApp:/other' }]) {
      const { status, location, headers } = await client.authorize(wrong)
      expect([status, location, headers['content-type']]).toEqual([400, '', 'text/html; charset=utf-8'])
    }
  })

  it('sends Referrer-Policy: no-referrer with the callback, and no iss parameter', async () => {
    const { client } = await openSimulator(okta)
    const { headers, callback } = await client.authorize()
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect([...callback.keys()]).toEqual(['code', 'state'])
  })
})

describe('Okta: client authentication (wire 4.3, 4.4)', () => {
  it.each([
    [
      'a wrong secret',
      basicHeader('0oabygpxgk9lXaMgF0h7', 'wrong'),
      {},
      401,
      'invalid_client',
      'The client secret supplied for a confidential client is invalid.',
    ],
    ['no credentials', {}, {}, 401, 'invalid_client', 'No client credentials found.'],
    [
      'a client_id alone',
      {},
      { client_id: '0oabygpxgk9lXaMgF0h7' },
      401,
      'invalid_client',
      'No client credentials found.',
    ],
  ])('refuses %s', async (_case, headers, form, status, error, description) => {
    const { client } = await openSimulator(okta, { clients: [secret] })
    const answer = await client.redeem(await client.code(), form, headers)
    expect([answer.status, answer.json]).toEqual([status, { error, error_description: description }])
  })

  it('refuses header and form credentials together', async () => {
    const { client } = await openSimulator(okta, { clients: [secret] })
    const answer = await client.redeem(await client.code(), { client_secret: secret.clientSecret })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
  })

  it('takes the secret in the form as well', async () => {
    const { client } = await openSimulator(okta, { clients: [secret] })
    const form = { client_id: client.clientId, client_secret: secret.clientSecret }
    expect((await client.redeem(await client.code(), form, {})).status).toBe(200)
  })

  it('takes Basic credentials percent-encoded or not (assumed)', async () => {
    const { client } = await openSimulator(okta, { clients: [secret] })
    const encoded = basicHeader(client.clientId, 'okta%2Dsecret%2D%5F%2E%7E')
    expect((await client.redeem(await client.code(), {}, encoded)).status).toBe(200)
  })
})
