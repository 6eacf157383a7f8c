// What a hand-written app keeps of a login in its session, and how it refreshes that: as openid-client's README shows.
import { refreshTokenGrant } from 'openid-client'

/** @param {import('openid-client').TokenEndpointResponse & import('openid-client').TokenEndpointResponseHelpers} tokens */
export function userOf(tokens) {
  const claims = tokens.claims()
  return { sub: claims.sub, claims, ...tokensOf(tokens) }
}

/** The user with tokens that are good now; nothing coordinates two who ask at the same moment. */
export async function freshUser(config, user) {
  if (user.expiresAt > Date.now() / 1000) return user
  return { ...user, ...tokensOf(await refreshTokenGrant(config, user.refreshToken)) }
}

function tokensOf(tokens) {
  return {
    idToken: tokens.id_token,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() / 1000 + tokens.expires_in,
  }
}
