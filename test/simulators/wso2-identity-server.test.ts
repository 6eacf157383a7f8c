// WSO2 Identity Server: addresses, metadata, TLS and callbacks (wire 1.1 to 1.3).

import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { claimsOf, pathOf } from './wire-client.ts'
import { send } from './wire-exchange.ts'

const id = 'YYVdAL3lLcmrubZ2IkflCAuLwk0a'
const _key = 'azd39swy3Krt59fLjewYuD_EylIa'

describe('WSO2: issuer and metadata (wire 1.1)', () => {
  it('has the token endpoint as its issuer, and the same document at two URLs', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    expect(simulator.issuer).toBe(`${simulator.url}/oauth2/token`)
    const documents = await Promise.all(simulator.discoveryUrls.map((url) => client.get(pathOf(url))))
    expect(simulator.discoveryUrls[1]).toBe(`${simulator.url}/oauth2/oidcdiscovery/.well-known/openid-configuration`)
    expect(documents[0]?.json).toEqual(documents[1]?.json)
  })

  it('has everything of another tenant below /t/{tenant}', async () => {
    const { simulator } = await openSimulator(wso2IdentityServer, { tenant: 'acme' })
    expect(simulator.issuer).toBe(`${simulator.url}/t/acme/oauth2/token`)
    expect(simulator.urls.logout).toBe(`${simulator.url}/t/acme/oidc/logout`)
  })

  it('has no metadata at the root (assumed)', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    expect((await client.get('/.well-known/openid-configuration')).status).toBe(404)
  })

  it('keeps its configured issuer when it moved to another port', async () => {
    const issuerOverride = 'https://localhost:9443/oauth2/token'
    const { simulator, client } = await openSimulator(wso2IdentityServer, { issuerOverride })
    const { json } = await client.get(pathOf(simulator.discoveryUrls[0] ?? ''))
    expect(json).toMatchObject({ issuer: issuerOverride, token_endpoint: `${simulator.url}/oauth2/token` })
  })

  it('advertises back-channel and front-channel logout with sessions, and S256 beside plain', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    expect((await client.get(pathOf(simulator.discoveryUrls[0] ?? ''))).json).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      code_challenge_methods_supported: ['S256', 'plain'],
    })
  })

  it('finds the issuer by WebFinger', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    const { json } = await client.get('/.well-known/webfinger?resource=acct:admin@localhost&rel=x')
    expect(json).toMatchObject({ subject: 'acct:admin@localhost', links: [{ href: simulator.issuer }] })
  })

  it('publishes keys with certificate, thumbprint and a kid that ends in _RS256', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    const { keys } = (await client.get(pathOf(simulator.urls.jwks))).json as { keys: object[] }
    expect(keys).toEqual([
      expect.objectContaining({
        use: 'sig',
        alg: 'RS256',
        kid: expect.stringMatching(/_RS256$/),
        x5c: [expect.any(String)],
        'x5t#S256': expect.any(String),
      }),
    ])
  })

  it('adds iss to metadata and callback, and takes the base as issuer, in a FAPI 2 tenant', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer, { isFapi2: true })
    const { json } = await client.get(pathOf(simulator.discoveryUrls[1] ?? ''))
    expect(json).toMatchObject({ issuer: simulator.url, authorization_response_iss_parameter_supported: true })
    expect((await client.authorize()).callback.get('iss')).toBe(simulator.url)
  })
})

describe('WSO2: TLS (W9)', () => {
  it('has a certificate for localhost that it signed itself', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer, { tls: 'self-signed' })
    expect((await client.logIn({ scope: undefined }))['token_type']).toBe('Bearer')
    const untrusting = { ...simulator, certificate: undefined }
    await expect(send(untrusting, { method: 'GET', target: '/' })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
  })

  it('has an expired certificate when it is told to', async () => {
    const { simulator } = await openSimulator(wso2IdentityServer, { tls: 'self-signed-expired' })
    await expect(send(simulator, { method: 'GET', target: '/' })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' })
  })

  it('has localhost as common name and alternative name', async () => {
    const { simulator } = await openSimulator(wso2IdentityServer, { tls: 'self-signed' })
    const socket = connect({ host: 'localhost', port: Number(new URL(simulator.url).port), rejectUnauthorized: false })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    const { subject, subjectaltname } = socket.getPeerCertificate()
    socket.destroy()
    expect([subject.CN, subjectaltname]).toEqual(['localhost', 'DNS:localhost'])
  })
})

describe('WSO2: callbacks (wire 1.3)', () => {
  it('appends code, AuthenticatedIdPs, session_state and state, in this order', async () => {
    const { client } = await openSimulator(wso2IdentityServer, { hasAuthenticatedIdPs: true })
    const { callback } = await client.authorize()
    expect([...callback.keys()]).toEqual(['code', 'AuthenticatedIdPs', 'session_state', 'state'])
    expect(callback.get('session_state')).toMatch(/^[0-9a-f]{64}\.[\w-]{22}$/)
  })

  it('appends session_state only when openid was asked for', async () => {
    const { client } = await openSimulator(wso2IdentityServer)
    expect([...(await client.authorize({ scope: undefined })).callback.keys()]).toEqual(['code', 'state'])
  })

  it('says that the user denied the consent', async () => {
    const { client } = await openSimulator(wso2IdentityServer, { consent: 'denied' })
    expect((await client.authorize({ state: 'x' })).location).toBe(
      'https://localhost/callback?error=access_denied&error_description=User+denied+the+consent&state=x',
    )
  })

  it('posts a form for response_mode form_post, and signs the response for jwt', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    const page = await client.authorize({ response_mode: 'form_post' })
    expect(page.text).toContain('action="https://localhost/callback"')
    expect(page.text).toContain('name="session_state"')
    const { callback } = await client.authorize({ response_mode: 'jwt' })
    expect([...callback.keys()]).toEqual(['response'])
    expect(claimsOf(callback.get('response'))).toMatchObject({ iss: simulator.issuer, aud: id, state: 'state-1' })
  })

  it('shows its own error page, never the redirect URI, for a wrong client or redirect URI', async () => {
    const { simulator, client } = await openSimulator(wso2IdentityServer)
    const page = `${simulator.url}/authenticationendpoint/oauth2_error.do?oauthErrorCode=`
    const cases = [
      [{ client_id: 'nobody' }, 'invalid_client'],
      [{ redirect_uri: 'https://localhost/callback/' }, 'invalid_callback'],
      [{ redirect_uri: undefined }, 'invalid_request'],
    ] as const
    for (const [wrong, code] of cases) {
      const { location } = await client.authorize(wrong)
      expect(location.startsWith(`${page}${code}&oauthErrorMsg=`)).toBe(true)
      expect((await client.get(pathOf(location))).text).toContain(code)
    }
  })
})
