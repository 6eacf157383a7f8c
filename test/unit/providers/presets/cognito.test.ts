import { describe, expect, it } from 'vitest'
import { cognito } from '../../../../src/providers/presets/cognito.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

const pool = {
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_AbCdEf123',
  domain: 'shop.auth.eu-central-1.amazoncognito.com',
}

describe('cognito', () => {
  it('has the user pool as its issuer', () => {
    expect(cognito(pool).issuer).toBe('https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123')
  })

  it.each([
    ['shop.auth.eu-central-1.amazoncognito.com', 'https://shop.auth.eu-central-1.amazoncognito.com/logout'],
    ['login.example.com', 'https://login.example.com/logout'],
  ])('with the domain %s signs out at %s with logout_uri', (domain, url) => {
    expect(cognito({ ...pool, domain }).endSessionFallback).toEqual({ url, redirectParameter: 'logout_uri' })
  })

  it.each([
    [{ region: '' }, 'region must not be empty'],
    [{ region: 'Frankfurt' }, 'region must be a region of AWS'],
    [{ region: 'us-east-1' }, "userPoolId must begin with the region and '_'"],
    [{ userPoolId: '<pool>' }, 'userPoolId still holds a placeholder'],
    [{ userPoolId: cognito(pool).issuer }, "userPoolId must be the id alone: write 'eu-central-1_AbCdEf123'"],
    [{ domain: 'shop' }, "domain must be the whole domain: write 'shop.auth.'"],
    [{ domain: 'https://shop.auth.eu-central-1.amazoncognito.com' }, `write '${pool.domain}'`],
    [{ domain: 'cognito-idp.eu-central-1.amazonaws.com' }, 'domain is the host of the issuer'],
    [{ domain: undefined }, 'domain is required'],
    [{ poolId: 'a' }, 'unknown option poolId'],
  ])('refuses %j: %s', (changes, fault) => {
    expect(refusalOf(() => cognito({ ...pool, ...changes } as never))).toContain(fault)
  })

  describeMetadata(
    cognito(pool),
    {
      issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
      authorization_endpoint: 'https://shop.auth.eu-central-1.amazoncognito.com/oauth2/authorize',
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    },
    {
      name: 'cognito',
      placeholders: { '{region}': pool.region, '{userPoolId}': pool.userPoolId, '{domain}': 'shop' },
    },
  )
})
