// @ts-check
// Whether a page of our own sent a form: the library's rule for its own sign-out route, for our routes that change something.
import { sendProblem } from './problems.js'

/**
 * Makes a guard for POST routes that lets nothing pass which a foreign page made the person's browser send (CSRF).
 *
 * @param {string[]} origins of this app
 * @returns {import('express').RequestHandler}
 */
export function ownSiteOnly(...origins) {
  return function ownSiteOnly(req, res, next) {
    if (isOwnSite(req.headers, origins)) next()
    else sendProblem(res, { status: 403, title: 'This request did not come from a page of this site' })
  }
}

/**
 * Browsers say where a request comes from in `Sec-Fetch-Site`; those that do not, in the `Origin` of every POST. What has
 * neither comes from no browser, and so with no person's cookies but its own.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string[]} origins
 */
function isOwnSite({ 'sec-fetch-site': site, origin: sender }, origins) {
  if (site !== undefined) return site === 'same-origin' || site === 'same-site'
  return sender === undefined || origins.includes(sender)
}
