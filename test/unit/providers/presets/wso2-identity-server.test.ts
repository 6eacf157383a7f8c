import { describe, expect, it } from 'vitest'
import {
  type Wso2IdentityServerOptions,
  wso2IdentityServer,
} from '../../../../src/providers/presets/wso2-identity-server.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('wso2IdentityServer', () => {
  const forms: [Wso2IdentityServerOptions, string][] = [
    [{ host: 'localhost' }, 'https://localhost:9443/oauth2/token'],
    [{ host: 'is.example.com', port: 443 }, 'https://is.example.com/oauth2/token'],
    [{ host: 'wso2is', port: 9500 }, 'https://wso2is:9500/oauth2/token'],
    [{ host: '[::1]' }, 'https://[::1]:9443/oauth2/token'],
    [{ host: 'localhost', tenant: 'example.com' }, 'https://localhost:9443/t/example.com/oauth2/token'],
    [{ host: 'a.example', issuer: 'https://localhost:9443/oauth2/token' }, 'https://localhost:9443/oauth2/token'],
  ]

  it.each(forms)('given %j has the issuer %s', (options, issuer) => {
    expect(wso2IdentityServer(options).issuer).toBe(issuer)
  })

  it('reads the metadata of an issuer that says where the server is', () => {
    expect(wso2IdentityServer({ host: 'localhost' })).not.toHaveProperty('metadata')
    expect(wso2IdentityServer({ host: 'localhost', issuer: 'https://localhost:9443/oauth2/token' })).not.toHaveProperty(
      'metadata',
    )
  })

  it('finds the endpoints at host and port when the issuer stayed behind (product moved to port 9500)', () => {
    const moved = { host: 'localhost', port: 9500, tenant: 'a.example', issuer: 'https://localhost:9443/oauth2/token' }
    expect(wso2IdentityServer(moved).metadata).toMatchObject({
      authorization_endpoint: 'https://localhost:9500/t/a.example/oauth2/authorize',
      token_endpoint: 'https://localhost:9500/t/a.example/oauth2/token',
      jwks_uri: 'https://localhost:9500/t/a.example/oauth2/jwks',
      end_session_endpoint: 'https://localhost:9500/t/a.example/oidc/logout',
    })
  })

  it('trusts a certificate for this provider alone', () => {
    expect(wso2IdentityServer({ host: 'localhost', ca: 'wso2.pem' }).ca).toBe('wso2.pem')
    expect(wso2IdentityServer({ host: 'localhost' })).not.toHaveProperty('ca')
  })

  it.each([
    [{ host: '' }, 'host must not be empty'],
    [{ host: '<host>' }, 'host still holds a placeholder'],
    [{ host: 'a b' }, 'host still holds a placeholder or white space'],
    [{ host: 'https://localhost' }, "write host: 'localhost'"],
    [{ host: 'localhost/' }, "write host: 'localhost'"],
    [{ host: 'localhost:9444' }, "write host: 'localhost', port: 9444"],
    [{ host: 'https://localhost:9443/t/a.example/oauth2/token' }, "host: 'localhost', port: 9443, tenant: 'a.example'"],
    [{ host: '!' }, "host must be a host name, such as 'localhost'"],
    [{ host: 'localhost', port: '9443' }, 'port must be number'],
    [{ host: 'localhost', port: 0 }, 'port must be 1 to 65535'],
    [{ host: 'localhost', port: 70_000 }, 'port must be 1 to 65535'],
    [{ host: 'localhost', port: 1.5 }, 'port must be a whole number'],
    [{ host: 'localhost', tenant: 'carbon.super' }, 'leave tenant out'],
    [{ host: 'localhost', tenant: '/t/a.example' }, 'tenant must be the name alone'],
    [{ host: 'localhost', issuer: 'https://localhost:9443/oauth2/oidcdiscovery' }, "ends with '/oauth2/token'"],
    [{ host: 'localhost', issuer: 'https://a.example/oauth2/token/' }, "write 'https://a.example/oauth2/token'"],
    [{ host: 'localhost', issuer: 'https://a.example/.well-known/openid-configuration' }, 'URL of the metadata'],
    [{ host: 'localhost', issuer: 'localhost' }, 'issuer must be a URL'],
    [{ host: 'localhost', ca: '' }, 'ca must not be empty'],
    [{ hostname: 'localhost' }, 'unknown option hostname'],
    [{ host: 'localhost', tenent: 'a' }, 'did you mean tenant?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => wso2IdentityServer(options as never))).toContain(fault)
  })

  describe('by default', () => {
    describeMetadata(
      wso2IdentityServer({ host: 'is.example.com' }),
      {
        issuer: 'https://is.example.com:9443/oauth2/token',
        end_session_endpoint: 'https://is.example.com:9443/oidc/logout',
        code_challenge_methods_supported: ['S256', 'plain'],
      },
      { name: 'wso2is', placeholders: { '{host}': 'is.example.com' } },
    )
  })

  describe('of version 5.11', () => {
    describeMetadata(
      wso2IdentityServer({ host: 'localhost' }),
      { issuer: 'https://localhost:9443/oauth2/token', code_challenge_methods_supported: ['S256', 'plain'] },
      { name: 'wso2is-5.11' },
    )
  })
})
