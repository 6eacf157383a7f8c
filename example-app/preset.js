// @ts-check
// OIDC_PRESET and OIDC_PRESET_OPTIONS -> the provider: one of the library's presets, called with the vendor's own words.
import { RelyingPartyError } from 'express-relying-party'
import * as presets from 'express-relying-party/providers'
import { readObject } from './readers.js'
import { SettingsError } from './variables.js'

/** @typedef {import('express-relying-party').ProviderOptions} ProviderOptions */

/**
 * @param {string} name such as `okta` or `wso2-identity-server`
 * @param {string} text the preset's options as JSON
 * @returns {ProviderOptions}
 */
export function readPreset(name, text) {
  const options = readObject('OIDC_PRESET_OPTIONS', text)
  try {
    return presetNamed(name)(options)
  } catch (error) {
    if (!(error instanceof RelyingPartyError)) throw error
    throw new SettingsError(`OIDC_PRESET_OPTIONS was refused: ${error.message}`)
  }
}

/**
 * @param {string} name
 * @returns {(options: object) => ProviderOptions}
 */
function presetNamed(name) {
  const found = Object.entries(presets).find(([known]) => plain(known) === plain(name))
  if (found) return /** @type {(options: object) => ProviderOptions} */ (found[1])
  throw new SettingsError(`OIDC_PRESET must be one of ${Object.keys(presets).join(', ')}.`)
}

/** @param {string} name */
function plain(name) {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
