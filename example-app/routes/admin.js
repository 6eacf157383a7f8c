// @ts-check
// GET /admin: a page for those whose claims say so. Everybody else who is signed in gets a 403, and never a new login.
import { RelyingPartyError, requireClaim } from 'express-relying-party'
import { wantsPage } from '../problems.js'
import { toView } from '../user.js'
import { renderPage } from '../views.js'

/** The claims in which providers say what a person may do; each is one word or a list of words. */
const roleClaims = ['role', 'roles', 'groups']

/** Where the provider is known, its claim by name is enough: `requireClaim('groups', 'admin')`. */
export const requireAdmin = requireClaim('role', (_role, claims) => isAdmin(claims))

/**
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function admin(site) {
  return function admin(req, res) {
    const user = /** @type {import('../user.js').User} */ (req.user)
    res.send(renderPage('admin', { site, user: toView(user), claims: grantingClaims(user.claims) }))
  }
}

/**
 * The guard's 403 as a page that names the claims; `errorPage()` tells programs, and has a page of its own for the rest.
 *
 * @param {object} site
 * @returns {import('express').ErrorRequestHandler}
 */
export function forbidden(site) {
  return function forbidden(error, req, res, next) {
    const isForbidden = error instanceof RelyingPartyError && error.code === 'ERR_RP_CLAIM_REQUIRED'
    if (!isForbidden || !wantsPage(req)) return next(error)
    const title = 'This page is for administrators'
    res.status(403).send(renderPage('forbidden', { site, title, claims: roleClaims }))
  }
}

/** @param {Readonly<Record<string, unknown>>} claims */
export function isAdmin(claims) {
  return grantingClaims(claims).length > 0
}

/**
 * @param {Readonly<Record<string, unknown>>} claims
 * @returns {string[]} the names of those that say `admin`
 */
function grantingClaims(claims) {
  return roleClaims.filter((name) => [claims[name]].flat().includes('admin'))
}
