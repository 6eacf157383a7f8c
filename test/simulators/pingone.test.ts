// PingOne's pkceEnforcement, addresses, callbacks and client authentication (wire 3.1 to 3.3).

import { describe, expect, it } from 'vitest'
import { pingOne } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, codeVerifier, pathOf } from './wire-client.ts'

const none = { code_challenge: undefined, code_challenge_method: undefined }
const plain = { code_challenge: codeVerifier, code_challenge_method: 'plain' }
const byDefaultPlain = { code_challenge: codeVerifier, code_challenge_method: undefined }
const clientSecret = 'ping-secret.1'

describe('PingOne: pkceEnforcement (wire 3.1)', () => {
  it.each([
    ['OPTIONAL', 'optional', none, 'code'],
    ['OPTIONAL', 'optional', plain, 'code'],
    ['OPTIONAL', 'optional', {}, 'code'],
    ['REQUIRED', 'required', none, 'error'],
    ['REQUIRED', 'required', plain, 'code'],
    ['REQUIRED', 'required', byDefaultPlain, 'code'],
    ['REQUIRED', 'required', {}, 'code'],
    ['S256_REQUIRED', 's256-required', none, 'error'],
    ['S256_REQUIRED', 's256-required', plain, 'error'],
    ['S256_REQUIRED', 's256-required', byDefaultPlain, 'error'],
    ['S256_REQUIRED', 's256-required', {}, 'code'],
  ] as const)(
    '%s (%s) with %j ends in %s; that errors go to the redirect URI is assumed (P3 to P6)',
    async (_name, pkce, challenge, outcome) => {
      const { client } = await openSimulator(pingOne, { clients: [{ pkce }] })
      expect((await client.authorize(challenge)).callback.has(outcome)).toBe(true)
    },
  )

  it('wants no verifier for a code without a challenge', async () => {
    const { client } = await openSimulator(pingOne, { clients: [{ pkce: 'optional' }] })
    expect((await client.redeem(await client.code(none), { code_verifier: undefined })).status).toBe(200)
  })

  it('names the method of the code when the verifier is wrong', async () => {
    const { client } = await openSimulator(pingOne, { clients: [{ pkce: 'required' }] })
    const answer = await client.redeem(await client.code(plain), { code_verifier: 'x'.repeat(43) })
    expect(answer.json['error_description']).toMatch(/using the plain code_challenge_method\.$/)
  })
})

describe('PingOne: addresses and callbacks (wire 3.2)', () => {
  it('has the environment in issuer and paths, and with a custom domain not', async () => {
    const environmentId = '11111111-2222-4333-8444-555555555555'
    const { simulator } = await openSimulator(pingOne, { environmentId })
    expect(simulator.issuer).toBe(`${simulator.url}/${environmentId}/as`)
    const { simulator: custom } = await openSimulator(pingOne, { hasCustomDomain: true })
    expect(custom.issuer).toBe(`${custom.url}/as`)
  })

  it('answers NOT_FOUND, not in the shape of OAuth, for an unknown environment or client', async () => {
    const { client } = await openSimulator(pingOne)
    const expected = {
      id: expect.any(String),
      code: 'NOT_FOUND',
      message: 'The request could not be completed. The requested resource was not found.',
    }
    expect((await client.get('/nowhere/as/.well-known/openid-configuration')).json).toEqual(expected)
    expect((await client.authorize({ client_id: 'nobody' })).json).toEqual(expected)
  })

  it('answers INVALID_DATA for a redirect URI that does not match', async () => {
    const { client } = await openSimulator(pingOne)
    const { json, location } = await client.authorize({ redirect_uri: 'https://app.example.com/other' })
    expect(location).toBe('')
    expect(json).toMatchObject({
      code: 'INVALID_DATA',
      details: [{ code: 'INVALID_VALUE', target: 'redirect_uri', message: 'Redirect URI mismatch' }],
    })
  })

  it('takes the Authentication Request as a POST as well', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    const { callback } = await client.post(pathOf(simulator.urls.authorization), {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    })
    expect(callback.has('code')).toBe(true)
  })

  it('puts session_state before the code where the application has session checks', async () => {
    const { simulator, client } = await openSimulator(pingOne)
    expect([...(await client.authorize()).callback.keys()]).toEqual(['code', 'state'])
    simulator.switches.hasSessionState = true
    expect([...(await client.authorize()).callback.keys()]).toEqual(['session_state', 'code', 'state'])
  })

  it('interrupts the login with a flowId and resumes it', async () => {
    const { simulator, client } = await openSimulator(pingOne, { interactive: true })
    const { location } = await client.authorize()
    const { location: resume } = await client.post(pathOf(location), { username: 'demo', password: 'demo' })
    expect(resume).toMatch(new RegExp(`^${simulator.issuer}/resume\\?flowId=`))
  })
})

describe('PingOne: client authentication (wire 3.3)', () => {
  const id = pingOne.sampleClient.clientId
  const basic = basicHeader(id, clientSecret)
  const form = { client_id: id, client_secret: clientSecret }
  const wrongMethod = /^Request denied: Unsupported authentication method \(Correlation ID: [0-9a-f-]{36}\)$/
  const wrongSecret = /^Request denied: Invalid client credentials \(Correlation ID: [0-9a-f-]{36}\)$/

  it.each([
    ['client_secret_basic', {}, basic],
    ['client_secret_post', form, {}],
    ['none', { client_id: id }, {}],
  ] as const)('takes the configured method %s', async (method, parameters, headers) => {
    const { client } = await openSimulator(pingOne, { clients: [{ method, clientSecret }] })
    expect((await client.redeem(await client.code(), parameters, headers)).status).toBe(200)
  })

  it.each([
    ['client_secret_post', 'client_secret_basic', form, {}, wrongMethod],
    ['client_secret_basic', 'client_secret_post', {}, basic, wrongMethod],
    ['none', 'client_secret_basic', { client_id: id }, {}, wrongMethod],
    ['client_secret_basic', 'none', {}, basic, wrongMethod],
    ['a wrong secret', 'client_secret_basic', {}, basicHeader(id, 'wrong'), wrongSecret],
  ] as const)('refuses %s where %s is configured', async (_case, method, parameters, headers, description) => {
    const { client } = await openSimulator(pingOne, { clients: [{ method, clientSecret }] })
    const { status, json } = await client.redeem(await client.code(), parameters, headers)
    expect([status, json['error'], json['error_description']]).toEqual([
      401,
      'invalid_client',
      expect.stringMatching(description),
    ])
  })
})
