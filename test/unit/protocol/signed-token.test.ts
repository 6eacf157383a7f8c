import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { issuerFault, jwtRules, keyFor } from '../../../src/protocol/signed-token.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

describe('jwtRules', () => {
  it('pins the algorithm and the audience, and judges by the clock of the settings (RFC 8725 section 3.1)', () => {
    const settings = providerSettingsOf({
      clock: () => 7,
      clockToleranceSeconds: 5,
      idTokenSignedResponseAlg: 'ES256',
    })
    expect(jwtRules(settings)).toEqual({
      algorithms: ['ES256'],
      audiences: ['test-client'],
      clockToleranceSeconds: 5,
      now: 7,
    })
  })
})

describe('keyFor', () => {
  it('is the provider for public keys, and the client secret for HS algorithms', async () => {
    const published = fakeProvider({ settings: providerSettingsOf() })
    const findForStranger = () => createSecretKey('of nobody', 'utf8')
    const keys = { ...published.keys, findForStranger }
    expect(keyFor({ ...published, keys }, 'provider')).toBe(published.keys.find)
    expect(keyFor({ ...published, keys }, 'stranger')).toBe(findForStranger)
    const clientSecret = 's'.repeat(32)
    const settings = providerSettingsOf({ clientSecret, idTokenSignedResponseAlg: 'HS256' })
    const find = keyFor(fakeProvider({ settings }), 'stranger')
    const key = await find({ alg: 'HS256' })
    expect(key.export().toString()).toBe(clientSecret)
  })
})

describe('issuerFault', () => {
  const issuer = 'https://id.example'
  const template = 'https://id.example/{tenantid}'

  it.each<[claims: { iss?: unknown; tid?: unknown }, announced: string, tenants: string[] | undefined, ok: boolean]>([
    [{ iss: issuer }, issuer, undefined, true],
    [{ iss: `${issuer}/` }, issuer, undefined, false],
    [{ iss: [issuer] }, issuer, undefined, false],
    [{}, issuer, undefined, false],
    [{ iss: `${issuer}/a`, tid: 'a' }, template, ['a', 'b'], true],
    [{ iss: `${issuer}/b`, tid: 'a' }, template, ['a', 'b'], false],
    [{ iss: `${issuer}/c`, tid: 'c' }, template, ['a', 'b'], false],
    [{ iss: `${issuer}/a` }, template, ['a'], false],
    [{ iss: `${issuer}/a`, tid: 'a' }, template, undefined, false],
  ])('of %j at %s with the tenants %j: none is %s', (claims, announced, tenants, ok) => {
    expect(issuerFault(claims, announced, { tenants }) === undefined).toBe(ok)
  })
})
