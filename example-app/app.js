// @ts-check
// The example app: helmet, a session, the relying party, and then routes that read `req.user`.
import { join } from 'node:path'
import express from 'express'
import { errorPage, relyingParty, requireAuth } from 'express-relying-party'
import session from 'express-session'
import { addressesOf } from './addresses.js'
import { notFound, unexpectedError } from './errors.js'
import { apiErrors } from './problems.js'
import { admin, forbidden, requireAdmin } from './routes/admin.js'
import { dashboard } from './routes/dashboard.js'
import { home } from './routes/home.js'
import { me } from './routes/me.js'
import { profile } from './routes/profile.js'
import { refresh } from './routes/refresh.js'
import { resource } from './routes/resource.js'
import { requireFreshSignIn, security } from './routes/security.js'
import { signOutEverywhere } from './routes/sign-out-everywhere.js'
import { ownSiteOnly } from './same-site.js'
import { securityHeaders } from './security-headers.js'

/**
 * @param {object} settings
 * @param {import('express-relying-party').Options} settings.options
 * @param {string} settings.sessionSecret
 * @param {session.Store} [settings.sessions] of this process when absent
 * @param {boolean | number | string} settings.trustProxy
 * @param {string} [settings.resourceUrl]
 * @param {string} [settings.demoProviderUrl]
 */
export function createApp({ options, sessionSecret, sessions, trustProxy, resourceUrl, demoProviderUrl }) {
  const app = express()
  const site = { ...describeSite(options), demoProviderUrl, hasResource: resourceUrl !== undefined }
  const addresses = addressesOf(options)
  const fromOwnSite = ownSiteOnly(...addresses.map((address) => new URL(address).origin))

  app.set('trust proxy', trustProxy)
  app.get('/healthz', (_req, res) => res.type('text').send('ok'))
  app.use(securityHeaders(addresses[0]))
  app.use(express.static(join(import.meta.dirname, 'public')))
  app.get('/favicon.ico', (_req, res) => res.redirect(`${site.base}/${site.logo}`))
  app.use(neverStored)
  app.use(
    session({
      name: 'example.sid',
      secret: sessionSecret,
      resave: false,
      saveUninitialized: false,
      ...(sessions && { store: sessions }),
      cookie: { httpOnly: true, sameSite: 'lax', secure: addresses.every((address) => address.startsWith('https:')) },
    }),
  )
  const signIn = relyingParty(options)
  app.use(signIn)
  app.locals['signIn'] = signIn // main.js closes it

  app.get('/', home(site))
  app.get('/profile', requireAuth(), profile(site))
  app.get('/admin', requireAdmin, admin(site))
  app.get('/security', requireFreshSignIn, security(site))
  app.get('/dashboard', requireAuth(), dashboard(site))
  app.post('/sign-out-everywhere', fromOwnSite, signOutEverywhere)

  app.get('/api/me', requireAuth({ onUnauthenticated: 'unauthorized' }), me)
  app.post('/api/refresh', fromOwnSite, refresh(site))
  app.get('/api/resource', resource(resourceUrl))

  app.use(notFound(site))
  app.use('/api', apiErrors)
  app.use('/admin', forbidden(site))
  app.use(errorPage())
  app.use(unexpectedError(site))
  return app
}

/**
 * What every page needs to know for its links.
 *
 * @param {import('express-relying-party').Options} options
 */
function describeSite({ baseUrl, routes }) {
  const [address] = addressesOf({ baseUrl })
  const base = new URL(address).pathname.replace(/\/+$/, '')
  return {
    name: 'Example app',
    logo: 'logo.svg',
    theme: 'app',
    base,
    footer: 'Built with express-relying-party.',
    back: { href: `${base}/`, text: 'Back to the home page' },
    routes: { login: '/login', logout: '/logout', ...routes },
  }
}

/**
 * Pages that say who is signed in must not come out of a cache after sign-out, and no error page while the store is away.
 *
 * @param {express.Request} _req
 * @param {express.Response} res
 * @param {express.NextFunction} next
 */
function neverStored(_req, res, next) {
  res.set('Cache-Control', 'no-store')
  next()
}
