// @ts-check
// What the app prints when it serves: what an operator wants to see first, and never a secret.
import { addressesOf } from './addresses.js'

/** @typedef {import('express-relying-party').Options} Options */

/**
 * The URL comes last: it is what people click.
 *
 * @param {{ settings: import('./settings.js').Settings, options: Options, isDemo: boolean }} started
 */
export function describeStart({ settings, options, isDemo }) {
  const { NODE_ENV } = process.env
  const rows = [
    ['Provider', `${issuersOf(options).join(' ')}${isDemo ? ' (the demo provider, on this machine only)' : ''}`],
    ...urlsOf(options),
    ['Stores', describeStores(settings)],
    ['NODE_ENV', NODE_ENV || 'not set, which means development'],
    ['Listens on', describeListener(settings)],
    ['Example app', `${addressesOf(options).join(' ')}${isDemo ? '  (sign in as demo / demo)' : ''}`],
  ]
  return rows.map(([name, text]) => `${name}: ${text}`).join('\n')
}

/** @param {Options} options */
function issuersOf({ provider, providers = {} }) {
  return [...(provider ? [provider] : []), ...Object.values(providers)].map(({ issuer }) => issuer)
}

/**
 * What has to be registered at the provider, byte for byte.
 *
 * @param {Options} options
 */
function urlsOf(options) {
  const { provider, providers = {}, routes = {} } = options
  const { callback = '/callback', postLogout = '/', backchannelLogout = '/backchannel-logout' } = routes
  const callbacks = provider ? [callback] : Object.keys(providers).map((id) => `${callback}/${id}`)
  return [
    ['Redirect URI', urls(options, callbacks)],
    ['Post-logout redirect URI', urls(options, [postLogout])],
    ...(backchannelLogout === false ? [] : [['Back-channel logout URI', urls(options, [backchannelLogout])]]),
  ]
}

/**
 * @param {Options} options
 * @param {string[]} paths
 */
function urls(options, paths) {
  return addressesOf(options)
    .flatMap((address) => paths.map((path) => address + path))
    .join(' ')
}

/** @param {import('./settings.js').Settings} settings */
function describeStores({ redisUrl, databaseUrl, isSecretForOneStart }) {
  const name = redisUrl ? 'Redis (REDIS_URL)' : databaseUrl && 'PostgreSQL (DATABASE_URL)'
  if (!name) return 'the memory of this process; a restart signs all users out'
  return isSecretForOneStart ? `${name}; a restart signs all users out, because SESSION_SECRET is not set` : name
}

/** @param {import('./settings.js').Settings} settings */
function describeListener({ host, port }) {
  const isLoopback = /^(localhost|127(\.\d+){3}|::1)$/.test(host)
  return `${host} port ${port}${isLoopback ? ', for this machine only (HOST=0.0.0.0: for all)' : ''}`
}
