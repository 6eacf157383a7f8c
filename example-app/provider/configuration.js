// @ts-check
// How oidc-provider is set up: one client, our own pages, keys that live as long as the process.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { addressesOf } from '../addresses.js'
import { findAccount } from './accounts.js'

/** How long what the provider issues is valid. */
const lifetimeSeconds = {
  AccessToken: 3600,
  AuthorizationCode: 60,
  Grant: 14 * 86_400,
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: 14 * 86_400,
  Session: 14 * 86_400,
}

/**
 * @param {import('express-relying-party').Options} options of the one client it serves
 * @param {import('./pages.js').Pages} pages
 * @returns {Promise<import('oidc-provider').Configuration>}
 */
export async function createConfiguration(options, pages) {
  return {
    clients: [describeClient(options)],
    findAccount,
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'birthdate', 'locale', 'role'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'offline_access'],
    pkce: { required: () => true },
    // To ask for offline_access would mean to ask for consent again at each sign-in (OpenID Connect Core 1.0 section 11).
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    jwks: { keys: [await generateSigningKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    ttl: lifetimeSeconds,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.renderLogout,
        postLogoutSuccessSource: pages.renderLogoutDone,
      },
    },
    clientBasedCORS: () => false,
    fetch: fetchOnThisMachine,
    renderError: pages.renderError,
  }
}

/**
 * Registers the example app with exactly the URLs it is going to use.
 *
 * @param {import('express-relying-party').Options} options
 * @returns {import('oidc-provider').ClientMetadata}
 */
function describeClient({ baseUrl, routes, clientId = 'example-app', clientSecret, clientAuthentication }) {
  const method = typeof clientAuthentication === 'string' ? clientAuthentication : undefined
  const places = addressesOf({ baseUrl })
  return {
    client_id: clientId,
    client_name: 'Example app',
    ...(clientSecret && { client_secret: clientSecret }),
    token_endpoint_auth_method: method ?? (clientSecret ? 'client_secret_basic' : 'none'),
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: places.map((place) => place + (routes?.callback ?? '/callback')),
    post_logout_redirect_uris: places.map((place) => place + (routes?.postLogout ?? '/')),
    ...describeBackchannelLogout(places[0], routes?.backchannelLogout ?? '/backchannel-logout'),
  }
}

/**
 * @param {string} place
 * @param {string | false} route
 * @returns {Partial<import('oidc-provider').ClientMetadata>}
 */
function describeBackchannelLogout(place, route) {
  if (route === false) return {}
  return { backchannel_logout_uri: place + route, backchannel_logout_session_required: true }
}

/**
 * oidc-provider hands on a dispatcher that refuses loopback addresses, but that is where the app is. The only URL it is
 * called with is the app's, for Logout Tokens.
 *
 * @type {NonNullable<import('oidc-provider').Configuration['fetch']>}
 */
function fetchOnThisMachine(url, options) {
  const { dispatcher: _refusesLoopback, ...rest } = /** @type {RequestInit & { dispatcher?: unknown }} */ (options)
  return fetch(url, rest)
}

async function generateSigningKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') }
}
