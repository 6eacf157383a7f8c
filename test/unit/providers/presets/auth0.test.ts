import { describe, expect, it } from 'vitest'
import { auth0 } from '../../../../src/providers/presets/auth0.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('auth0', () => {
  it('has an issuer that ends with a slash', () => {
    expect(auth0({ domain: 'example.eu.auth0.com' }).issuer).toBe('https://example.eu.auth0.com/')
    expect(auth0({ domain: 'login.example.com' }).issuer).toBe('https://login.example.com/')
  })

  it('signs out at /v2/logout with returnTo, where no end_session_endpoint is announced', () => {
    expect(auth0({ domain: 'example.eu.auth0.com' }).endSessionFallback).toEqual({
      url: 'https://example.eu.auth0.com/v2/logout',
      redirectParameter: 'returnTo',
    })
  })

  it.each([
    [{ domain: '' }, 'domain must not be empty'],
    [{ domain: '{yourDomain}' }, 'domain still holds a placeholder'],
    [{ domain: 'https://example.eu.auth0.com/' }, "write 'example.eu.auth0.com'"],
    [{ domain: 'example' }, 'domain must be a whole host name'],
    [{ issuer: 'https://example.eu.auth0.com/' }, 'unknown option issuer (known: domain)'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => auth0(options as never))).toContain(fault)
  })

  describeMetadata(
    auth0({ domain: 'example.eu.auth0.com' }),
    {
      issuer: 'https://example.eu.auth0.com/',
      authorization_endpoint: 'https://example.eu.auth0.com/authorize',
      code_challenge_methods_supported: ['S256', 'plain'],
    },
    { name: 'auth0', placeholders: { '{tenant}': 'example', '{region}': 'eu' } },
  )
})
