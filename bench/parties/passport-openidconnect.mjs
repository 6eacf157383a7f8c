// passport-openidconnect as its README shows it; it sends no PKCE and verifies no signature.
import { Strategy } from 'passport-openidconnect'
import { clientId, clientSecret } from './client.mjs'
import { createPassportApp } from './passport-app.mjs'

export function createApp({ baseUrl, issuer, store }) {
  const strategy = new Strategy(
    {
      issuer,
      authorizationURL: `${issuer}/authorize`,
      tokenURL: `${issuer}/token`,
      userInfoURL: `${issuer}/userinfo`,
      clientID: clientId,
      clientSecret,
      callbackURL: `${baseUrl}/callback`,
      scope: ['profile', 'email', 'offline_access'],
      skipUserProfile: true, // no other party asks UserInfo either
    },
    (iss, claims, _context, idToken, accessToken, refreshToken, verified) => {
      verified(null, { sub: claims.id, claims: { iss, ...claims }, idToken, accessToken, refreshToken })
    },
  )
  return createPassportApp({ store, strategy, name: 'openidconnect' })
}
