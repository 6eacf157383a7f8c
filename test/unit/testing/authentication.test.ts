// The test provider authenticates its user as strongly and as newly as it is asked to (OpenID Connect Core 1.0 section 3.1.2.1).
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import { authorizationResponse, requestTokens, type TokenResponse, takeCode } from './code-flow.ts'

let provider: TestProvider

beforeAll(async () => {
  provider = await startTestProvider()
})
afterEach(() => {
  provider.acrValues = undefined
  provider.signedInAt = undefined
})
afterAll(async () => provider.close())

const now = () => Math.floor(Date.now() / 1000)

async function claimsFor(parameters: Record<string, string>) {
  const response = await requestTokens(provider, { code: await takeCode(provider, parameters) })
  return decodeJwt(((await response.json()) as TokenResponse).id_token)
}

function essential(value: string): Record<string, string> {
  return { claims: JSON.stringify({ id_token: { acr: { essential: true, values: [value] } } }) }
}

it('delivers the first acr that it supports, and otherwise what it has', async () => {
  provider.acrValues = ['bronze', 'silver']
  expect((await claimsFor({ acr_values: 'gold silver' }))['acr']).toBe('silver')
  expect((await claimsFor({ acr_values: 'gold' }))['acr']).toBe('bronze')
})

it('delivers an essential acr, or answers unmet_authentication_requirements', async () => {
  expect((await claimsFor(essential('gold')))['acr']).toBe('gold')
  provider.acrValues = ['bronze']
  expect((await authorizationResponse(provider, essential('gold'))).get('error')).toBe(
    'unmet_authentication_requirements',
  )
})

it('keeps auth_time until max_age or prompt=login asks for a newer one', async () => {
  for (const parameters of [{ max_age: '60' }, { max_age: '0' }, { prompt: 'login' }]) {
    const earlier = now() - 3600
    provider.signedInAt = earlier
    expect((await claimsFor({ max_age: '7200' }))['auth_time']).toBe(earlier)
    expect((await claimsFor(parameters))['auth_time']).toBeGreaterThanOrEqual(earlier + 3600)
  }
})
