// @ts-check
// The environment -> the settings of the example app. `.env.example` describes every variable.
import { randomBytes } from 'node:crypto'
import { readPreset } from './preset.js'
import {
  readHost,
  readIssuer,
  readObject,
  readPort,
  readResourceUrl,
  readServerUrl,
  readSwitch,
  readTrustProxy,
  readUrl,
} from './readers.js'
import { readVariables, SettingsError } from './variables.js'

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} host the address to listen on: of this machine only, unless HOST says otherwise
 * @property {boolean | number | string} trustProxy Express's `trust proxy` value
 * @property {string} sessionSecret signs the session cookie
 * @property {boolean} isSecretForOneStart SESSION_SECRET is not set
 * @property {string | undefined} redisUrl
 * @property {string | undefined} databaseUrl PostgreSQL
 * @property {string | undefined} resourceUrl
 * @property {boolean} usesDemoProvider no other provider is configured
 * @property {Partial<Options> & { baseUrl: string }} options of `relyingParty()`, from the variables made for them
 * @property {Partial<Options>} moreOptions of `relyingParty()`, from RP_OPTIONS: they are merged over the others
 */

/** @typedef {import('express-relying-party').Options} Options */
/** @typedef {import('./variables.js').Variables} Variables */

/**
 * @param {Record<string, string | undefined>} environment
 * @returns {Settings}
 * @throws {SettingsError} for the first setting that is wrong
 */
export function readSettings(environment) {
  const variables = readVariables(environment)
  const port = readPort(variables.PORT ?? '3000')
  const sessionSecret = variables.SESSION_SECRET ?? randomBytes(32).toString('base64url')
  const resourceUrl = variables.RESOURCE_URL && readResourceUrl('RESOURCE_URL', variables.RESOURCE_URL)
  const options = {
    ...readClient(variables),
    baseUrl: readUrl('BASE_URL', variables.BASE_URL ?? `http://localhost:${port}`),
    secret: sessionSecret,
    ...scopeOf(variables),
    userinfo: true,
    ...(resourceUrl && { apiOrigins: [new URL(resourceUrl).origin] }),
  }
  /** @type {Partial<Options>} */
  const moreOptions = readObject('RP_OPTIONS', variables.RP_OPTIONS ?? '{}')
  return {
    port,
    host: readHost(variables.HOST ?? '127.0.0.1'),
    trustProxy: readTrustProxy(variables.TRUST_PROXY ?? 'false'),
    sessionSecret,
    isSecretForOneStart: !variables.SESSION_SECRET,
    ...readServers(variables),
    resourceUrl,
    usesDemoProvider: !options.provider && !moreOptions.provider?.issuer,
    options,
    moreOptions,
  }
}

/**
 * Where sessions and logins are kept.
 *
 * @param {Variables} variables
 */
function readServers({ REDIS_URL, DATABASE_URL }) {
  if (REDIS_URL && DATABASE_URL) {
    throw new SettingsError('REDIS_URL and DATABASE_URL exclude each other: remove one of them.')
  }
  return {
    redisUrl: REDIS_URL && readServerUrl('REDIS_URL', REDIS_URL, ['redis', 'rediss']),
    databaseUrl: DATABASE_URL && readServerUrl('DATABASE_URL', DATABASE_URL, ['postgres', 'postgresql']),
  }
}

/**
 * A preset may have a scope of its own, which the default must not take the place of.
 *
 * @param {Variables} variables
 */
function scopeOf({ OIDC_SCOPE, OIDC_PRESET }) {
  if (OIDC_SCOPE) return { scope: OIDC_SCOPE }
  return OIDC_PRESET ? {} : { scope: 'openid profile email' }
}

/**
 * The provider and how we are known there; nothing when the demo provider is to be used.
 *
 * @param {Variables} variables
 */
function readClient(variables) {
  refuseAlone(variables, 'OIDC_ISSUER', 'OIDC_CLIENT_ID')
  refuseAlone(variables, 'OIDC_PRESET', 'OIDC_CLIENT_ID')
  refuseAlone(variables, 'OIDC_PRESET_OPTIONS', 'OIDC_PRESET')
  if (!variables.OIDC_PRESET) refuseAlone(variables, 'OIDC_CLIENT_ID', 'OIDC_ISSUER')
  refuseAlone(variables, 'OIDC_CLIENT_SECRET', 'OIDC_CLIENT_ID')
  if (variables.OIDC_PRESET && variables.OIDC_ISSUER) {
    throw new SettingsError('OIDC_PRESET and OIDC_ISSUER exclude each other: remove one of them.')
  }
  const allowInsecureRequests = readSwitch('OIDC_ALLOW_INSECURE', variables.OIDC_ALLOW_INSECURE ?? '0')
  const { OIDC_ISSUER, OIDC_PRESET, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = variables
  if (OIDC_PRESET && clientId) {
    return { provider: readPreset(OIDC_PRESET, variables.OIDC_PRESET_OPTIONS ?? '{}'), clientId, clientSecret }
  }
  if (!OIDC_ISSUER || !clientId) return {}
  const issuer = readIssuer(OIDC_ISSUER, allowInsecureRequests)
  return { provider: { issuer, allowInsecureRequests }, clientId, clientSecret }
}

/**
 * @param {Variables} variables
 * @param {keyof Variables} name
 * @param {keyof Variables} needed
 */
function refuseAlone(variables, name, needed) {
  if (!variables[name] || variables[needed]) return
  throw new SettingsError(`${name} needs ${needed}: set that too, or remove ${name}.`)
}
