// @ts-check
// GET /profile: who is signed in, as a page; programs that ask for JSON get that.
import { refreshedAt } from '../refreshed.js'
import { toJson, toView } from '../user.js'
import { renderPage } from '../views.js'

/**
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function profile(site) {
  return function profile(req, res) {
    const user = /** @type {import('../user.js').User} */ (req.user)
    if (req.accepts('html', 'json') === 'json') res.json(toJson(user))
    else res.send(renderPage('profile', { site, user: toView(user, refreshedAt(req)) }))
  }
}
