// @ts-check
// POST /api/refresh: a new access token now. Programs get its end as JSON; the profile page's button leads back to the page.
import { wantsPage } from '../problems.js'
import { noteRefreshed } from '../refreshed.js'

/**
 * @param {{ base: string }} site
 * @returns {import('express').RequestHandler}
 */
export function refresh({ base }) {
  return async function refresh(req, res) {
    await req.oidc.getAccessToken({ forceRefresh: true })
    await noteRefreshed(req)
    if (wantsPage(req)) res.redirect(303, `${base}/profile`)
    else res.json({ expiresAt: req.user?.expiresAt })
  }
}
