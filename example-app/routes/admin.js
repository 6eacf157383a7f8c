// @ts-check
// GET /admin: a page for those whose claims say so. Everybody else who is signed in gets a 403, and never a new login.
import { sendProblem, wantsPage } from '../problems.js'
import { toView } from '../user.js'
import { renderPage } from '../views.js'

/** The claims in which providers say what a person may do; each is one word or a list of words. */
const roleClaims = ['role', 'roles', 'groups']

const refusal = { status: 403, title: 'This page is for administrators' }

/**
 * Makes a guard, to be put behind `requireAuth()`.
 *
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function requireAdmin(site) {
  return function requireAdmin(req, res, next) {
    if (req.user && isAdmin(req.user.claims)) next()
    else if (wantsPage(req)) res.status(403).send(renderPage('forbidden', { site, ...refusal, claims: roleClaims }))
    else sendProblem(res, refusal)
  }
}

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
