import { describe, expect, it } from 'vitest'
import { type PingOneRegion, pingOne } from '../../../../src/providers/presets/ping-one.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

const environmentId = '9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7'

describe('pingOne', () => {
  const regions: [PingOneRegion | undefined, string][] = [
    [undefined, 'com'],
    ['NA', 'com'],
    ['EU', 'eu'],
    ['CA', 'ca'],
    ['AP', 'asia'],
    ['AU', 'com.au'],
    ['SG', 'sg'],
    ['com', 'com'],
    ['eu', 'eu'],
    ['ca', 'ca'],
    ['asia', 'asia'],
    ['com.au', 'com.au'],
    ['sg', 'sg'],
  ]

  it.each(regions)('in the region %s is below auth.pingone.%s', (region, end) => {
    expect(pingOne({ environmentId, region }).issuer).toBe(`https://auth.pingone.${end}/${environmentId}/as`)
  })

  it('has neither region nor environment in the issuer of a custom domain', () => {
    expect(pingOne({ environmentId, customDomain: 'login.example.com' }).issuer).toBe('https://login.example.com/as')
    expect(pingOne({ customDomain: 'login.example.com' }).issuer).toBe('https://login.example.com/as')
  })

  it.each([
    [{}, 'environmentId (or customDomain) is required'],
    [{ environmentId: '' }, 'environmentId must not be empty'],
    [{ environmentId: '{{envID}}' }, 'environmentId still holds a placeholder'],
    [{ environmentId: 'production' }, 'environmentId must be a UUID: the Environment ID'],
    [{ environmentId: `https://auth.pingone.eu/${environmentId}/as` }, 'environmentId must be a UUID'],
    [{ environmentId, region: 'US' }, 'NA (com), EU (eu), CA (ca), AP (asia), AU (com.au), SG (sg)'],
    [{ environmentId, region: 'eu/' }, 'region must be one of'],
    [{ environmentId, customDomain: 'https://login.example.com/as' }, "write 'login.example.com'"],
    [{ environmentId, customDomain: 'auth.pingone.eu' }, 'leave customDomain out, give environmentId and region'],
    [{ environmentId, customDomain: 'login.example.com', region: 'EU' }, 'region and customDomain exclude each other'],
    [{ environmentID: environmentId }, 'unknown option environmentID: did you mean environmentId?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => pingOne(options as never))).toContain(fault)
  })

  describeMetadata(
    pingOne({ environmentId, region: 'EU' }),
    {
      issuer: `https://auth.pingone.eu/${environmentId}/as`,
      end_session_endpoint: `https://auth.pingone.eu/${environmentId}/as/signoff`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['plain', 'S256'],
    },
    { name: 'pingone', placeholders: { '{tld}': 'eu', '{envID}': environmentId } },
  )
})
