// Auth.js as its documentation for Express shows it: the session is an encrypted cookie, without the tokens.
import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'
import { clientId, clientSecret, scope, secret } from './client.mjs'

export function createApp({ issuer }) {
  const provider = {
    id: 'bench',
    name: 'Bench',
    type: 'oidc',
    issuer,
    clientId,
    clientSecret,
    authorization: { params: { scope } },
    checks: ['pkce', 'state'],
  }
  const options = { providers: [provider], secret, trustHost: true }
  const app = express()
  // Not '/auth/*splat': on Express 5 it would take the whole path for its base path.
  app.use('/auth', ExpressAuth(options))
  const requireUser = async (request, response, next) => {
    response.locals.session = await getSession(request, options)
    if (response.locals.session?.user) next()
    else response.redirect('/auth/signin')
  }
  app.get('/guarded', requireUser, (_request, response) => response.json({ sub: response.locals.session.user.email }))
  return app
}
