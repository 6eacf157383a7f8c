// @ts-check
// What the app asks to see, and remembering that the person agreed.
import { findAccount } from './accounts.js'

/**
 * @typedef {import('./interactions.js').Provider} Provider
 * @typedef {import('./interactions.js').Interaction} Interaction
 */

/** What the scopes mean to a person; `openid` alone shows nobody anything new. */
const meanings = {
  profile: 'Your name and user name',
  email: 'Your e-mail address',
  offline_access: 'Access while you are away',
}

/**
 * @param {Provider} provider
 * @param {Interaction} interaction
 */
export async function describeConsent(provider, { uid, params, session }) {
  const account = await findAccount(undefined, String(session?.accountId))
  const scope = String(params.scope).split(' ')
  return {
    uid,
    client: await nameOfClient(provider, params),
    user: (await account?.claims())?.name,
    wishes: Object.entries(meanings)
      .filter(([name]) => scope.includes(name))
      .map(([name, meaning]) => ({ name, meaning })),
  }
}

/**
 * @param {Provider} provider
 * @param {Interaction['params']} params
 */
export async function nameOfClient(provider, { client_id: clientId }) {
  const client = await provider.Client.find(String(clientId))
  return client?.clientName
}

/**
 * Adds what was still missing to what the person agreed to before.
 *
 * @param {Provider} provider
 * @param {Interaction} interaction
 * @returns {Promise<string>} the id of the grant
 */
export async function grantConsent(provider, { grantId, params, prompt, session }) {
  const earlier = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant =
    earlier ?? new provider.Grant({ accountId: String(session?.accountId), clientId: String(params.client_id) })
  const { missingOIDCScope = [], missingOIDCClaims = [] } =
    /** @type {{ missingOIDCScope?: string[], missingOIDCClaims?: string[] }} */ (prompt.details)
  grant.addOIDCScope(missingOIDCScope.join(' '))
  grant.addOIDCClaims(missingOIDCClaims)
  return grant.save()
}
