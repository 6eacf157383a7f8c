import express from 'express'
import {
  type Claims,
  errorPage,
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
