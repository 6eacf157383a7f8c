// @ts-check
// The signed-in user, as the pages and the API show it: claims and facts about the tokens, never a token.

/** @typedef {NonNullable<import('express').Request['user']>} User */

/** Claims that are an instant, in seconds (OpenID Connect Core 1.0 sections 2 and 5.1). */
const instantClaims = ['iat', 'exp', 'auth_time', 'updated_at']

/**
 * What programs get.
 *
 * @param {User} user
 */
export function toJson({ sub, claims, scope, expiresAt }) {
  return { sub, claims, scope, expiresAt }
}

/**
 * What pages show. Only `sub` is certain: a provider, or the person, may keep back everything else.
 *
 * @param {User} user
 * @param {number} [refreshedAt] when the access token was refreshed, in seconds since 1970
 */
export function toView({ sub, claims, scope, tokenType, expiresAt }, refreshedAt) {
  const name = String(claims.name || claims.preferred_username || claims.email || sub)
  return {
    name,
    initial: name.slice(0, 1).toUpperCase(),
    detail: String(claims.email || sub),
    claims: Object.entries(claims).map(([claim, value]) => ({ claim, value: describeClaim(claim, value) })),
    token: {
      scope: scope.split(' '),
      type: tokenType,
      expiresAt: expiresAt === undefined ? undefined : describeInstant(expiresAt),
      hasEnded: expiresAt !== undefined && expiresAt * 1000 <= Date.now(),
      refreshedAt: refreshedAt === undefined ? undefined : describeInstant(refreshedAt),
    },
  }
}

/**
 * @param {string} claim
 * @param {unknown} value
 */
function describeClaim(claim, value) {
  if (typeof value === 'number' && instantClaims.includes(claim)) return describeInstant(value)
  return { text: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** @param {number} instant in seconds since 1970 */
export function describeInstant(instant) {
  const date = new Date(instant * 1000)
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
  return { text: `${format.format(date)} UTC`, iso: date.toISOString() }
}
