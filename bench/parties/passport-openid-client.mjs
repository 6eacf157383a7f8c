// Passport with the strategy of openid-client, as the README of openid-client shows it.
import { allowInsecureRequests, discovery } from 'openid-client'
import { Strategy } from 'openid-client/passport'
import { clientId, clientSecret, scope } from './client.mjs'
import { createPassportApp } from './passport-app.mjs'
import { freshUser, userOf } from './user.mjs'

export async function createApp({ baseUrl, issuer, store }) {
  const insecure = { execute: [allowInsecureRequests] } // http on loopback
  const config = await discovery(new URL(issuer), clientId, clientSecret, undefined, insecure)
  const strategy = new Strategy({ config, scope, callbackURL: `${baseUrl}/callback` }, (tokens, verified) => {
    verified(null, userOf(tokens))
  })
  const refresh = (user) => freshUser(config, user)
  return createPassportApp({ store, strategy, name: 'openid', refresh })
}
