import { describe, expect, it } from 'vitest'
import { entraId } from '../../../../src/providers/presets/entra-id.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

const tenant = '8f6c0f4e-1f4b-4b0e-9a6f-0f3b1a2c3d4e'

describe('entraId', () => {
  it('has the tenant id in its issuer, in lower case', () => {
    const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`
    expect(entraId({ tenant }).issuer).toBe(issuer)
    expect(entraId({ tenant: tenant.toUpperCase() }).issuer).toBe(issuer)
    expect(entraId({ tenant })).not.toHaveProperty('tenants')
  })

  it.each(['organizations', 'common'])('takes %s only with the tenants that may sign in', (many) => {
    const provider = entraId({ tenant: many, tenants: [tenant.toUpperCase()] })
    expect(provider.issuer).toBe(`https://login.microsoftonline.com/${many}/v2.0`)
    expect(provider.tenants).toEqual([tenant])
    expect(refusalOf(() => entraId({ tenant: many }))).toContain('name those whose people may sign in')
    expect(refusalOf(() => entraId({ tenant: many, tenants: [] }))).toContain('must name at least one tenant')
  })

  it.each([
    [{ tenant: '' }, 'tenant must not be empty'],
    [{ tenant: '{tenantid}' }, 'tenant still holds a placeholder'],
    [{ tenant: 'contoso.onmicrosoft.com' }, 'tenant must be the Directory (tenant) ID'],
    [{ tenant: `https://login.microsoftonline.com/${tenant}/v2.0` }, 'tenant must be the Directory (tenant) ID'],
    [{ tenant: 'consumers' }, "write '9188040d-6c67-4c5b-b112-36a304b66dad'"],
    [{ tenant, tenants: [tenant] }, "tenants is for tenant 'organizations' or 'common'"],
    [{ tenant: 'common', tenants: ['contoso.com'] }, 'tenants.0 must be a UUID'],
    [{ tenantId: tenant }, 'unknown option tenantId: did you mean tenant?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => entraId(options as never))).toContain(fault)
  })

  describeMetadata(
    entraId({ tenant }),
    {
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      token_endpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    },
    { name: 'entra', placeholders: { '{tenantid}': tenant } },
  )
})
