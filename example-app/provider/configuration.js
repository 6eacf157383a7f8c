// @ts-check
// How oidc-provider is set up: one client, our own pages, keys that live as long as the process.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
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
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'birthdate', 'locale'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'offline_access'],
    pkce: { required: () => true },
    jwks: { keys: [await generateSigningKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    ttl: lifetimeSeconds,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.renderLogout,
        postLogoutSuccessSource: pages.renderLogoutDone,
      },
    },
    clientBasedCORS: () => false,
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
  const place = baseUrl.replace(/\/+$/, '')
  return {
    client_id: clientId,
    client_name: 'Example app',
    ...(clientSecret && { client_secret: clientSecret }),
    token_endpoint_auth_method: method ?? (clientSecret ? 'client_secret_basic' : 'none'),
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [place + (routes?.callback ?? '/callback')],
    post_logout_redirect_uris: [place + (routes?.postLogout ?? '/')],
  }
}

async function generateSigningKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') }
}
