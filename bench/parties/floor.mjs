// The floor: written by hand as the README of openid-client shows, with the user and the tokens in express-session.
import express from 'express'
import session from 'express-session'
import * as client from 'openid-client'
import { clientId, clientSecret, scope, secret } from './client.mjs'
import { freshUser, userOf } from './user.mjs'

export async function createApp({ baseUrl, issuer, store }) {
  const redirectUri = `${baseUrl}/callback`
  const insecure = { execute: [client.allowInsecureRequests] } // http on loopback
  const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, insecure)
  const app = express()
  app.use(session({ secret, store, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))

  app.get('/login', async (request, response) => {
    const codeVerifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const nonce = client.randomNonce()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    request.session.transaction = { codeVerifier, state, nonce }
    response.redirect(url.href)
  })

  app.get('/callback', async (request, response) => {
    const { codeVerifier, state, nonce } = request.session.transaction
    const tokens = await client.authorizationCodeGrant(config, new URL(request.url, baseUrl), {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
    })
    await new Promise((resolve, reject) => request.session.regenerate((error) => (error ? reject(error) : resolve())))
    request.session.user = userOf(tokens)
    await new Promise((resolve, reject) => request.session.save((error) => (error ? reject(error) : resolve())))
    response.redirect('/guarded')
  })

  const requireUser = (request, response, next) => {
    if (request.session.user) next()
    else response.sendStatus(401)
  }
  app.get('/guarded', requireUser, (request, response) => response.json({ sub: request.session.user.sub }))
  app.get('/fresh', requireUser, async (request, response) => {
    const user = await freshUser(config, request.session.user)
    request.session.user = user
    response.json({ sub: user.sub, tokenLength: user.accessToken.length })
  })
  return app
}
