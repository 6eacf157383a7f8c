// The requests that the five guides show, byte by byte but for the host, and the answers that they promise (X6).

import { describe, expect, it } from 'vitest'
import {
  asgardeo,
  cidaas,
  okta,
  type Profile,
  pingOne,
  type Simulator,
  type SimulatorOptions,
  wso2IdentityServer,
} from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { sha256 } from './token-keys.ts'
import { claimsOf } from './wire-client.ts'
import { send, type WireAnswer } from './wire-exchange.ts'

let simulator: Simulator

async function start(profile: Profile, options: SimulatorOptions = {}): Promise<void> {
  ;({ simulator } = await openSimulator(profile, options))
}

/** The simulator gives out the code that the guide shows. */
function authorize(target: string, code: string): Promise<WireAnswer> {
  simulator.upcoming = { ...simulator.upcoming, code }
  return send(simulator, { method: 'GET', target })
}

function post(target: string, headers: Record<string, string>, body: string): Promise<WireAnswer> {
  return send(simulator, { method: 'POST', target, headers, body })
}

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

describe('the Asgardeo guide', () => {
  const code = '60cb4ba7-b7b2-3f2f-8319-58122f1b2f5d'
  // The S256 challenge of the guide's verifier, where the guide has a blank (wire, checked arithmetic).
  const authorizeTarget =
    '/t/bifrost/oauth2/authorize?scope=openid&response_type=code&redirect_uri=https://localhost:5000' +
    '&client_id=fv_LScHaB83PN4VPX1cHufphtHQa' +
    '&code_challenge=LCxMdKmPoz-HfEnl21-Mjgsay_iy6AmFbwo0qivPZK0&code_challenge_method=S256'
  const verifier =
    'WAOqjmxMpCnjME0mRpd8pDZNT8bEIpCdHgMKFqxoAVtEb4LhJ0KSg8Rl0z0O3pySx4HGp53R87bckxOxrXk2oNav0fgWzFdOyBRrvA8ZTgCG7MlQcY9mfamCM8SWnGgO'
  // curl --data-urlencode, jQuery's $.ajax and qs.stringify encode these values alike.
  const body =
    'code=60cb4ba7-b7b2-3f2f-8319-58122f1b2f5d&grant_type=authorization_code' +
    `&redirect_uri=https%3A%2F%2Flocalhost%3A5000&code_verifier=${verifier}` +
    '&client_id=fv_LScHaB83PN4VPX1cHufphtHQa'

  // What each client adds to the request by itself; none of it may matter.
  const forms = [
    { name: 'curl', headers: { 'User-Agent': 'curl/7.79.1', Accept: '*/*', ...formType } },
    {
      name: 'jQuery',
      headers: { Accept: '*/*', Origin: 'http://localhost', ...formType },
    },
    {
      name: 'axios',
      headers: { Accept: 'application/json, text/plain, */*', 'User-Agent': 'axios/0.21.1', ...formType },
    },
  ]

  it('sends its authorization request, without state and nonce, back to https://localhost:5000 with no slash added (A5, A6, A11, A12)', async () => {
    await start(asgardeo)
    const { status, location } = await authorize(authorizeTarget, code)
    expect(status).toBe(302)
    expect(location).toMatch(
      /^https:\/\/localhost:5000\?code=60cb4ba7-b7b2-3f2f-8319-58122f1b2f5d&session_state=\w+\.[\w-]+$/,
    )
  })

  it.each(forms)(
    'exchanges the code by the token request in the form of $name (A3, A7 to A10, A13 to A17)',
    async ({ headers }) => {
      await start(asgardeo)
      await authorize(authorizeTarget, code)
      const { status, json } = await post('/t/bifrost/oauth2/token', headers, body)
      expect(status).toBe(200)
      expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid' })
      expect(Object.keys(json)).toEqual(expect.arrayContaining(['access_token', 'refresh_token', 'id_token']))
      expect(claimsOf(json['id_token'])).toMatchObject({ aud: 'fv_LScHaB83PN4VPX1cHufphtHQa', iss: simulator.issuer })
    },
  )

  it('takes plain as well as S256 (A4)', async () => {
    await start(asgardeo)
    const target = authorizeTarget.replace(
      /code_challenge=.*/,
      `code_challenge=${verifier}&code_challenge_method=plain`,
    )
    await authorize(target, code)
    expect((await post('/t/bifrost/oauth2/token', formType, body)).status).toBe(200)
  })

  it('has a verifier of 128 characters and the challenge that the facts give for it (A13)', () => {
    expect(verifier).toHaveLength(128)
    expect(sha256(verifier)).toBe('LCxMdKmPoz-HfEnl21-Mjgsay_iy6AmFbwo0qivPZK0')
  })
})

describe('the WSO2 Identity Server guide', () => {
  const challengeOfGuide = '5vEtIy2T-G65yXHc8g5zcJDQXICBzZMrtERq0zhx7hM'
  const challengeOfVerifier = 'xYUcBLeoew5z00Dk3mLL1vE4dTH-j0pG2HPSCi93Vvk'
  const code = 'd827ec7e-1b8e-3d81-a4c0-2f7ff67ce844'
  const body =
    'grant_type=authorization_code&redirect_uri=https://localhost/callback&code=d827ec7e-1b8e-3d81-a4c0-2f7ff67ce844' +
    '&code_verifier=aYr1jbrAHhZDC5WBi8wQPdraATAvvKy93S22rkPDkkRTHzzaAMVOJ5MHgRPgoKf8xDBJPE08'
  // What curl -u makes of the guide's key and secret.
  const authorization = 'Basic WVlWZEFMM2xMY21ydWJaMklrZmxDQXVMd2swYTphemQzOXN3eTNLcnQ1OWZMamV3WXVEX0V5bElh'
  const headers = { Authorization: authorization, 'User-Agent': 'curl/7.79.1', Accept: '*/*', ...formType }

  function authorizeTarget(challenge: string, redirectUri = 'https://localhost/callback'): string {
    return (
      `/oauth2/authorize?response_type=code&redirect_uri=${redirectUri}&client_id=YYVdAL3lLcmrubZ2IkflCAuLwk0a` +
      `&code_challenge=${challenge}&code_challenge_method=S256`
    )
  }

  it('sends its authorization request, without scope and state, back with nothing but the code, over TLS (W2, W5, W7 to W9, W11)', async () => {
    await start(wso2IdentityServer, { tls: 'self-signed' })
    const { status, location } = await authorize(authorizeTarget(challengeOfGuide), code)
    expect(simulator.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect(status).toBe(302)
    expect(location).toBe(`https://localhost/callback?code=${code}`)
  })

  it('shows a callback with a code of 30 hexadecimal digits on http and another port (W10, W12)', async () => {
    await start(wso2IdentityServer, { codeFormat: 'hex30' })
    const uri = 'http://wso2is.local:8080/playground2/oauth2client'
    const target = authorizeTarget(challengeOfGuide, uri)
    expect((await authorize(target, '9142d4cad58c66d0a5edfad8952192')).location).toBe(
      `${uri}?code=9142d4cad58c66d0a5edfad8952192`,
    )
    expect((await send(simulator, { method: 'GET', target })).location).toMatch(/\?code=[0-9a-f]{30}$/)
  })

  it('has a verifier and a challenge that do not belong together, so its token request fails (W6, W16, W23)', async () => {
    await start(wso2IdentityServer, { tls: 'self-signed' })
    await authorize(authorizeTarget(challengeOfGuide), code)
    const { status, text } = await post('/oauth2/token', headers, body)
    expect(status).toBe(400)
    expect(text).toBe('{"error_description":"PKCE validation failed","error":"invalid_grant"}')
  })

  it('gets the response of the guide, byte by byte, with the challenge of its verifier (W4, W13 to W15, W17 to W20)', async () => {
    await start(wso2IdentityServer, { tls: 'self-signed' })
    await authorize(authorizeTarget(challengeOfVerifier), code)
    simulator.upcoming = {
      accessToken: '35c52563-f46b-3364-8d3d-007e526e0ab3',
      refreshToken: '52569186-163f-3c9c-b2f4-539a0e8529ce',
    }
    const answer = await post('/oauth2/token', headers, body)
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(
      '{"access_token":"35c52563-f46b-3364-8d3d-007e526e0ab3","refresh_token":"52569186-163f-3c9c-b2f4-539a0e8529ce","token_type":"Bearer","expires_in":3600}',
    )
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })

  it('gives tokens of the same shape when they are not prepared: version 3 UUIDs (W18, W19)', async () => {
    await start(wso2IdentityServer)
    await authorize(authorizeTarget(challengeOfVerifier), code)
    const { json } = await post('/oauth2/token', headers, body)
    expect(json['access_token']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(json).not.toHaveProperty('id_token')
    expect(json).not.toHaveProperty('scope')
  })
})

describe('the cidaas guide', () => {
  const code = 'ea2707b0-1bb3-49de-9d32-4c5aa79722ad'
  const clientId = '{client_ID}'
  // The URL of the first step is missing in the guide; this is the documented form (wire 2.1).
  const authorizeTarget =
    '/authz-srv/authz?client_id=%7Bclient_ID%7D&response_type=code&scope=openid%20profile%20email' +
    '&redirect_uri=https%3A%2F%2Fyourdomain%2Fuser-profile%2Feditprofile&state=s&nonce=n' +
    '&code_challenge=247KvIZg6NJFIP5TST3stmz1Oapdz7zAQU1vXRJgSZM&code_challenge_method=S256'
  const body =
    `grant_type=authorization_code&client_id=%7Bclient_ID%7D&code=${code}` +
    '&redirect_uri=https%3A%2F%2Fyourdomain%2Fuser-profile%2Feditprofile' +
    '&code_verifier=7RTGpnRYR64SHYWqOw125Hk8PnjpP0hfrdOXU9_oMQ0'

  it('sends the user to the application with the code of the guide (C1, C6 to C9, C12)', async () => {
    await start(cidaas, { clients: [{ clientId }] })
    const { location } = await authorize(authorizeTarget, code)
    expect(location).toBe(`https://yourdomain/user-profile/editprofile?code=${code}&state=s`)
  })

  it('exchanges the code by its curl command for an access token "and other information" (C2, C10, C11, C13, C16)', async () => {
    await start(cidaas, { clients: [{ clientId }] })
    await authorize(authorizeTarget, code)
    const { status, json } = await post('/token-srv/token', formType, body)
    expect(status).toBe(200)
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 86_400, id_token_expires_in: 86_400 })
    expect(Object.keys(json).sort()).toEqual(
      ['access_token', 'expires_in', 'id_token', 'id_token_expires_in', 'identity_id', 'sub', 'token_type'].sort(),
    )
  })

  it('takes the challenge beside the verifier in the body, as the note at its end says (C18)', async () => {
    await start(cidaas, { clients: [{ clientId }] })
    await authorize(authorizeTarget, code)
    const both = `${body}&code_challenge=247KvIZg6NJFIP5TST3stmz1Oapdz7zAQU1vXRJgSZM`
    expect((await post('/token-srv/token', formType, both)).status).toBe(200)
  })

  it('denies the access token when the two codes do not match (C15)', async () => {
    await start(cidaas, { clients: [{ clientId }] })
    await authorize(authorizeTarget, code)
    const { status, json } = await post('/token-srv/token', formType, body.replace('7RTG', '8RTG'))
    expect([status, json['error']]).toEqual([400, 'invalid_grant'])
  })

  it('makes the challenge by hash and base64url as its code does, from a sample that is too short for RFC 7636 (C5, C14)', () => {
    expect(sha256('some-random-string')).toBe('RRAXjg1Jb16zhxRYVpJGaQlzRQcykdqE55fl65s_4qk')
    expect(sha256('7RTGpnRYR64SHYWqOw125Hk8PnjpP0hfrdOXU9_oMQ0')).toBe('247KvIZg6NJFIP5TST3stmz1Oapdz7zAQU1vXRJgSZM')
  })
})

describe('the PingOne guide', () => {
  const environment = '/5caa81af-ec05-41ff-a709-c7378007a99c/as'
  const application = '2cabbdbe-5ff8-4b29-92d0-9c1c6a4a6f6d'
  // The guide describes the steps and shows no request; these are the forms of its workflow (wire 3.2, 3.3).
  const verifier = 'a'.repeat(43)
  const redirectUri = 'https%3A%2F%2Fapp.example.com%2Fcallback'
  const authorizeTarget =
    `${environment}/authorize?response_type=code&client_id=${application}&redirect_uri=${redirectUri}&scope=openid` +
    `&code_challenge=${sha256(verifier)}&code_challenge_method=S256`

  it('grants a token when the transformed verifier equals the recorded challenge (P1, P2, P7 to P10, P12)', async () => {
    await start(pingOne)
    const { callback } = await send(simulator, { method: 'GET', target: authorizeTarget })
    const body =
      `grant_type=authorization_code&code=${callback.get('code')}&redirect_uri=${redirectUri}` +
      `&client_id=${application}&code_verifier=${verifier}`
    const { status, json } = await post(`${environment}/token`, formType, body)
    expect(status).toBe(200)
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid' })
  })

  it('denies access when they are not equal (P10)', async () => {
    await start(pingOne)
    const { callback } = await send(simulator, { method: 'GET', target: authorizeTarget })
    const body =
      `grant_type=authorization_code&code=${callback.get('code')}&redirect_uri=${redirectUri}` +
      `&client_id=${application}&code_verifier=${'b'.repeat(43)}`
    expect(await post(`${environment}/token`, formType, body)).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant' },
    })
  })

  it('takes the missing method for plain, which S256_REQUIRED refuses (P3, P4, P11)', async () => {
    await start(pingOne)
    const target = authorizeTarget.replace('&code_challenge_method=S256', '')
    const { callback } = await send(simulator, { method: 'GET', target })
    expect([callback.get('error'), callback.get('code')]).toEqual(['invalid_request', null])
  })
})

describe('the Okta guide', () => {
  const pair = {
    code_verifier: 'M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag',
    code_challenge: 'qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es',
  }
  const authorizeTarget =
    '/oauth2/v1/authorize?client_id=0oabygpxgk9lXaMgF0h7&response_type=code&scope=openid' +
    '&redirect_uri=yourApp%3A%2Fcallback&state=state-8600b31f-52d1-4dca-987c-386e3d8967e9' +
    '&code_challenge_method=S256&code_challenge=qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es'
  const headers = {
    accept: 'application/json',
    'cache-control': 'no-cache',
    'content-type': 'application/x-www-form-urlencoded',
  }
  const body =
    'grant_type=authorization_code&client_id=0oabygpxgk9lXaMgF0h7&redirect_uri=yourApp%3A%2Fcallback' +
    `&code=CKA9Utz2GkWlsrmnqehz&code_verifier=${pair.code_verifier}`

  it('prints a verifier and a challenge that belong together: a known answer (O3 to O5)', () => {
    expect(sha256(pair.code_verifier)).toBe(pair.code_challenge)
  })

  it('sends its authorization request to the callback of the guide, byte by byte (O2, O7 to O16)', async () => {
    await start(okta)
    const { location } = await authorize(authorizeTarget, 'BdLDvZvO3ZfSwg-asLNk')
    expect(location).toBe(
      'yourApp:/callback?code=BdLDvZvO3ZfSwg-asLNk&state=state-8600b31f-52d1-4dca-987c-386e3d8967e9',
    )
  })

  it('exchanges the code by its curl command, without an Authorization header (O17 to O22)', async () => {
    await start(okta)
    await authorize(authorizeTarget, 'CKA9Utz2GkWlsrmnqehz')
    const { status, json } = await post('/oauth2/v1/token', headers, body)
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['access_token', 'expires_in', 'id_token', 'scope', 'token_type'])
    expect(json).toMatchObject({ expires_in: 3600, scope: 'openid', token_type: 'Bearer' })
    expect([json['access_token'], json['id_token']].map(String)).toEqual([
      expect.stringMatching(/^eyJ/),
      expect.stringMatching(/^eyJ/),
    ])
  })

  it('gives out codes of 20 characters like those of the guide', async () => {
    await start(okta)
    const { callback } = await send(simulator, { method: 'GET', target: authorizeTarget })
    expect(callback.get('code')).toMatch(/^[\w-]{20}$/)
  })
})
