// @ts-check
// Signing out in all browsers: ends the sessions of the person here, and tells the app by a Logout Token without `sid`.

/** @typedef {import('oidc-provider').Provider} Provider */

/**
 * @param {Provider} provider
 * @param {string} clientId of the app
 */
export function endSessionsEverywhere(provider, clientId) {
  /** @type {Map<string, string>} account by the id of its session */
  const accounts = new Map()
  provider.on('session.saved', ({ jti, accountId }) => accountId && accounts.set(jti, accountId))
  provider.on('session.destroyed', ({ jti }) => accounts.delete(jti))

  provider.use(async (ctx, next) => {
    await next()
    const { route, params, session } = ctx.oidc ?? {}
    const isWished = route === 'end_session_confirm' && params?.['logout'] === 'everywhere'
    if (isWished && session?.accountId) await endAll(session.accountId)
  })

  /** @param {string} accountId */
  async function endAll(accountId) {
    const ids = [...accounts].filter(([, owner]) => owner === accountId).map(([id]) => id)
    const sessions = await Promise.all(ids.map((id) => provider.Session.find(id)))
    await Promise.all(sessions.map((session) => session?.destroy()))
    await tellApp(provider, clientId, accountId)
  }
}

/**
 * Without `sid` a Logout Token means all sessions of the person (Back-Channel Logout 1.0 section 2.4).
 *
 * @param {Provider} provider
 * @param {string} clientId
 * @param {string} accountId
 */
async function tellApp(provider, clientId, accountId) {
  const client = /** @type {{ backchannelLogout(sub: string, sid?: string): Promise<void> } | undefined} */ (
    /** @type {unknown} */ (await provider.Client.find(clientId))
  )
  try {
    await client?.backchannelLogout(accountId)
  } catch (error) {
    console.error(`The app was not told of a logout: ${/** @type {Error} */ (error).message}`)
  }
}
