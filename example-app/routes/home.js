// @ts-check
// GET /: public; says who is signed in. The provider leads here after sign-out.
import { toView } from '../user.js'
import { renderPage } from '../views.js'

/** What only the answer to a login has: the library reads that where its callback is the start page. */
const parametersOfLogins = ['code', 'error', 'response']

/**
 * @param {{ base: string }} site
 * @returns {import('express').RequestHandler}
 */
export function home(site) {
  return function home(req, res) {
    if (isBackFromSignOut(req.query)) return res.redirect(303, `${site.base}/`)
    res.send(renderPage('home', { site, user: req.user && toView(req.user) }))
  }
}

/**
 * Providers put the `state` of the logout request on the URL (RP-Initiated Logout 1.0 section 3); nothing needs it there.
 *
 * @param {import('express').Request['query']} query
 */
function isBackFromSignOut(query) {
  return 'state' in query && !parametersOfLogins.some((name) => name in query)
}
