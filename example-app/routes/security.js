// @ts-check
// GET /security: a page for those who entered their password just now; whoever did so longer ago is asked again (step-up).
import { requireAuth } from 'express-relying-party'
import { describeInstant, toView } from '../user.js'
import { renderPage } from '../views.js'

/** So few that one can watch it; a bank takes some minutes. */
const maxAgeSeconds = 60

export const requireFreshSignIn = requireAuth({ maxAgeSeconds })

/**
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function security(site) {
  return function security(req, res) {
    const user = /** @type {import('../user.js').User} */ (req.user)
    // The guard lets nobody in without it (OpenID Connect Core 1.0 section 2).
    const signedInAt = describeInstant(Number(user.claims['auth_time']))
    res.send(renderPage('security', { site, user: toView(user), signedInAt, maxAgeSeconds }))
  }
}
