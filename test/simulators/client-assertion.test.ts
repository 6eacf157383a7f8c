// client_secret_jwt, private_key_jwt and DPoP: a simulator takes what the vendor's documents say, and nothing less.

import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { cidaas, okta, type Simulator, wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, pathOf, type WireClient } from './wire-client.ts'
import type { WireAnswer } from './wire-exchange.ts'

const clientSecret = 'a-secret-of-at-least-thirty-two-characters'
type SigningKey = Parameters<SignJWT['sign']>[0]

interface Assertion {
  readonly key: SigningKey
  readonly alg: string
  readonly audience: string
  readonly lifetimeSeconds?: number
  readonly jti?: string
}

async function assert(
  client: WireClient,
  { key, alg, audience, lifetimeSeconds = 60, jti }: Assertion,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ jti: jti ?? randomUUID() })
    .setProtectedHeader({ alg })
    .setIssuer(client.clientId)
    .setSubject(client.clientId)
    .setAudience(audience)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key)
}

async function redeemBy(client: WireClient, assertion: string): Promise<WireAnswer> {
  const parameters = {
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  }
  return client.redeem(await client.code(), parameters, {})
}

async function openWithKey(alg: string): Promise<{ simulator: Simulator; client: WireClient; key: SigningKey }> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwks = { keys: [await exportJWK(publicKey)] }
  const opened = await openSimulator(okta, { clients: [{ method: 'private_key_jwt', jwks }] })
  return { ...opened, key: privateKey }
}

describe('client assertions', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('takes private_key_jwt by %s', async (alg) => {
    const { simulator, client, key } = await openWithKey(alg)
    const answer = await redeemBy(client, await assert(client, { key, alg, audience: simulator.urls.token }))
    expect(answer.status).toBe(200)
  })

  it('takes client_secret_jwt, and refuses one by another secret', async () => {
    const clients = [{ method: 'client_secret_jwt', clientSecret } as const]
    const { simulator, client } = await openSimulator(okta, { clients })
    const audience = simulator.urls.token
    const right = await assert(client, { key: Buffer.from(clientSecret), alg: 'HS256', audience })
    expect((await redeemBy(client, right)).status).toBe(200)
    const wrong = await assert(client, { key: randomBytes(32), alg: 'HS256', audience })
    expect(await redeemBy(client, wrong)).toMatchObject({ status: 401, json: { error: 'invalid_client' } })
  })

  it('wants the full token URL as aud at Okta (wire 4.3), while cidaas may take the issuer (assumed)', async () => {
    const { simulator, client, key } = await openWithKey('ES256')
    const answer = await redeemBy(client, await assert(client, { key, alg: 'ES256', audience: simulator.issuer }))
    expect(answer.status).toBe(401)
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwks = { keys: [await exportJWK(publicKey)] }
    const other = await openSimulator(cidaas, { clients: [{ method: 'private_key_jwt', jwks }] })
    const assertion = { key: privateKey, alg: 'ES256', audience: other.simulator.issuer }
    expect((await redeemBy(other.client, await assert(other.client, assertion))).status).toBe(200)
  })

  it('has the token endpoint as issuer at WSO2, so both are one', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256')
    const jwks = { keys: [await exportJWK(publicKey)] }
    const { simulator, client } = await openSimulator(wso2IdentityServer, {
      clients: [{ method: 'private_key_jwt', jwks }],
    })
    const assertion = { key: privateKey, alg: 'RS256', audience: simulator.issuer }
    expect((await redeemBy(client, await assert(client, assertion))).status).toBe(200)
  })

  it('refuses an assertion for more than an hour, one that has expired, and one that comes twice', async () => {
    const { simulator, client, key } = await openWithKey('ES256')
    const ordinary = { key, alg: 'ES256', audience: simulator.urls.token }
    for (const lifetimeSeconds of [3700, -1]) {
      expect((await redeemBy(client, await assert(client, { ...ordinary, lifetimeSeconds }))).status).toBe(401)
    }
    const once = await assert(client, { ...ordinary, jti: 'once' })
    expect((await redeemBy(client, once)).status).toBe(200)
    expect((await redeemBy(client, once)).status).toBe(401)
  })

  it('refuses an assertion beside Basic credentials', async () => {
    const { simulator, client, key } = await openWithKey('ES256')
    const client_assertion = await assert(client, { key, alg: 'ES256', audience: simulator.urls.token })
    const answer = await client.redeem('x', { client_assertion }, basicHeader(client.clientId, 'x'))
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
  })
})

describe('DPoP at Okta (wire 4.4)', () => {
  interface Proof {
    readonly jwk: JWK
    readonly key: SigningKey
    readonly nonce?: string
  }

  async function prove(simulator: Simulator, { jwk, key, nonce }: Proof): Promise<string> {
    const claims = {
      htm: 'POST',
      htu: simulator.urls.token,
      jti: randomUUID(),
      ...(nonce === undefined ? {} : { nonce }),
    }
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).setIssuedAt().sign(key)
  }

  it('asks for a nonce first, then gives a token of type DPoP', async () => {
    const { simulator, client } = await openSimulator(okta, { clients: [{ isDpopRequired: true }] })
    const { privateKey: key, publicKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    const code = await client.code()
    const form = { client_id: client.clientId }
    const first = await client.redeem(code, form, { DPoP: await prove(simulator, { jwk, key }) })
    expect([first.status, first.json]).toEqual([
      400,
      { error: 'use_dpop_nonce', error_description: 'Authorization server requires nonce in DPoP proof.' },
    ])
    const nonce = String(first.headers['dpop-nonce'])
    const second = await client.redeem(code, form, { DPoP: await prove(simulator, { jwk, key, nonce }) })
    expect([second.status, second.json['token_type']]).toEqual([200, 'DPoP'])
    const authorization = { Authorization: `DPoP ${second.json['access_token']}` }
    expect((await client.get(pathOf(simulator.urls.userinfo), authorization)).status).toBe(200)
  })

  it('refuses a client that must prove a key and does not', async () => {
    const { client } = await openSimulator(okta, { clients: [{ isDpopRequired: true }] })
    expect((await client.redeem(await client.code())).json['error']).toBe('invalid_dpop_proof')
  })
})
