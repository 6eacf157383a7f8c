import express from 'express'
import {
  type Claims,
  errorPage,
  keepAccessTokenFresh,
  type LogoutTarget,
  RelyingPartyError,
  type RelyingPartyErrorCode,
  type RelyingPartyUser,
  type RequestOidc,
  relyingParty,
  requireAuth,
} from 'express-relying-party'
import { describe, expectTypeOf, it } from 'vitest'

const options = { provider: { issuer: 'https://id.example' }, clientId: 'orders', baseUrl: 'https://app.example' }

describe('Express 5', () => {
  const app = express()

  it('accepts the middleware, the guard and the error page without a cast', () => {
    app.use(relyingParty(options))
    app.use('/shop', relyingParty(options))
    app.use(errorPage())
    app.get('/orders', requireAuth(), (_request, response) => response.end())
    app.post('/orders', requireAuth(), async (_request, response) => {
      response.end()
    })
    express.Router().use(requireAuth())
  })

  it('types req.user and req.oidc in handlers', () => {
    app.get('/orders/:id', requireAuth(), (request, response) => {
      expectTypeOf(request.user).toEqualTypeOf<Express.User | undefined>()
      expectTypeOf<Express.User>().toExtend<RelyingPartyUser>()
      expectTypeOf(request.user?.sub).toEqualTypeOf<string | undefined>()
      expectTypeOf(request.user?.claims).toEqualTypeOf<Readonly<Claims> | undefined>()
      expectTypeOf(request.user?.provider).toEqualTypeOf<string | undefined>()
      expectTypeOf<RelyingPartyUser['sub']>().toEqualTypeOf<string | undefined>()
      expectTypeOf<RelyingPartyUser['idToken']>().toEqualTypeOf<string | undefined>()
      expectTypeOf<Claims['iss']>().toEqualTypeOf<string>()
      expectTypeOf<Claims['sub']>().toEqualTypeOf<string | undefined>()
      expectTypeOf(request.oidc).toEqualTypeOf<RequestOidc>()
      expectTypeOf(request.oidc.login).returns.toEqualTypeOf<Promise<void>>()
      expectTypeOf(request.oidc.isAuthenticated).toBeBoolean()
      response.json({ id: request.params.id, scope: request.user?.scope })
    })
  })

  it('knows that a person may be signed out, and that nobody writes on the user', () => {
    app.get('/orders', (request, response) => {
      // @ts-expect-error: undefined when nobody is signed in
      response.end(request.user.sub)
      if (request.user === undefined) return
      // @ts-expect-error: the validated tokens are read-only
      request.user.sub = 'admin'
      // @ts-expect-error: so are the claims
      request.user.claims.sub = 'admin'
      // @ts-expect-error: refresh tokens stay on the server
      response.end(request.user.refreshToken)
      // @ts-expect-error: no such method
      request.oidc.signIn()
      // @ts-expect-error: the URL is a text
      void request.oidc.login({ returnTo: new URL('https://app.example') })
      void request.oidc.login({ provider: 'a', returnTo: undefined })
      // @ts-expect-error: a provider is named by its id
      void request.oidc.login({ provider: { issuer: 'https://id.example' } })
    })
  })

  it('types what a request can do with the access token', () => {
    app.get('/orders', keepAccessTokenFresh(), async ({ oidc, user }, response) => {
      expectTypeOf(oidc.getAccessToken()).toEqualTypeOf<Promise<string>>()
      await oidc.getAccessToken({ resource: 'https://api.example', scope: undefined, forceRefresh: true })
      expectTypeOf(oidc.fetch(new URL('https://api.example'))).toEqualTypeOf<Promise<Response>>()
      await oidc.fetch('https://api.example', { method: 'POST', body: new URLSearchParams() })
      expectTypeOf(user?.accessToken).toEqualTypeOf<string | undefined>()
      expectTypeOf(user?.expiresAt).toEqualTypeOf<number | undefined>()
      // @ts-expect-error: a resource is named by its URI as a text
      await oidc.getAccessToken({ resource: new URL('https://api.example') })
      // @ts-expect-error: scopes are one text, separated by spaces
      await oidc.getAccessToken({ scope: ['read'] })
      // @ts-expect-error: the URL first
      await oidc.fetch({ url: 'https://api.example' })
      // @ts-expect-error: known by its login
      oidc.isAuthenticated = true
      response.end()
    })
  })

  it('types the sign-out everywhere, of this person or of a target', () => {
    const signIn = relyingParty(options)
    app.use(signIn)
    expectTypeOf(signIn.endLogins).parameters.toEqualTypeOf<[target: LogoutTarget]>()
    void signIn.endLogins({ iss: 'https://id.example', sid: '1' })
    // @ts-expect-error: outside of a request there is no person
    void signIn.endLogins()
    app.post('/everywhere', async ({ oidc }, response) => {
      await oidc.endLogins()
      await oidc.endLogins({ iss: 'https://id.example', sub: 'alice' })
      await oidc.endLogins({ iss: 'https://id.example', sid: '1', sub: 'alice' })
      // @ts-expect-error: whose logins?
      await oidc.endLogins({ iss: 'https://id.example' })
      // @ts-expect-error: a sub alone names nobody
      await oidc.endLogins({ sub: 'alice' })
      response.end()
    })
  })

  it('narrows errors by their class and code', () => {
    app.use((error: unknown, _request: express.Request, response: express.Response, next: express.NextFunction) => {
      if (!(error instanceof RelyingPartyError)) return next(error)
      expectTypeOf(error.code).toEqualTypeOf<RelyingPartyErrorCode>()
      // @ts-expect-error: no such code
      if (error.code === 'ERR_RP_NOTHING') return
      response.status(error.status).end()
    })
  })
})
