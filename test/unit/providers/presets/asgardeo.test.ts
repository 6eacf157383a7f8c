import { describe, expect, it } from 'vitest'
import { asgardeo } from '../../../../src/providers/presets/asgardeo.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('asgardeo', () => {
  it('has the token endpoint of the organization as its issuer', () => {
    expect(asgardeo({ organization: 'bifrost' }).issuer).toBe('https://api.asgardeo.io/t/bifrost/oauth2/token')
  })

  it('takes another region or a custom domain as its base URL', () => {
    const { issuer } = asgardeo({ organization: 'bifrost', baseUrl: 'https://api.eu.asgardeo.io' })
    expect(issuer).toBe('https://api.eu.asgardeo.io/t/bifrost/oauth2/token')
  })

  it.each([
    [{ organization: '' }, 'organization must not be empty'],
    [{ organization: '{organization}' }, 'organization still holds a placeholder'],
    [{ organization: '<org>' }, 'organization still holds a placeholder'],
    [{ organization: 't/bifrost' }, "organization must be the name alone: write 'bifrost'"],
    [{ organization: 'https://api.asgardeo.io/t/bifrost/oauth2/token' }, "write 'bifrost'"],
    [{ organization: 'bifrost/' }, "organization must be the name alone, such as 'bifrost'"],
    [{ organization: 'a', baseUrl: 'https://api.asgardeo.io/' }, "write 'https://api.asgardeo.io'"],
    [{ organization: 'a', baseUrl: 'api.asgardeo.io' }, "baseUrl must be a URL such as 'https://api.asgardeo.io'"],
    [{ organization: 'a', baseUrl: 'https://console.asgardeo.io' }, 'baseUrl is the address of the Console'],
    [
      { organization: 'a', baseUrl: 'https://api.asgardeo.io/t/bifrost/oauth2' },
      "write baseUrl: 'https://api.asgardeo.io', organization: 'bifrost'",
    ],
    [{ organisation: 'bifrost' }, 'unknown option organisation: did you mean organization?'],
    [{}, 'organization is required'],
    [undefined, 'organization is required'],
    [null, 'options must be an object'],
    [{ organisation: 'bifrost', url: 'x' }, 'organization?; unknown option url (known: '],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => asgardeo(options as never))).toContain(fault)
  })

  describeMetadata(
    asgardeo({ organization: 'bifrost' }),
    {
      issuer: 'https://api.asgardeo.io/t/bifrost/oauth2/token',
      token_endpoint: 'https://api.asgardeo.io/t/bifrost/oauth2/token',
      end_session_endpoint: 'https://api.asgardeo.io/t/bifrost/oidc/logout',
      code_challenge_methods_supported: ['S256', 'plain'],
    },
    { name: 'asgardeo', placeholders: { '{organization}': 'bifrost' } },
  )
})
