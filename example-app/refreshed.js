// @ts-check
// When the access token at hand was refreshed by hand: kept in the app's own session, for the profile page to show.
import { promisify } from 'node:util'

/**
 * @typedef {object} Refreshed
 * @property {number} at in seconds since 1970
 * @property {number | undefined} expiresAt of the token that came: it tells whether the token is still that one
 */

/**
 * Saved before the answer, because the browser may ask for the next page before express-session has saved by itself.
 *
 * @param {import('express').Request} req
 */
export async function noteRefreshed({ session, user }) {
  /** @type {Refreshed} */
  const refreshed = { at: Math.floor(Date.now() / 1000), expiresAt: user?.expiresAt }
  Object.assign(session, { refreshed })
  await promisify(session.save.bind(session))()
}

/**
 * @param {import('express').Request} req
 * @returns {number | undefined}
 */
export function refreshedAt({ session, user }) {
  const { refreshed } = /** @type {{ refreshed?: Refreshed }} */ (/** @type {unknown} */ (session))
  return refreshed?.expiresAt === user?.expiresAt ? refreshed?.at : undefined
}
