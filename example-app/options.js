// @ts-check
// The options of relyingParty(): put together from the settings, and checked before anything is started.
import { RelyingPartyError, relyingParty } from 'express-relying-party'
import { mergePatch } from './merge-patch.js'
import { SettingsError } from './variables.js'

/** @typedef {import('express-relying-party').Options} Options */

/** Which variable sets an option. */
const variables = {
  'provider.issuer': 'OIDC_ISSUER',
  clientId: 'OIDC_CLIENT_ID',
  clientSecret: 'OIDC_CLIENT_SECRET',
  baseUrl: 'BASE_URL',
  secret: 'SESSION_SECRET',
  scope: 'OIDC_SCOPE',
  apiOrigins: 'RESOURCE_URL',
}

/** Stands in for the demo provider, which is not started before the options are known to be good. */
const placeholder = { provider: { issuer: 'http://localhost' }, clientId: 'example-app', clientSecret: 'none yet' }

/**
 * The demo provider's options, then those of the variables, then RP_OPTIONS; the later wins.
 *
 * @param {Pick<import('./settings.js').Settings, 'options' | 'moreOptions'>} settings
 * @param {Partial<Options>} [demoOptions]
 * @returns {Options}
 */
export function completeOptions({ options, moreOptions }, demoOptions = {}) {
  return mergePatch({ ...demoOptions, ...options }, moreOptions)
}

/**
 * @param {import('./settings.js').Settings} settings
 * @throws {SettingsError} that names the variable an option came from, when the library refuses it
 */
export function checkOptions(settings) {
  const demoOptions = settings.usesDemoProvider ? placeholder : {}
  const plainSettings = { options: settings.options, moreOptions: {} }
  if (!settings.moreOptions.provider) check(completeOptions(plainSettings, demoOptions), variableNamedIn)
  check(completeOptions(settings, demoOptions), () => 'RP_OPTIONS')
}

/**
 * Makes the middleware only to have its options checked: making it sends nothing.
 *
 * @param {Options} options
 * @param {(message: string) => string} variableOf
 */
function check(options, variableOf) {
  try {
    relyingParty({ ...options, log: false }) // what there is to warn of, the one that serves says
  } catch (error) {
    if (!(error instanceof RelyingPartyError)) throw error
    throw new SettingsError(`${variableOf(error.message)} was refused: ${error.message}`)
  }
}

/** @param {string} message */
function variableNamedIn(message) {
  const named = Object.entries(variables).find(([option]) => new RegExp(`\\b${option}\\b`).test(message))
  return named ? named[1] : 'A setting'
}
