// @ts-check
// The demo provider: a real, certified OpenID Provider in this process, reachable on loopback only.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import express from 'express'
import { addressesOf } from '../addresses.js'
import { unexpectedError } from '../errors.js'
import { completeOptions } from '../options.js'
import { securityHeaders } from '../security-headers.js'
import { listen } from '../server.js'
import { createConfiguration } from './configuration.js'
import { endSessionsEverywhere } from './everywhere.js'
import { interactions } from './interactions.js'
import { createPages } from './pages.js'
import { createProvider } from './quiet.js'

/**
 * Starts the provider on a free port and registers the app with it.
 *
 * @param {import('../settings.js').Settings} settings
 */
export async function startDemoProvider(settings) {
  const app = express()
  const server = await listen(app, 0, '127.0.0.1')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const issuer = `http://${hostName(settings.options.baseUrl)}:${port}`
  const options = completeOptions(settings, {
    provider: { issuer },
    clientId: 'example-app',
    clientSecret: randomBytes(32).toString('base64url'),
  })

  const addresses = addressesOf(options)
  const pages = createPages(addresses[0])
  const provider = await createProvider(issuer, await createConfiguration(options, pages))
  endSessionsEverywhere(provider, String(options.clientId))
  // Chromium holds redirects that follow a form against form-action too, and ours lead back to the app.
  app.use(
    securityHeaders(
      issuer,
      addresses.map((address) => new URL(address).origin),
    ),
  )
  app.use(express.static(join(import.meta.dirname, '../public')))
  app.get('/', (_req, res) => res.send(pages.render('home', {})))
  app.use('/interaction', interactions(provider, pages))
  app.use(provider.callback())
  app.use(unexpectedError(pages.site))
  return { server, options, issuer }
}

/**
 * Another host name than the app's: browsers share cookies between ports, and this way it is a site of its own.
 *
 * @param {string} baseUrl
 */
function hostName(baseUrl) {
  return new URL(baseUrl).hostname === '127.0.0.1' ? 'localhost' : '127.0.0.1'
}
