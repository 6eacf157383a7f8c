// @ts-check
// One setting's text -> its value, or the one line that says what it must be. No message repeats the text: it may be a secret.
import { isIP } from 'node:net'
import express from 'express'
import { SettingsError } from './variables.js'

/** @param {string} text */
export function readPort(text) {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new SettingsError('PORT must be a whole number from 1 to 65535.')
}

/** @param {string} text */
export function readHost(text) {
  if (isIP(text) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text)) return text
  throw new SettingsError('HOST must be an IP address or host name of this machine, such as 127.0.0.1 or 0.0.0.0.')
}

/**
 * @param {string} name
 * @param {string} text
 */
export function readUrl(name, text) {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError(`${name} must be an absolute URL that starts with https:// or http://.`)
  }
  if (/[?#\s]/.test(text) || url.username || url.password) {
    throw new SettingsError(`${name} must have no query, fragment, user name or white space.`)
  }
  return text
}

/**
 * A resource may have a query, which the URLs that others are built on may not.
 *
 * @param {string} name
 * @param {string} text
 */
export function readResourceUrl(name, text) {
  const [address = ''] = text.split('?')
  readUrl(name, address)
  if (!/[#\s]/.test(text)) return text
  throw new SettingsError(`${name} must have no fragment or white space.`)
}

/**
 * The URL of a server with its user name and password, if need be.
 *
 * @param {string} name
 * @param {string} text
 * @param {readonly string[]} schemes
 */
export function readServerUrl(name, text, schemes) {
  if (URL.canParse(text) && schemes.some((scheme) => text.startsWith(`${scheme}://`))) return text
  throw new SettingsError(
    `${name} must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}.`,
  )
}

/**
 * @param {string} text
 * @param {boolean} allowInsecure
 */
export function readIssuer(text, allowInsecure) {
  const url = new URL(readUrl('OIDC_ISSUER', text))
  if (!isInsecure(url) || allowInsecure) return text
  throw new SettingsError('OIDC_ISSUER must start with https:// (on a network you trust: set OIDC_ALLOW_INSECURE=1).')
}

/** @param {URL} url */
function isInsecure({ protocol, hostname }) {
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/**
 * @param {string} name
 * @param {string} text
 */
export function readSwitch(name, text) {
  if (text === '1' || text === '0') return text === '1'
  throw new SettingsError(`${name} must be 1 (on) or 0 (off).`)
}

/** @param {string} text */
export function readTrustProxy(text) {
  const value = text === 'true' || (text === 'false' ? false : /^\d+$/.test(text) ? Number(text) : text)
  try {
    express().set('trust proxy', value)
    return value
  } catch {
    throw new SettingsError('TRUST_PROXY must be true, false, a number of proxies, or addresses such as loopback.')
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {object}
 */
export function readObject(name, text) {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new SettingsError(`${name} must be a JSON object, such as {"userinfo":false}.`)
}

/**
 * JSON.parse would quote the text, which may hold secrets, in its error message.
 *
 * @param {string} text
 * @returns {unknown}
 */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
