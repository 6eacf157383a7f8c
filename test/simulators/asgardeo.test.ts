// What is Asgardeo's own beside WSO2's engine (wire 1, facts 1).

import { describe, expect, it } from 'vitest'
import { asgardeo } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, pathOf } from './wire-client.ts'

describe('Asgardeo', () => {
  it('has everything below /t/{organization}, and the token endpoint as its issuer', async () => {
    const { simulator } = await openSimulator(asgardeo, { organization: 'acme' })
    expect(simulator.issuer).toBe(`${simulator.url}/t/acme/oauth2/token`)
    expect(simulator.issuer).toBe(simulator.urls.token)
    expect(simulator.discoveryUrls).toEqual([
      `${simulator.url}/t/acme/oauth2/token/.well-known/openid-configuration`,
      `${simulator.url}/t/acme/oauth2/oidcdiscovery/.well-known/openid-configuration`,
    ])
  })

  it('gives a version 3 UUID as the code and session_state behind it', async () => {
    const { client } = await openSimulator(asgardeo)
    const { callback } = await client.authorize({ state: undefined })
    expect([...callback.keys()]).toEqual(['code', 'session_state'])
    expect(callback.get('code')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-/)
  })

  it('names the organization in its ID Tokens', async () => {
    const { client } = await openSimulator(asgardeo)
    expect(claimsOf((await client.logIn())['id_token'])).toMatchObject({ org_name: 'bifrost', org_handle: 'bifrost' })
  })

  it('takes a challenge by either method where PKCE is mandatory, and none less', async () => {
    const { client } = await openSimulator(asgardeo)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    expect((await client.authorize(without)).callback.get('error')).toBe('invalid_request')
    const plain = { code_challenge: 'p'.repeat(43), code_challenge_method: 'plain' }
    expect((await client.redeem(await client.code(plain), { code_verifier: 'p'.repeat(43) })).status).toBe(200)
  })

  it('never adds a slash to the redirect URI, nor takes one with it', async () => {
    const { simulator, client } = await openSimulator(asgardeo)
    expect((await client.authorize()).location.startsWith('https://localhost:5000?code=')).toBe(true)
    const { location } = await client.authorize({ redirect_uri: 'https://localhost:5000/' })
    expect(location.startsWith(simulator.urls.errorPage)).toBe(true)
  })

  it('advertises both challenge methods and no client authentication method none', async () => {
    const { simulator, client } = await openSimulator(asgardeo)
    const { json } = await client.get(pathOf(simulator.discoveryUrls[0] ?? ''))
    expect(json['code_challenge_methods_supported']).toEqual(['S256', 'plain'])
    expect(json['token_endpoint_auth_methods_supported']).not.toContain('none')
  })
})
