import type * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { clientAuthentication } from '../../../src/providers/client-authentication.ts'
import { providerSettingsOf } from '../settings.ts'

/** What the method adds to a token request. */
function applied(changes: Partial<Options>): { authorization: string | null; body: Record<string, string> } {
  const settings = providerSettingsOf(changes)
  const [headers, body] = [new Headers(), new URLSearchParams()]
  const metadata = { client_id: settings.clientId } as openid.ClientMetadata
  clientAuthentication(settings)({ issuer: 'https://id.example' }, metadata, body, headers)
  return { authorization: headers.get('authorization'), body: Object.fromEntries(body) }
}

function decoded(authorization: string | null): string {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ')
  expect(scheme).toBe('Basic')
  return Buffer.from(credentials, 'base64').toString('latin1')
}

describe('client_secret_basic', () => {
  it.each([
    ['azd39swy3Krt59fLjewYuD_EylIa', 'azd39swy3Krt59fLjewYuD_EylIa'],
    ['_-.~*', '_-.~*'],
    ['AZaz09', 'AZaz09'],
    ['a%b', 'a%25b'],
    ['a%7Eb', 'a%257Eb'],
    ['a:b', 'a%3Ab'],
    ['a+b', 'a%2Bb'],
    ['a b', 'a+b'],
    ['a=b&c', 'a%3Db%26c'],
    ['a/b?c#d', 'a%2Fb%3Fc%23d'],
    ["!'()", '%21%27%28%29'],
    ['\u00fc\u20ac', '%C3%BC%E2%82%AC'],
  ])(
    'writes the secret %j as %j: form-encoded, unreserved characters as they are (RFC 6749 section 2.3.1)',
    (...row) => {
      const [clientSecret, encoded] = row
      const { authorization, body } = applied({ clientId: 'orders', clientSecret })
      expect(decoded(authorization)).toBe(`orders:${encoded}`)
      expect(body).toEqual({})
    },
  )

  it('writes the client_id in the same way, so that its colon does not end it', () => {
    expect(decoded(applied({ clientId: 'https://a.b/_-.~', clientSecret: 's' }).authorization)).toBe(
      'https%3A%2F%2Fa.b%2F_-.~:s',
    )
  })

  it('is byte for byte what WSO2 expects of its sample client', () => {
    const { authorization } = applied({ clientId: 'OkPE0W_O.1', clientSecret: 'azd39swy3Krt59fLjewYuD_EylIa' })
    expect(authorization).toBe('Basic T2tQRTBXX08uMTphemQzOXN3eTNLcnQ1OWZMamV3WXVEX0V5bElh')
  })
})

describe('client_secret_post', () => {
  it('puts the secret into the form and into no header', () => {
    const { authorization, body } = applied({ clientSecret: 'a_-.~ %', clientAuthentication: 'client_secret_post' })
    expect(authorization).toBeNull()
    expect(body).toEqual({ client_id: 'test-client', client_secret: 'a_-.~ %' })
  })
})

describe('none', () => {
  it('names the client and sends no secret', () => {
    expect(applied({})).toEqual({ authorization: null, body: { client_id: 'test-client' } })
  })
})

describe('a method that was not chosen', () => {
  /** What is added for a client with a secret at a provider with this metadata. */
  function byMetadata(methods: string[] | undefined, changes: Partial<Options> = {}): 'basic' | 'post' {
    const settings = providerSettingsOf({ clientSecret: 's', ...changes })
    const [headers, body] = [new Headers(), new URLSearchParams()]
    const server = {
      issuer: 'https://id.example',
      ...(methods === undefined ? {} : { token_endpoint_auth_methods_supported: methods }),
    }
    void clientAuthentication(settings)(server, { client_id: settings.clientId }, body, headers)
    expect(headers.has('authorization')).toBe(!body.has('client_secret'))
    return headers.has('authorization') ? 'basic' : 'post'
  }

  it.each<[methods: string[] | undefined, method: 'basic' | 'post']>([
    [undefined, 'basic'],
    [['client_secret_basic'], 'basic'],
    [['client_secret_post'], 'post'],
    [['client_secret_post', 'client_secret_basic'], 'basic'],
    [['private_key_jwt', 'client_secret_post', 'none'], 'post'],
    [['private_key_jwt', 'none'], 'basic'],
    [[], 'basic'],
  ])('is, where the metadata offers %j, client_secret_%s (OpenID Connect Discovery 1.0 section 3)', (...row) => {
    const [methods, method] = row
    expect(byMetadata(methods)).toBe(method)
  })

  it('gives way to one that was chosen, whatever the metadata offers', () => {
    expect(byMetadata(['client_secret_post'], { clientAuthentication: 'client_secret_basic' })).toBe('basic')
    expect(byMetadata(['client_secret_basic'], { clientAuthentication: 'client_secret_post' })).toBe('post')
  })

  it('is none without a secret, whatever the metadata offers', () => {
    const [headers, body] = [new Headers(), new URLSearchParams()]
    const server = { issuer: 'https://id.example', token_endpoint_auth_methods_supported: ['client_secret_post'] }
    void clientAuthentication(providerSettingsOf())(server, { client_id: 'test-client' }, body, headers)
    expect([headers.has('authorization'), Object.fromEntries(body)]).toEqual([false, { client_id: 'test-client' }])
  })
})
