// @ts-check
// GET /dashboard: what GET /api/me answers, as a page; where scripts run, the page fetches it anew by itself.
import { toJson } from '../user.js'
import { renderPage } from '../views.js'

/**
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function dashboard(site) {
  return function dashboard(req, res) {
    const user = /** @type {import('../user.js').User} */ (req.user)
    res.send(renderPage('dashboard', { site, me: JSON.stringify(toJson(user), null, 2) }))
  }
}
