import { describe, expect, it } from 'vitest'
import { requireAccessToken } from '../../src/guards/require-access-token.ts'
import { type AccessTokenOptions, parseAccessTokenOptions } from '../../src/options-access-token.ts'

const minimal: AccessTokenOptions = { provider: { issuer: 'https://id.example' }, audience: 'api://orders' }
const introspection = { clientId: 'orders-api', clientSecret: 'MARKED-SECRET' }

function messageOf(changes: object): string {
  try {
    requireAccessToken({ ...minimal, ...changes })
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_RP_OPTIONS', name: 'RelyingPartyError' })
    return (error as Error).message
  }
  return 'no error'
}

describe('requireAccessToken(options)', () => {
  it.each<[fault: string, changes: object, message: string]>([
    ['no provider', { provider: undefined }, 'provider is required'],
    ['no audience', { audience: undefined }, 'audience is required'],
    ['an empty audience', { audience: '' }, 'audience must not be empty'],
    ['no audience in the list', { audience: [] }, 'audience must not be empty'],
    ['an audience that is neither', { audience: 7 }, 'audience must be a text or a list'],
    ['a misspelt name', { audiance: 'x' }, 'unknown option audiance: did you mean audience?'],
    [
      'a misspelt name of the provider',
      { provider: { issuer: 'https://id.example', keyRefetchCooldownSecond: 1 } },
      'unknown option provider.keyRefetchCooldownSecond: did you mean provider.keyRefetchCooldownSeconds?',
    ],
    [
      'a misspelt name of introspection',
      { introspection: { ...introspection, clientID: 'x' } },
      'unknown option introspection.clientID: did you mean introspection.clientId?',
    ],
    ['an issuer without TLS', { provider: { issuer: 'http://id.example' } }, 'provider.issuer must be https:'],
    [
      'the URL of metadata',
      { provider: { issuer: 'https://a/.well-known/openid-configuration' } },
      'the issuer itself',
    ],
    ['a placeholder', { provider: { issuer: 'https://{yourOktaDomain}' } }, 'still holds a placeholder'],
    ['no algorithm', { algorithms: [] }, 'algorithms must not be empty'],
    ['a MAC', { algorithms: ['HS256'] }, 'algorithms.0 must be'],
    ['alg none', { algorithms: ['none'] }, 'algorithms.0 must be'],
    ['no issuer in the list', { issuers: [] }, 'issuers must not be empty'],
    ['an empty scope', { scope: '' }, 'scope must be scope names'],
    ['a list of no scope', { scope: [] }, 'scope must not be empty'],
    [
      'a scope from an environment variable that is not set',
      { scope: undefined },
      'scope is undefined: is an environment variable not set?',
    ],
    [
      'a list with such a scope',
      { scope: ['a', undefined] },
      'scope.1 is undefined: is an environment variable not set?',
    ],
    ['a scope that would break the challenge', { scope: 'a"b' }, 'scope must be scope names'],
    ['a realm that would break the challenge', { realm: 'a"b' }, 'realm must be printable ASCII'],
    ['a realm of two lines', { realm: 'a\r\nb' }, 'realm must be printable ASCII'],
    ['introspection without a secret', { introspection: { clientId: 'x' } }, 'introspection.clientSecret is required'],
    ['no time for requests', { httpTimeoutSeconds: 0 }, 'httpTimeoutSeconds must be more than 0'],
    ['fetch and dispatcher', { fetch, dispatcher: { request: fetch } }, 'fetch and dispatcher exclude each other'],
    ['ca and fetch', { fetch, provider: { ...minimal.provider, ca: 'x' } }, 'provider.ca needs our own HTTP pool'],
    [
      'a method without a secret',
      { introspection, provider: { ...minimal.provider, clientAuthentication: 'none' } },
      "clientAuthentication 'none' has no clientSecret",
    ],
  ])('refuses %s', (_fault, changes, message) => {
    expect(messageOf(changes)).toContain(message)
  })

  it('names its function and every fault, and no value', () => {
    const message = messageOf({ audience: 1, scope: 2, introspection: { ...introspection, clientSecret: ['MARKED'] } })
    expect(message).toMatch(/^requireAccessToken\(options\): audience .+; scope .+; introspection\.clientSecret /)
    expect(message).not.toContain('MARKED')
  })
})

describe('parseAccessTokenOptions', () => {
  it('completes the options: RS256, no scope, 30 seconds of tolerance, 10 for a request', () => {
    const settings = parseAccessTokenOptions(minimal)
    expect(settings).toMatchObject({
      audiences: ['api://orders'],
      scope: [],
      algorithms: ['RS256'],
      issuers: undefined,
      introspects: false,
      allowMissingAudience: false,
      provider: { clockToleranceSeconds: 30, httpTimeoutSeconds: 10 },
    })
    expect(Object.isFrozen(settings)).toBe(true)
  })

  it('takes undefined for absent', () => {
    const absent = { algorithms: undefined, issuers: undefined, introspection: undefined }
    expect(parseAccessTokenOptions({ ...minimal, ...absent, realm: undefined })).toMatchObject({ scope: [] })
  })

  it.each([
    ['a text', 'a b'],
    ['a list', ['a', 'b']],
    ['both', ['a b', 'a']],
  ])('takes the scope as %s', (_kind, scope) => {
    expect(parseAccessTokenOptions({ ...minimal, scope }).scope).toEqual(['a', 'b'])
  })

  it("leaves out what a preset or an app's own provider says about logins", () => {
    const provider = {
      issuer: 'https://id.example',
      clientId: 'shop',
      clientSecret: 'of the shop',
      scope: 'openid email',
      idTokenSignedResponseAlg: 'HS256' as const,
      userClaims: () => ({ sub: '1' }),
      clientAuthentication: 'client_secret_post' as const,
    }
    const keys = parseAccessTokenOptions({ ...minimal, provider }).provider
    expect([keys.clientSecret, keys.clientAuthentication, keys.userClaims]).toEqual([undefined, undefined, undefined])
    const asking = parseAccessTokenOptions({ ...minimal, provider, introspection }).provider
    expect(asking).toMatchObject({ ...introspection, clientAuthentication: 'client_secret_post', scope: '' })
  })
})
