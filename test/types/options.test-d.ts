import { type Options, relyingParty, type Store } from 'express-relying-party'
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
    expectTypeOf<Options['baseUrl']>().toBeString()
    const options: Options = { ...required }
    // @ts-expect-error: read-only
    options.clientId = 'other'
  })
})
