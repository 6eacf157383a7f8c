import express from 'express'
import {
  type ClaimPredicate,
  type Claims,
  type ClaimValue,
  errorPage,
  type HttpRequest,
  keepAccessTokenFresh,
  memoryStore,
  requireAccessToken,
  requireAuth,
  requireClaim,
  requireScope,
} from 'express-relying-party'
import { describe, expectTypeOf, it } from 'vitest'

describe('requireClaim', () => {
  it('takes a value, a list of values, or a function that may be async', () => {
    requireClaim('groups', 'admins')
    requireClaim(['realm_access', 'roles'], ['editor', 5, true] as const)
    requireClaim('age', (age) => Number(age) > 17)
    requireClaim('groups', async (value, claims, request) => {
      expectTypeOf(value).toBeUnknown()
      expectTypeOf(claims).toEqualTypeOf<Claims>()
      expectTypeOf(request).toEqualTypeOf<HttpRequest>()
      return await Promise.resolve(claims.iss === request.url)
    })
    const isAdmin: ClaimPredicate = () => true
    const names: readonly ClaimValue[] = ['admins']
    requireClaim('groups', isAdmin, { acrValues: ['mfa'] })
    requireClaim('groups', names)
  })

  it('knows the request of Express where the function says so', () => {
    express().use(
      '/tenants/:tenant',
      requireClaim('tenants', (tenants, _claims, request: express.Request) => {
        return Array.isArray(tenants) && tenants.includes(request.params['tenant'])
      }),
    )
  })

  it('is not made without an expectation', () => {
    // @ts-expect-error: which group?
    requireClaim('groups')
    // @ts-expect-error: the variable may not be set
    requireClaim('groups', process.env['ADMIN_GROUP'])
    // @ts-expect-error: nor may this one
    requireClaim('groups', ['admins', process.env['ADMIN_GROUP']])
    // @ts-expect-error: not in a list either
    requireClaim('groups', [['admins']])
    // @ts-expect-error: a function says that
    requireClaim('groups', /admins/)
    // @ts-expect-error: it has to be awaited
    requireClaim('groups', Promise.resolve('admins'))
    // @ts-expect-error: only true lets pass
    requireClaim('groups', () => 'yes')
    // @ts-expect-error: only a promise of true does
    requireClaim('groups', async () => 'yes')
  })
})

describe('the other guards', () => {
  it('take no undefined for what they expect', () => {
    // @ts-expect-error: the variable may not be set
    requireScope(process.env['SCOPE'])
    // @ts-expect-error: left out when any authentication is enough
    requireAuth({ acrValues: undefined })
    // @ts-expect-error: left out when any time is enough
    requireAuth({ maxAgeSeconds: undefined })
    const provider = { issuer: 'https://id.example' }
    // @ts-expect-error: left out when no scope is needed
    requireAccessToken({ provider, audience: 'orders', scope: process.env['SCOPE'] })
    requireAuth({ onUnauthenticated: undefined, essential: undefined, resumePost: undefined })
  })

  it('take no arguments where there are no options', () => {
    // @ts-expect-error: there are none
    errorPage({})
    // @ts-expect-error: there are none
    keepAccessTokenFresh({})
    // @ts-expect-error: there are none
    memoryStore({})
    // @ts-expect-error: one object
    requireAuth({}, {})
  })
})
