import { describe, expect, it } from 'vitest'
import { cidaas } from '../../../../src/providers/presets/cidaas.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('cidaas', () => {
  it.each([
    ['demo.cidaas.de', 'https://demo.cidaas.de'],
    ['accounts.example.com', 'https://accounts.example.com'],
    ['Demo.Cidaas.EU', 'https://demo.cidaas.eu'],
  ])('given the domain %s has the issuer %s, without path and slash', (domain, issuer) => {
    expect(cidaas({ domain }).issuer).toBe(issuer)
  })

  it.each([
    [{ domain: '' }, 'domain must not be empty'],
    [{ domain: '{{baseurl}}' }, 'domain still holds a placeholder'],
    [{ domain: '{your-domain}' }, 'domain still holds a placeholder'],
    [{ domain: 'https://demo.cidaas.de' }, "write 'demo.cidaas.de'"],
    [{ domain: 'demo.cidaas.de/' }, "write 'demo.cidaas.de'"],
    [{ domain: 'https://demo.cidaas.de/authz-srv/authz' }, "write 'demo.cidaas.de'"],
    [{ domain: 'demo' }, 'domain must be a whole host name'],
    [{ domain: 7 }, 'domain must be string'],
    [{ baseurl: 'https://demo.cidaas.de' }, 'unknown option baseurl (known: domain)'],
    [{ domian: 'demo.cidaas.de' }, 'did you mean domain?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => cidaas(options as never))).toContain(fault)
  })

  describeMetadata(
    cidaas({ domain: 'demo.cidaas.de' }),
    {
      issuer: 'https://demo.cidaas.de',
      authorization_endpoint: 'https://demo.cidaas.de/authz-srv/authz',
      token_endpoint: 'https://demo.cidaas.de/token-srv/token',
      code_challenge_methods_supported: ['plain', 'S256'],
    },
    { name: 'cidaas', placeholders: { '{your-domain}': 'demo.cidaas.de' } },
  )
})
