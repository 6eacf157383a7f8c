// express-openid-connect as its README shows it, with the code flow; its session in a store or in its default cookie.
import express from 'express'
import openid from 'express-openid-connect'
import { clientId, clientSecret, scope, secret } from './client.mjs'

export function createApp({ baseUrl, issuer, store, options }) {
  const app = express()
  app.use(
    openid.auth({
      issuerBaseURL: issuer,
      baseURL: baseUrl,
      clientID: clientId,
      clientSecret,
      secret,
      authRequired: false,
      authorizationParams: { response_type: 'code', scope },
      ...(options.hasStore && { session: { store } }),
    }),
  )
  app.get('/guarded', openid.requiresAuth(), (request, response) => response.json({ sub: request.oidc.user.sub }))
  app.get('/fresh', openid.requiresAuth(), async (request, response) => {
    let { accessToken } = request.oidc
    if (accessToken.isExpired()) accessToken = await accessToken.refresh()
    response.json({ sub: request.oidc.user.sub, tokenLength: accessToken.access_token.length })
  })
  return app
}
