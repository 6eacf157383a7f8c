// @ts-check
// GET /api/me: who is signed in, for programs; never a redirect, which they could not follow.
import { toJson } from '../user.js'

/**
 * @param {import('express').Request} req
 * @param {import('express').Response} res
 */
export function me(req, res) {
  res.json(toJson(/** @type {import('../user.js').User} */ (req.user)))
}
