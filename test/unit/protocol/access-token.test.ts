import { inspect } from 'node:util'
import { exportSPKI, generateKeyPair, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { AccessTokenOptions } from '../../../src/options-access-token.ts'
import { type AccessToken, validateAccessToken } from '../../../src/protocol/access-token.ts'
import { audience, issuer, now, publishedKey, resourceProvider, rightClaims, sign } from './resource-provider.ts'

const refused = expect.objectContaining({ code: 'ERR_RP_ACCESS_TOKEN', error: 'invalid_token', provider: issuer })

function validate(token: string, options: Partial<AccessTokenOptions> = {}): Promise<AccessToken> {
  const { provider, settings } = resourceProvider({ options })
  return validateAccessToken(provider, settings, token)
}

/** Validates a token of which these claims are other than the right ones; `undefined` removes one. */
async function validateClaims(changes: object, header: object = {}, options: Partial<AccessTokenOptions> = {}) {
  return await validate(await sign({ ...rightClaims, ...changes }, header), options)
}

describe('validateAccessToken', () => {
  it('says what is in a right token (RFC 9068 section 2.2)', async () => {
    const claims = { ...rightClaims, client_id: 'shop', scope: 'orders:read orders:write', iat: now, jti: '1' }
    const token = await sign(claims)
    const scope = ['orders:read', 'orders:write']
    expect(await validate(token)).toEqual({ sub: 'alice', clientId: 'shop', scope, claims, token })
  })

  it.each([['at+jwt'], ['AT+JWT'], ['application/at+jwt'], ['JWT'], [undefined]])(
    'accepts the typ %s (RFC 9068 section 4, Okta)',
    async (typ) => {
      await expect(validateClaims({}, { typ })).resolves.toMatchObject({ sub: 'alice' })
    },
  )

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'at+jwt;x', ''])(
    'refuses the typ %j (RFC 9068 section 4)',
    async (typ) => {
      await expect(validateClaims({}, { typ })).rejects.toEqual(refused)
    },
  )

  it.each(['nonce', 'at_hash', 'c_hash', 's_hash', 'events'])(
    'refuses a token without a typ of its own that has %s, as ID tokens and Logout Tokens have (RFC 9068 section 5)',
    async (name) => {
      await expect(validateClaims({ [name]: 'x' }, { typ: 'JWT' })).rejects.toEqual(refused)
      await expect(validateClaims({ [name]: 'x' }, { typ: undefined })).rejects.toEqual(refused)
      await expect(validateClaims({ [name]: 'x' })).resolves.toMatchObject({ sub: 'alice' })
    },
  )

  it.each([
    ['Cognito', { token_use: 'id' }],
    ['Keycloak', { typ: 'ID' }],
    ['Keycloak', { typ: 'Refresh' }],
  ])('refuses what %s marks as a token of another kind: %j', async (_vendor, mark) => {
    await expect(validateClaims(mark, { typ: 'JWT' })).rejects.toEqual(refused)
  })

  it.each([{ token_use: 'access' }, { typ: 'Bearer' }])('accepts the mark of an access token: %j', async (mark) => {
    await expect(validateClaims(mark, { typ: 'JWT' })).resolves.toMatchObject({ sub: 'alice' })
  })

  it('refuses a token that is bound to a key: nobody asks for its proof here (RFC 9449 section 7.2)', async () => {
    await expect(validateClaims({ cnf: { jkt: 'x' } })).rejects.toEqual(refused)
  })

  it.each([
    ['another iss', { iss: `${issuer}/` }],
    ['no iss', { iss: undefined }],
    ['another aud', { aud: 'api://billing' }],
    ['several other aud', { aud: ['a', 'b'] }],
    ['no aud', { aud: undefined }],
    ['no exp', { exp: undefined }],
    ['an exp that is a text', { exp: '2000000000' }],
    ['an nbf to come', { nbf: now + 31 }],
  ])('refuses a token with %s (RFC 9068 section 4)', async (_fault, changes) => {
    await expect(validateClaims(changes)).rejects.toEqual(refused)
  })

  it('accepts an expired token for clockToleranceSeconds and no longer (RFC 9068 section 4)', async () => {
    await expect(validateClaims({ exp: now - 29 })).resolves.toBeDefined()
    await expect(validateClaims({ exp: now - 30 })).rejects.toMatchObject({ errorDescription: 'it has expired' })
    await expect(validateClaims({ exp: now - 1 }, {}, { clockToleranceSeconds: 0 })).rejects.toEqual(refused)
  })

  it('accepts any one of several audiences, on both sides (RFC 9068 section 4)', async () => {
    await expect(validateClaims({ aud: ['api://a', audience] })).resolves.toBeDefined()
    await expect(validateClaims({ aud: 'api://b' }, {}, { audience: ['api://b', 'api://c'] })).resolves.toBeDefined()
  })

  it('accepts the issuers that were named, in place of the one of the metadata (cidaas)', async () => {
    const issuers = ['http://id.example', 'https://other.example']
    for (const iss of issuers) await expect(validateClaims({ iss }, {}, { issuers })).resolves.toBeDefined()
    await expect(validateClaims({}, {}, { issuers })).rejects.toEqual(refused)
  })

  it('accepts the tenants that were named, where the issuer stands for many (Entra)', async () => {
    const metadata = { jwks_uri: `${issuer}/jwks`, authorization_endpoint: issuer, token_endpoint: issuer }
    const options = { provider: { issuer: `${issuer}/{tenantid}`, metadata, tenants: ['t1'] } }
    const parse = () => resourceProvider({ options })
    // The schema refuses braces in an issuer that people write; metadata may bring them.
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
    const { provider, settings } = resourceProvider({})
    const templated = {
      ...provider,
      settings: { ...provider.settings, tenants: ['t1'] },
      configuration: async () => ({ serverMetadata: () => ({ issuer: `${issuer}/{tenantid}` }) }) as never,
    }
    const of = (tenant: string) => sign({ ...rightClaims, iss: `${issuer}/${tenant}` })
    await expect(validateAccessToken(templated, settings, await of('t1'))).resolves.toBeDefined()
    await expect(validateAccessToken(templated, settings, await of('t2'))).rejects.toEqual(refused)
    await expect(validateAccessToken(templated, settings, await of('{tenantid}'))).rejects.toEqual(refused)
  })

  describe('of a forger', () => {
    it('refuses a signature by another key of the same kid', async () => {
      const { privateKey } = await generateKeyPair('RS256')
      await expect(validate(await sign(rightClaims, {}, privateKey))).rejects.toEqual(refused)
    })

    it('refuses a kid that is not published', async () => {
      await expect(validateClaims({}, { kid: '2' })).rejects.toEqual(refused)
    })

    it('refuses alg none (RFC 9068 section 4)', async () => {
      await expect(validate(new UnsecuredJWT(rightClaims).encode())).rejects.toEqual(refused)
    })

    it('refuses a MAC keyed by the public key (RFC 8725 section 2.1)', async () => {
      const secret = new TextEncoder().encode(await exportSPKI(publishedKey))
      await expect(validate(await sign(rightClaims, { alg: 'HS256' }, secret))).rejects.toEqual(refused)
    })

    it('refuses an algorithm of the same key that was not named (RFC 8725 section 3.1)', async () => {
      await expect(validateClaims({}, {}, { algorithms: ['PS256', 'ES256'] })).rejects.toEqual(refused)
    })

    it.each(['', 'opaque', 'a.b.c', 'a.b.c.d.e', '..'])('refuses what is no JWT: %j', async (token) => {
      await expect(validate(token)).rejects.toEqual(refused)
    })
  })

  describe('the vocabulary', () => {
    it.each([
      ['RFC 9068', { scope: 'a b', client_id: 'shop' }, ['a', 'b'], 'shop'],
      ['Okta', { scp: ['a', 'b'], cid: 'shop' }, ['a', 'b'], 'shop'],
      ['Entra', { scp: 'a b', azp: 'shop' }, ['a', 'b'], 'shop'],
      ['Entra 1.0', { scp: 'a', appid: 'shop' }, ['a'], 'shop'],
      ['cidaas', { scopes: ['a', 'b'] }, ['a', 'b'], undefined],
      ['nobody', {}, [], undefined],
      ['a provider that has gone mad', { scope: [1, 'a', null], client_id: 7 }, ['a'], undefined],
      ['two at once', { scope: 'a', scp: ['b'] }, ['a'], undefined],
    ])('of %s gives scope and clientId: %j', async (_vendor, changes, scope, clientId) => {
      const accessToken = await validateClaims(changes, { typ: 'JWT' })
      expect([accessToken.scope, accessToken.clientId]).toEqual([scope, clientId])
    })
  })

  it('says in words of its own what is wrong, and never repeats the token', async () => {
    const secret = 'MARKED-SECRET'
    const tokens = [
      secret,
      `${secret}.${secret}.${secret}`,
      await sign({ ...rightClaims, aud: secret, iss: secret }),
      await sign({ ...rightClaims, exp: secret }),
      await sign(rightClaims, { crit: ['b64', secret], b64: true, [secret]: 1 }).catch(() => secret),
      await sign(rightClaims, { kid: secret }),
      await sign(rightClaims, { typ: secret }),
    ]
    for (const token of tokens) {
      const error = await validate(token).catch((caught: unknown) => caught)
      expect(error).toEqual(refused)
      expect(`${inspect(error)} ${(error as { errorDescription: string }).errorDescription}`).not.toContain(secret)
      expect((error as { errorDescription: string }).errorDescription).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    }
  })

  it('tells a provider that cannot be asked from a token at fault', async () => {
    const token = await sign(rightClaims)
    const fetch = async () => new Response(null, { status: 400 })
    await expect(validate(token, { fetch })).rejects.toMatchObject({ code: 'ERR_RP_KEYS', status: 503 })
    const provider = { issuer } // its metadata is discovered
    await expect(validate(token, { fetch, provider })).rejects.toMatchObject({ code: 'ERR_RP_DISCOVERY', status: 503 })
  })
})
