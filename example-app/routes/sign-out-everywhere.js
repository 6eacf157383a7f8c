// @ts-check
// POST /sign-out-everywhere: ends every login of the person at this app, in all browsers; then, as sign-out does, the one
// at the provider.

/** @param {import('express').Request} req */
export async function signOutEverywhere(req) {
  if (req.oidc.isAuthenticated) await req.oidc.endLogins()
  await req.oidc.logout()
}
