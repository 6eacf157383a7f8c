// @ts-check
// The names of the environment variables: which are known, which are misspelt.
import { nearestName } from './nearest-name.js'

/** Thrown for a setting that is wrong; its message is one line that names the variable and the fix. */
export class SettingsError extends Error {
  /** @override */
  name = 'SettingsError'
}

const supportedNames = /** @type {const} */ ([
  'PORT',
  'HOST',
  'BASE_URL',
  'OIDC_ISSUER',
  'OIDC_PRESET',
  'OIDC_PRESET_OPTIONS',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET',
  'OIDC_SCOPE',
  'OIDC_ALLOW_INSECURE',
  'SESSION_SECRET',
  'TRUST_PROXY',
  'REDIS_URL',
  'DATABASE_URL',
  'RESOURCE_URL',
  'RP_OPTIONS',
])

/** Variables that start like this are ours alone, so an unknown one among them is a misspelling. */
const ourPrefix = /^(OIDC|RP)_/

/** @typedef {Partial<Record<typeof supportedNames[number], string>>} Variables */

/**
 * The supported variables that are set; an empty one counts as not set.
 *
 * @param {Record<string, string | undefined>} environment
 * @returns {Variables}
 */
export function readVariables(environment) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
  Object.keys(given).forEach(refuseMisspelt)
  return given
}

/** @param {string} name */
function refuseMisspelt(name) {
  if (ourPrefix.test(name) && !supportedNames.some((supported) => supported === name)) {
    const nearest = nearestName(name, supportedNames)
    throw new SettingsError(`${name} is not a setting of the example app: did you mean ${nearest}?`)
  }
}
