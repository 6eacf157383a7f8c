// Ours, as the README shows it.
import express from 'express'
import { errorPage, redisStore, relyingParty, requireAuth } from 'express-relying-party'
import session from 'express-session'
import { clientId, clientSecret, scope, secret } from './client.mjs'

export function createApp({ baseUrl, issuer, store }) {
  const app = express()
  app.use(session({ secret, store, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  const shared = store.redis && { store: redisStore(store.redis) }
  app.use(relyingParty({ provider: { issuer }, clientId, clientSecret, scope, baseUrl, secret, ...shared }))
  app.get('/guarded', requireAuth(), (request, response) => response.json({ sub: request.user.sub }))
  app.get('/fresh', requireAuth(), async (request, response) => {
    const accessToken = await request.oidc.getAccessToken()
    response.json({ sub: request.user.sub, tokenLength: accessToken.length })
  })
  app.use(errorPage())
  return app
}
