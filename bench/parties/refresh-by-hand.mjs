// A refresh as the README of openid-client shows it; nothing coordinates two of them.
import { refreshTokenGrant } from 'openid-client'

/** The user with tokens that are good now. */
export async function refreshByHand(config, user) {
  if (user.expiresAt > Date.now() / 1000) return user
  const tokens = await refreshTokenGrant(config, user.refreshToken)
  return {
    ...user,
    idToken: tokens.id_token,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() / 1000 + tokens.expires_in,
  }
}
