import { describe, expect, it } from 'vitest'
import { type OktaOptions, okta } from '../../../../src/providers/presets/okta.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

const domain = 'dev-1.okta.com'

describe('okta', () => {
  const forms: [OktaOptions, string][] = [
    [{ domain }, 'https://dev-1.okta.com'],
    [{ domain: 'Dev-1.Okta.com' }, 'https://dev-1.okta.com'],
    [{ domain, authorizationServerId: undefined }, 'https://dev-1.okta.com'],
    [{ domain, authorizationServerId: 'default' }, 'https://dev-1.okta.com/oauth2/default'],
    [{ domain, authorizationServerId: 'ausABC_1-2' }, 'https://dev-1.okta.com/oauth2/ausABC_1-2'],
    [{ domain: 'login-admin.example.com' }, 'https://login-admin.example.com'],
  ]

  it.each(forms)('given %j has the issuer %s', (options, issuer) => {
    expect(okta(options).issuer).toBe(issuer)
  })

  it('completes the thin ID token of the org authorization server by UserInfo', () => {
    expect(okta({ domain }).userinfo).toBe(true)
    expect(okta({ domain, authorizationServerId: 'default' })).not.toHaveProperty('userinfo')
  })

  it('knows that logout needs the ID token, and that assertions are for the token endpoint', () => {
    const quirks = { requiresIdTokenHint: true, clientAssertionAudience: 'token_endpoint' }
    expect(okta({ domain })).toMatchObject(quirks)
    expect(okta({ domain, authorizationServerId: 'default' })).toMatchObject(quirks)
  })

  it.each([
    [{ domain: '' }, 'domain must not be empty'],
    [{ domain: 'dev-1-admin.okta.com' }, "domain is the address of the Admin Console: write domain: 'dev-1.okta.com'"],
    [{ domain: 'https://dev-1-admin.okta.com/admin/apps' }, "Admin Console: write domain: 'dev-1.okta.com'"],
    [{ domain: 'dev-1-admin.oktapreview.com' }, "write domain: 'dev-1.oktapreview.com'"],
    [{ domain: 'https://dev-1.okta.com' }, "write 'dev-1.okta.com'"],
    [{ domain: 'dev-1.okta.com/' }, "write 'dev-1.okta.com'"],
    [{ domain: 'dev-1.okta.com:443' }, "write 'dev-1.okta.com'"],
    [{ domain: 'https://dev-1.okta.com/oauth2' }, "'/oauth2' is no issuer: write domain: 'dev-1.okta.com'"],
    [{ domain: 'dev-1.okta.com/oauth2/v1/authorize' }, "'/oauth2' is no issuer: write domain: 'dev-1.okta.com'"],
    [
      { domain: 'https://dev-1.okta.com/oauth2/default' },
      "write domain: 'dev-1.okta.com', authorizationServerId: 'default'",
    ],
    [
      { domain: 'https://dev-1-admin.okta.com/oauth2/default/.well-known/openid-configuration' },
      "write domain: 'dev-1.okta.com', authorizationServerId: 'default'",
    ],
    [{ domain: '{yourOktaDomain}' }, 'domain still holds a placeholder'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as Okta's guides have it
    [{ domain: '${yourOktaDomain}' }, 'domain still holds a placeholder'],
    [{ domain: '<your-domain>' }, 'domain still holds a placeholder'],
    [{ domain: 'dev-1' }, "domain must be a whole host name, such as 'dev-1.okta.com'"],
    [{ domain, authorizationServerId: '' }, 'authorizationServerId must not be empty'],
    [{ domain, authorizationServerId: 'v1' }, 'leave it out for the org authorization server'],
    [{ domain, authorizationServerId: 'https://dev-1.okta.com/oauth2/default' }, "write 'default'"],
    [{ domain, authorizationServerId: 'default/' }, "authorizationServerId must be an id, such as 'default'"],
    [{ domain, authorizationServerID: 'default' }, 'did you mean authorizationServerId?'],
    [{ issuer: 'https://dev-1.okta.com' }, 'unknown option issuer (known: domain, authorizationServerId)'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => okta(options as never))).toContain(fault)
  })

  it('names every fault at once', () => {
    const message = refusalOf(() => okta({ domain: 'https://dev-1.okta.com', authorizationServerId: '' }))
    expect(message).toMatch(/^okta\(options\): domain must .+; authorizationServerId must not be empty/)
  })

  describe('org authorization server', () => {
    describeMetadata(
      okta({ domain }),
      {
        issuer: 'https://dev-1.okta.com',
        authorization_endpoint: 'https://dev-1.okta.com/oauth2/v1/authorize',
        end_session_endpoint: 'https://dev-1.okta.com/oauth2/v1/logout',
        code_challenge_methods_supported: ['S256'],
      },
      { name: 'okta-org', placeholders: { '{yourOktaDomain}': domain } },
    )
  })

  describe('custom authorization server', () => {
    describeMetadata(
      okta({ domain, authorizationServerId: 'default' }),
      {
        issuer: 'https://dev-1.okta.com/oauth2/default',
        authorization_endpoint: 'https://dev-1.okta.com/oauth2/default/v1/authorize',
        code_challenge_methods_supported: ['S256'],
      },
      { name: 'okta', placeholders: { '{yourOktaDomain}': domain, '{authorizationServerId}': 'default' } },
    )
  })
})
