import { describe, expect, it } from 'vitest'
import { keycloak } from '../../../../src/providers/presets/keycloak.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('keycloak', () => {
  it.each([
    ['https://sso.example.com', 'shop', 'https://sso.example.com/realms/shop'],
    ['https://sso.example.com/auth', 'shop', 'https://sso.example.com/auth/realms/shop'],
    ['http://localhost:8080', 'dev', 'http://localhost:8080/realms/dev'],
  ])('at %s with the realm %s has the issuer %s', (baseUrl, realm, issuer) => {
    expect(keycloak({ baseUrl, realm }).issuer).toBe(issuer)
  })

  it.each([
    [{ baseUrl: '', realm: 'shop' }, 'baseUrl must not be empty'],
    [{ baseUrl: 'https://sso.example.com/', realm: 'shop' }, "write 'https://sso.example.com'"],
    [{ baseUrl: 'sso.example.com', realm: 'shop' }, "baseUrl must be a URL such as 'https://sso.example.com'"],
    [
      { baseUrl: 'https://sso.example.com/realms/shop', realm: 'shop' },
      "write baseUrl: 'https://sso.example.com', realm: 'shop'",
    ],
    [{ baseUrl: 'https://sso.example.com/admin/master/console', realm: 'a' }, "baseUrl: 'https://sso.example.com'"],
    [{ baseUrl: 'https://<host>', realm: 'shop' }, 'baseUrl still holds a placeholder'],
    [{ baseUrl: 'https://a:b@sso.example.com', realm: 'shop' }, 'must have no query, fragment or credentials'],
    [{ baseUrl: 'https://sso.example.com' }, 'realm is required'],
    [{ baseUrl: 'https://sso.example.com', realm: '{realm}' }, 'realm still holds a placeholder'],
    [{ baseUrl: 'https://sso.example.com', realm: 'realms/shop' }, 'realm must be the name alone'],
    [{ url: 'https://sso.example.com', realm: 'shop' }, 'unknown option url'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => keycloak(options as never))).toContain(fault)
  })

  describeMetadata(
    keycloak({ baseUrl: 'https://sso.example.com', realm: 'shop' }),
    {
      issuer: 'https://sso.example.com/realms/shop',
      token_endpoint: 'https://sso.example.com/realms/shop/protocol/openid-connect/token',
      code_challenge_methods_supported: ['plain', 'S256'],
    },
    { name: 'keycloak', placeholders: { '{host}': 'sso.example.com', '{realm}': 'shop' } },
  )
})
