// An issuer that stands for many tenants: `{tenantid}` in the metadata, each tenant's own in its ID tokens (Entra ID).
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { type IdTokenClaims, validateIdToken } from '../../../src/protocol/id-token.ts'
import { requestTokens } from '../../../src/protocol/token-request.ts'
import { createProvider } from '../../../src/providers/provider.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const now = Math.floor(Date.now() / 1000) // openid-client looks at the claims by the clock of this machine
const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
const issuer = 'https://login.microsoftonline.com/organizations/v2.0'
const [contoso, fabrikam, stranger] = ['contoso-id', 'fabrikam-id', 'stranger-id']
const request = {
  registration: 'the registration',
  nonce: 'the-nonce-of-this-login',
  codeVerifier: 'v',
  redirectUri: 'https://app.example/callback',
}

let privateKey: CryptoKey
let publicKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  privateKey = pair.privateKey as CryptoKey
  publicKey = pair.publicKey as CryptoKey
})

function issuerOf(tenant: string): string {
  return template.replace('{tenantid}', tenant)
}

function sign(changes: Record<string, unknown>): Promise<string> {
  const claims = { sub: 'alice', aud: 'test-client', exp: now + 300, iat: now, nonce: request.nonce }
  return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(privateKey)
}

/** Validates a token of that issuer and tenant at a provider with these tenants. */
async function validate(
  claims: { iss: string; tid?: unknown },
  tenants: readonly string[] | undefined = [contoso, fabrikam],
  announced = template,
): Promise<IdTokenClaims> {
  const settings = providerSettingsOf({ clock: () => now, provider: { issuer, tenants } })
  const provider = fakeProvider({ settings, metadata: { issuer: announced }, findKey: async () => publicKey })
  return await validateIdToken(provider, await sign(claims), 'an-access-token', request)
}

const refused = expect.objectContaining({ code: 'ERR_RP_ID_TOKEN', status: 502, provider: issuer })

describe('validateIdToken of an issuer that stands for many tenants', () => {
  it.each([contoso, fabrikam])('accepts the tenant %s, which was named', async (tid) => {
    await expect(validate({ iss: issuerOf(tid), tid })).resolves.toMatchObject({ iss: issuerOf(tid), tid })
  })

  it.each<[what: string, claims: { iss: string; tid?: unknown }]>([
    ['of a tenant that was not named', { iss: issuerOf(stranger), tid: stranger }],
    ['whose tid is another tenant than its iss', { iss: issuerOf(contoso), tid: fabrikam }],
    ['whose tid is a named tenant and its iss a stranger', { iss: issuerOf(stranger), tid: contoso }],
    ['without tid', { iss: issuerOf(contoso) }],
    ['whose tid is empty', { iss: issuerOf(''), tid: '' }],
    ['whose tid is a list', { iss: issuerOf(contoso), tid: [contoso] }],
    ['whose tid is null', { iss: issuerOf('null'), tid: null }],
    ['whose tid differs by its case', { iss: issuerOf(contoso.toUpperCase()), tid: contoso.toUpperCase() }],
    ['whose tid only begins like a tenant', { iss: issuerOf(`${contoso}x`), tid: `${contoso}x` }],
    ['of another host', { iss: `https://evil.example/${contoso}/v2.0`, tid: contoso }],
    ['of another version', { iss: `https://login.microsoftonline.com/${contoso}/v1.0`, tid: contoso }],
    ['of the many', { iss: issuer, tid: contoso }],
  ])('refuses a token %s', async (_what, claims) => {
    await expect(validate(claims)).rejects.toEqual(refused)
  })

  it.each<[what: string, tenants: readonly string[] | undefined]>([
    ['are absent', undefined],
    ['are none', []],
  ])('refuses every tenant where the tenants %s', async (_what, tenants) => {
    const settings = providerSettingsOf({ clock: () => now, provider: { issuer, tenants } })
    const provider = fakeProvider({ settings, metadata: { issuer: template }, findKey: async () => publicKey })
    const token = await sign({ iss: issuerOf(contoso), tid: contoso })
    await expect(validateIdToken(provider, token, 'an-access-token', request)).rejects.toEqual(refused)
  })

  it('says what is wrong without naming the tenant of the token', async () => {
    const error = await validate({ iss: issuerOf(stranger), tid: stranger }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: expect.stringContaining('its tenant is not one of provider.tenants') })
    expect(error).toMatchObject({ message: expect.not.stringContaining(stranger) })
  })

  it.each([undefined, stranger])('refuses the template itself as iss, with tid %j', async (tid) => {
    await expect(validate({ iss: template, ...(tid === undefined ? {} : { tid }) })).rejects.toEqual(refused)
  })

  it('looks at no tid where the issuer stands for itself: tenants open no door there', async () => {
    await expect(validate({ iss: issuerOf(contoso), tid: contoso }, [contoso], issuer)).rejects.toEqual(refused)
    await expect(validate({ iss: issuer, tid: stranger }, [contoso], issuer)).resolves.toBeDefined()
  })
})

describe('a login at Entra ID for many tenants', () => {
  /** Asks for the metadata, redeems a code and validates the ID token, all over the given fetch. */
  async function login(claims: { iss: string; tid: string }): Promise<IdTokenClaims> {
    const idToken = await sign(claims)
    const endpoint = (name: string) => `https://login.microsoftonline.com/organizations/${name}`
    const answers: Record<string, unknown> = {
      [`${issuer}/.well-known/openid-configuration`]: {
        issuer: template,
        authorization_endpoint: endpoint('authorize'),
        token_endpoint: endpoint('token'),
        jwks_uri: endpoint('keys'),
      },
      [endpoint('token')]: { access_token: 'a', token_type: 'Bearer', id_token: idToken },
      [endpoint('keys')]: { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' }] },
    }
    const settings = providerSettingsOf({
      provider: { issuer, tenants: [contoso] },
      fetch: async (url) => Response.json(answers[url]),
    })
    const provider = createProvider(settings)
    const tokens = await requestTokens(provider, 'code', request)
    return await validateIdToken(provider, tokens.idToken ?? '', tokens.accessToken, request)
  }

  it('accepts a tenant that was named, from its metadata to its keys', async () => {
    await expect(login({ iss: issuerOf(contoso), tid: contoso })).resolves.toMatchObject({ tid: contoso })
  })

  it('refuses one that was not', async () => {
    await expect(login({ iss: issuerOf(stranger), tid: stranger })).rejects.toMatchObject({ code: 'ERR_RP_ID_TOKEN' })
  })
})
