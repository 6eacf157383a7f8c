// The options held against the provider's metadata: what is an error, what is a doubt, and what says nothing.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RelyingPartyError } from '../../../src/errors.ts'
import type { Options } from '../../../src/options.ts'
import { createMetadataCheck } from '../../../src/providers/check-metadata.ts'
import { keepLogLines } from '../../log-lines.ts'
import { providerSettingsOf } from '../settings.ts'

const issuer = 'https://id.example'
const withSecret = { clientSecret: 'the secret of these tests' }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Checks metadata as often as given; gives the error of the last time, and the lines of the log. */
function check(options: Partial<Options>, ...metadata: Record<string, unknown>[]) {
  const { log, lines } = keepLogLines()
  const requireFit = createMetadataCheck({ ...providerSettingsOf({ ...withSecret, ...options }), log })
  const errors = metadata.map((members) => {
    try {
      return requireFit({ issuer, ...members })
    } catch (error) {
      return error as RelyingPartyError
    }
  })
  return { error: errors.at(-1), lines }
}

describe('createMetadataCheck', () => {
  it('says nothing where the metadata has no lists (RFC 8414 section 2)', () => {
    expect(check({}, {})).toEqual({ error: undefined, lines: [] })
  })

  it.each([
    'code_challenge_methods_supported',
    'response_modes_supported',
    'response_types_supported',
    'token_endpoint_auth_methods_supported',
    'id_token_signing_alg_values_supported',
    'grant_types_supported',
    'scopes_supported',
  ])('says nothing where %s is no list, or an empty one', (name) => {
    for (const value of ['S256', '', [], {}, null, 5, true]) {
      expect(check({}, { [name]: value }), JSON.stringify(value)).toEqual({ error: undefined, lines: [] })
    }
  })

  const contradictions: [
    what: string,
    options: Partial<Options>,
    metadata: Record<string, unknown>,
    parts: string[],
  ][] = [
    [
      'no S256',
      {},
      { code_challenge_methods_supported: ['plain'] },
      ['code_challenge_methods_supported', 'S256', 'plain'],
    ],
    [
      'no such response mode',
      { responseMode: 'form_post' },
      { response_modes_supported: ['query', 'fragment'] },
      ['response_modes_supported', 'not form_post', 'query, fragment', "Set `responseMode: 'query'`"],
    ],
    [
      'no query',
      {},
      { response_modes_supported: ['form_post', 'jwt'] },
      ['not query', 'form_post, jwt', "Set `responseMode: 'form_post'`"],
    ],
    ['no mode that we know', {}, { response_modes_supported: ['jwt'] }, ['not query', 'jwt', 'at the provider']],
    [
      'pushed requests only',
      {},
      { require_pushed_authorization_requests: true },
      ['require_pushed_authorization_requests', 'this version'],
    ],
    [
      'not the method that was configured',
      { clientAuthentication: 'client_secret_basic' },
      { token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'] },
      [
        'client_secret_basic',
        'client_secret_post, private_key_jwt',
        "Set `clientAuthentication: 'client_secret_post'`",
      ],
    ],
    [
      'not the method that was configured, post',
      { clientAuthentication: 'client_secret_post' },
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      ['client_secret_post', "Set `clientAuthentication: 'client_secret_basic'`"],
    ],
    [
      'no method for a secret but by an assertion',
      {},
      { token_endpoint_auth_methods_supported: ['client_secret_jwt', 'private_key_jwt'] },
      ['client_secret_jwt, private_key_jwt', "Set `clientAuthentication: 'client_secret_jwt'`"],
    ],
    [
      'no method for a secret but by a key',
      {},
      { token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'] },
      ['private_key_jwt, tls_client_auth', '`clientAuthentication: { privateKeyJwt }`'],
    ],
    [
      'other assertions than the one that was configured',
      { clientAuthentication: 'client_secret_jwt' },
      { token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'] },
      [
        'client_secret_jwt',
        'client_secret_basic, private_key_jwt',
        "Set `clientAuthentication: 'client_secret_basic'`",
      ],
    ],
    [
      'other assertions than the key that was configured',
      { clientSecret: undefined, clientAuthentication: { privateKeyJwt: privateKey } },
      { token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_jwt'] },
      ['private_key_jwt', 'client_secret_post, client_secret_jwt', 'Set `clientSecret`'],
    ],
    [
      'public clients only',
      {},
      { token_endpoint_auth_methods_supported: ['none'] },
      ['client_secret_basic', 'none', 'Leave `clientSecret` out'],
    ],
    [
      'no method that we know',
      {},
      { token_endpoint_auth_methods_supported: ['tls_client_auth'] },
      ['tls_client_auth', 'at the provider'],
    ],
    [
      'another algorithm',
      {},
      { id_token_signing_alg_values_supported: ['ES256'] },
      ['id_token_signing_alg_values_supported', 'RS256', "Set `idTokenSignedResponseAlg: 'ES256'`"],
    ],
    [
      'other algorithms',
      { idTokenSignedResponseAlg: 'ES256' },
      { id_token_signing_alg_values_supported: ['none', 'RS256', 'PS256', 'ML-DSA-44'] },
      ['ES256', 'none, RS256, PS256, ML-DSA-44', "to 'RS256' or 'PS256'"],
    ],
    [
      'no algorithm that we know',
      {},
      { id_token_signing_alg_values_supported: ['ML-DSA-44'] },
      ['RS256', 'ML-DSA-44', 'Let the provider'],
    ],
    [
      'an algorithm that needs a client secret',
      { clientSecret: undefined, clientAuthentication: 'none' },
      { id_token_signing_alg_values_supported: ['HS256'] },
      ['RS256', 'HS256', 'Let the provider'],
    ],
    [
      'no code flow',
      {},
      { response_types_supported: ['id_token', 'code id_token'] },
      ['response_types_supported', 'code', 'authorization code flow'],
    ],
  ]

  it.each(contradictions)(
    'throws ERR_RP_METADATA for %s, with what is offered and the fix',
    (_what, options, metadata, parts) => {
      const { error, lines } = check(options, metadata)
      expect(error).toMatchObject({ code: 'ERR_RP_METADATA', status: 500, provider: issuer })
      for (const part of parts) expect(error?.message).toContain(part)
      expect(lines).toEqual([])
    },
  )

  it('names all contradictions in one message', () => {
    const metadata = Object.assign(
      {},
      ...contradictions.map(([, options, members]) => (Object.keys(options).length === 0 ? members : {})),
    )
    const { error } = check({}, metadata)
    for (const name of Object.keys(metadata)) expect(error?.message).toContain(name)
  })

  it('throws each time, until the metadata fits', () => {
    const wrong = { require_pushed_authorization_requests: true }
    expect(check({}, wrong, wrong).error).toMatchObject({ code: 'ERR_RP_METADATA' })
    expect(check({}, wrong, {}).error).toBeUndefined()
  })

  it('does not stop logins by metadata that was refreshed: it warns once', () => {
    const changed = { require_pushed_authorization_requests: true }
    const { error, lines } = check({}, {}, changed, { ...changed }, { ...changed })
    expect(error).toBeUndefined()
    expect(lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_METADATA', provider: issuer }])
    expect(lines[0]?.message).toContain('require_pushed_authorization_requests')
  })

  it('shows foreign text only where it looks like a name', () => {
    const values = ['plain', '<script>', 'a\nforged line', 'x'.repeat(41), 5, null, { a: 1 }]
    const { error } = check({}, { code_challenge_methods_supported: values })
    expect(error?.message).toContain('plain and 6 more')
    expect(error?.message).not.toMatch(/script|forged|xxx/)
    const many = Array.from({ length: 30 }, (_, index) => `m${index}`)
    expect(check({}, { code_challenge_methods_supported: many }).error?.message).toContain('m9 and 20 more')
    expect(check({}, { code_challenge_methods_supported: ['?'] }).error?.message).toContain('names of an unknown form')
  })

  it.each<[what: string, options: Partial<Options>, metadata: Record<string, unknown>]>([
    ['S256 among others', {}, { code_challenge_methods_supported: ['plain', 'S256'] }],
    [
      'a response mode among others',
      { responseMode: 'form_post' },
      { response_modes_supported: ['query', 'form_post'] },
    ],
    ['pushed requests that are not required', {}, { require_pushed_authorization_requests: false }],
    ['basic for a secret', {}, { token_endpoint_auth_methods_supported: ['client_secret_basic'] }],
    ['post for a secret', {}, { token_endpoint_auth_methods_supported: ['client_secret_post'] }],
    [
      'a key',
      { clientSecret: undefined, clientAuthentication: { privateKeyJwt: privateKey } },
      { token_endpoint_auth_methods_supported: ['private_key_jwt'] },
    ],
    ['none for no secret', { clientSecret: undefined }, { token_endpoint_auth_methods_supported: ['none'] }],
    ['the algorithm among others', {}, { id_token_signing_alg_values_supported: ['HS256', 'RS256'] }],
    ['another algorithm, without ID tokens', { scope: 'user' }, { id_token_signing_alg_values_supported: ['ES256'] }],
    ['code among others', {}, { response_types_supported: ['id_token', 'code'] }],
    ['the grant among others', {}, { grant_types_supported: ['implicit', 'authorization_code'] }],
    ['the scope among others', { scope: 'openid email' }, { scopes_supported: ['email', 'openid', 'profile'] }],
    ['no scope asked for', { scope: '' }, { scopes_supported: ['openid'] }],
  ])('says nothing about %s', (_what, options, metadata) => {
    expect(check(options, metadata)).toEqual({ error: undefined, lines: [] })
  })

  it.each<[what: string, options: Partial<Options>, metadata: Record<string, unknown>, parts: string[]]>([
    [
      'scopes that are not listed: providers need not list all (RFC 8414 section 2)',
      { scope: 'openid api:read offline_access' },
      { scopes_supported: ['openid'] },
      ['`scope`', 'api:read, offline_access'],
    ],
    [
      'a client without a secret, where `none` is not listed: Asgardeo, cidaas, PingOne and WSO2 do not',
      { clientSecret: undefined },
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      ['`clientSecret`', "`clientAuthentication: 'none'`"],
    ],
    [
      'a key, where no assertion is listed: PingOne does not',
      { clientSecret: undefined, clientAuthentication: { privateKeyJwt: privateKey } },
      { token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] },
      ['private_key_jwt', 'client_secret_basic, client_secret_post'],
    ],
    [
      'client_secret_jwt, where no assertion is listed',
      { clientAuthentication: 'client_secret_jwt' },
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      ['client_secret_jwt', 'client_secret_basic'],
    ],
    [
      'a grant that is not listed',
      {},
      { grant_types_supported: ['implicit', 'refresh_token'] },
      ['grant_types_supported', 'authorization_code', 'implicit, refresh_token'],
    ],
  ])('warns once of %s', (_what, options, metadata, parts) => {
    const { error, lines } = check(options, metadata, { ...metadata }, metadata)
    expect(error).toBeUndefined()
    expect(lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_METADATA', provider: issuer }])
    for (const part of parts) expect(lines[0]?.message).toContain(part)
  })

  it("says nothing about a public client that says so: clientAuthentication 'none'", () => {
    const options = { clientSecret: undefined, clientAuthentication: 'none' } as const
    const metadata = { token_endpoint_auth_methods_supported: ['client_secret_basic'] }
    expect(check(options, metadata)).toEqual({ error: undefined, lines: [] })
  })

  it('repeats no secret', () => {
    const { error } = check(
      { clientSecret: 'MARKED-SECRET', clientAuthentication: 'client_secret_basic' },
      { token_endpoint_auth_methods_supported: ['tls_client_auth'] },
    )
    expect(error?.message).not.toContain('MARKED')
  })
})
