// @ts-check
// The users of the demo provider. They are made up, which is the only reason why their passwords may stand here.

/**
 * @typedef {object} Account
 * @property {string} accountId what becomes the `sub` claim
 * @property {string} password
 * @property {{ name: string, preferred_username: string, [claim: string]: unknown }} claims
 */

/** @type {Account[]} */
const accounts = [
  {
    accountId: 'user-1001',
    password: 'demo',
    claims: {
      name: 'Demo User',
      given_name: 'Demo',
      family_name: 'User',
      preferred_username: 'demo',
      locale: 'en-GB',
      email: 'demo@example.com',
      email_verified: true,
    },
  },
  {
    accountId: 'user-1003',
    password: 'admin',
    claims: {
      name: 'Alex Admin',
      given_name: 'Alex',
      family_name: 'Admin',
      preferred_username: 'admin',
      role: 'admin',
      email: 'admin@example.com',
      email_verified: true,
    },
  },
  {
    accountId: 'user-1002',
    password: 'lovelace',
    claims: {
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      preferred_username: 'ada',
      birthdate: '1815-12-10',
      email: 'ada@example.com',
      email_verified: true,
    },
  },
]

/**
 * @param {unknown} username
 * @param {unknown} password
 */
export function authenticate(username, password) {
  return accounts.find((account) => account.claims.preferred_username === username && account.password === password)
}

/**
 * The form in which oidc-provider wants an account; it hands on the claims that the granted scope allows.
 *
 * @param {unknown} _ctx
 * @param {string} accountId
 */
export function findAccount(_ctx, accountId) {
  const account = accounts.find((candidate) => candidate.accountId === accountId)
  return account && { accountId, claims: async () => ({ sub: accountId, ...account.claims }) }
}

/** For the hint below the login form. */
export const accountNames = accounts.map(({ claims, password }) => ({ username: claims.preferred_username, password }))
