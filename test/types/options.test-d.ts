import { createPrivateKey, type JsonWebKey, type webcrypto } from 'node:crypto'
import {
  type ClientAuthentication,
  type ClientOptions,
  type HttpRequest,
  type Options,
  type PrivateKey,
  type ProviderOptions,
  type RelyingPartyError,
  relyingParty,
  type Store,
  type UserClaims,
} from 'express-relying-party'
import type { JWK } from 'jose'
import { Agent, ProxyAgent } from 'undici'
import { describe, expectTypeOf, it } from 'vitest'

const required = { provider: { issuer: 'https://id.example' }, clientId: 'orders', baseUrl: 'https://app.example' }

describe('Options', () => {
  it('accept what is documented, and undefined for absent', () => {
    relyingParty({ ...required, clientSecret: process.env['CLIENT_SECRET'], secret: process.env['SECRET'] })
    relyingParty({ ...required, secret: ['new', 'old'] as const, scope: undefined, routes: undefined })
    relyingParty({ ...required, routes: { login: false, callback: '', logout: undefined } })
    relyingParty({ ...required, dispatcher: new ProxyAgent('http://proxy.example') })
    relyingParty({ ...required, dispatcher: new Agent({ connect: { ca: '' } }) })
    relyingParty({ ...required, fetch: globalThis.fetch })
    relyingParty({ ...required, authorizationParameters: ({ url }) => ({ from: url ?? '/' }) })
  })

  it('accept a store of the user', () => {
    const store: Store = { get: async () => undefined, set: async () => {}, delete: async () => {} }
    relyingParty({ ...required, store })
    // @ts-expect-error: nothing deletes
    relyingParty({ ...required, store: { get: store.get, set: store.set } })
  })

  it('are required where there is no default', () => {
    // @ts-expect-error: nothing is given
    relyingParty()
    // @ts-expect-error: nothing is given
    relyingParty({})
    // @ts-expect-error: no baseUrl
    relyingParty({ provider: required.provider, clientId: required.clientId })
    // @ts-expect-error: no issuer
    relyingParty({ ...required, provider: {} })
  })

  it('have no other names', () => {
    // @ts-expect-error: unknown
    relyingParty({ ...required, clientID: 'orders' })
    // @ts-expect-error: unknown
    relyingParty({ ...required, routes: { signin: '/login' } })
    // @ts-expect-error: unknown
    relyingParty({ ...required, provider: { issuer: 'https://id.example', clientID: 'orders' } })
    // @ts-expect-error: unknown
    relyingParty({ ...required, session: { idle: 1 } })
    // @ts-expect-error: unknown
    relyingParty({ ...required, refresh: { before: 1 } })
    // @ts-expect-error: unknown
    relyingParty({ ...required, routes: { backChannelLogout: '/x' } })
  })

  it('say how long a login lives, and how it is refreshed', () => {
    relyingParty({ ...required, session: { idleSeconds: 60, absoluteSeconds: undefined }, refresh: undefined })
    relyingParty({ ...required, refresh: { beforeExpirySeconds: 30, onFailure: 'keep' } })
    relyingParty({ ...required, routes: { backchannelLogout: false, frontchannelLogout: '/bye' } })
    relyingParty({ ...required, apiOrigins: ['https://api.example'] as const })
    // @ts-expect-error: seconds are a number
    relyingParty({ ...required, session: { idleSeconds: '60' } })
    // @ts-expect-error: no such policy
    relyingParty({ ...required, refresh: { onFailure: 'ignore' } })
    // @ts-expect-error: origins are a list
    relyingParty({ ...required, apiOrigins: 'https://api.example' })
    // @ts-expect-error: origins are texts
    relyingParty({ ...required, apiOrigins: [new URL('https://api.example')] })
    // @ts-expect-error: a logout route is a path or false
    relyingParty({ ...required, routes: { backchannelLogout: true } })
  })

  it('let a function decide what a refresh token that is refused does, at once or later', () => {
    relyingParty({
      ...required,
      refresh: {
        onFailure: (error, request) => {
          expectTypeOf(error).toEqualTypeOf<RelyingPartyError>()
          expectTypeOf(request).toEqualTypeOf<HttpRequest>()
          return 'end'
        },
      },
    })
    relyingParty({ ...required, refresh: { onFailure: async ({ error }) => (error === undefined ? 'keep' : 'end') } })
    // @ts-expect-error: it has to decide
    relyingParty({ ...required, refresh: { onFailure: () => undefined } })
    // @ts-expect-error: no such policy
    relyingParty({ ...required, refresh: { onFailure: async () => 'ignore' } })
  })

  it('have no other types', () => {
    // @ts-expect-error: an object with an issuer
    relyingParty({ ...required, provider: 'https://id.example' })
    // @ts-expect-error: seconds are a number
    relyingParty({ ...required, httpTimeoutSeconds: '10' })
    // @ts-expect-error: a URL is a text, which is never normalised
    relyingParty({ ...required, baseUrl: new URL('https://app.example') })
    // @ts-expect-error: there is no way to switch the signature off
    relyingParty({ ...required, idTokenSignedResponseAlg: 'none' })
    // @ts-expect-error: unknown method
    relyingParty({ ...required, clientAuthentication: 'basic' })
    // @ts-expect-error: the callback cannot be switched off
    relyingParty({ ...required, routes: { callback: false } })
    // @ts-expect-error: parameters are texts
    relyingParty({ ...required, authorizationParameters: { max_age: 60 } })
    // @ts-expect-error: a clock gives a number
    relyingParty({ ...required, clock: () => new Date() })
  })

  it('are read-only', () => {
    expectTypeOf<Options['baseUrl']>().toEqualTypeOf<string | readonly string[]>()
    const options: Options = { ...required }
    // @ts-expect-error: read-only
    options.clientId = 'other'
  })

  it('name one provider or several, with the client beside them or in each', () => {
    const { issuer } = required.provider
    const beside = { baseUrl: required.baseUrl }
    relyingParty({ ...beside, clientId: 'orders', providers: { a: { issuer }, b: { issuer, clientId: 'own' } } })
    relyingParty({ ...beside, provider: { issuer, clientId: 'orders', scope: 'openid email' } })
    relyingParty({ ...beside, provider: undefined, clientId: undefined, providers: { a: { issuer, clientId: 'own' } } })
    // @ts-expect-error: providers have ids
    relyingParty({ ...beside, clientId: 'orders', providers: [{ issuer }] })
    // @ts-expect-error: no issuer
    relyingParty({ ...beside, clientId: 'orders', providers: { a: {} } })
    // @ts-expect-error: unknown in a provider
    relyingParty({ ...beside, clientId: 'orders', providers: { a: { issuer, baseUrl: 'https://app.example' } } })
    expectTypeOf<ProviderOptions>().toExtend<ClientOptions>()
    expectTypeOf<Options>().toExtend<ClientOptions>()
  })

  it('take a private key as a JWK, a PEM or a KeyObject', () => {
    const jwk = { kty: 'EC', alg: 'ES256', kid: '1' }
    relyingParty({ ...required, clientAuthentication: { privateKeyJwt: jwk } })
    relyingParty({ ...required, clientAuthentication: { privateKeyJwt: 'pem', alg: 'PS256', kid: '1' } })
    relyingParty({ ...required, clientAuthentication: { privateKeyJwt: createPrivateKey('pem'), alg: undefined } })
    relyingParty({ ...required, clientAuthentication: 'client_secret_jwt', clientSecret: 's' })
    expectTypeOf<JWK>().toExtend<PrivateKey>() // of jose
    expectTypeOf<JsonWebKey>().toExtend<PrivateKey>()
    expectTypeOf<webcrypto.JsonWebKey>().toExtend<PrivateKey>()
    // @ts-expect-error: HS256 is client_secret_jwt
    relyingParty({ ...required, clientAuthentication: { privateKeyJwt: 'pem', alg: 'HS256' } })
    // @ts-expect-error: the method needs its key
    relyingParty({ ...required, clientAuthentication: 'private_key_jwt' })
    expectTypeOf<ClientAuthentication>()
      .extract<string>()
      .toEqualTypeOf<'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'none'>()
  })

  it('make claims with a sub of what a plain OAuth 2.0 provider answers', () => {
    const { issuer } = required.provider
    const userClaims: ProviderOptions['userClaims'] = ({ id }) => ({ sub: String(id), id })
    relyingParty({ ...required, scope: 'read:user', provider: { issuer, userClaims } })
    // @ts-expect-error: no sub
    relyingParty({ ...required, provider: { issuer, userClaims: () => ({ name: 'Alice' }) } })
    // @ts-expect-error: a sub is a text
    relyingParty({ ...required, provider: { issuer, userClaims: () => ({ sub: 7 }) } })
    // @ts-expect-error: nothing waits for a promise
    relyingParty({ ...required, provider: { issuer, userClaims: async () => ({ sub: 'alice' }) } })
    expectTypeOf<UserClaims['sub']>().toBeString()
  })

  it('are read-only in each provider', () => {
    const provider: ProviderOptions = { ...required.provider }
    // @ts-expect-error: read-only
    provider.issuer = 'https://evil.example'
    const options: Options = { ...required, providers: { a: provider } }
    // @ts-expect-error: read-only
    if (options.providers !== undefined) options.providers['b'] = provider
  })
})
