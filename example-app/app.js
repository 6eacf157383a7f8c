// @ts-check
// The example app: helmet, a session, the relying party, and then routes that read `req.user`.
import { join } from 'node:path'
import express from 'express'
import { errorPage, relyingParty, requireAuth } from 'express-relying-party'
import session from 'express-session'
import { notFound, unexpectedError } from './errors.js'
import { securityHeaders } from './security-headers.js'
import { toJson, toView } from './user.js'
import { renderPage } from './views.js'

/** What the API answers instead of a redirect, which a program could not follow (RFC 9457). */
const notSignedIn = { type: 'about:blank', title: 'You are not signed in', status: 401 }

/**
 * @param {object} settings
 * @param {import('express-relying-party').Options} settings.options
 * @param {string} settings.sessionSecret
 * @param {boolean | number | string} settings.trustProxy
 */
export function createApp({ options, sessionSecret, trustProxy }) {
  const app = express()
  const site = describeSite(options)

  app.set('trust proxy', trustProxy)
  app.get('/healthz', (_req, res) => res.type('text').send('ok'))
  app.use(securityHeaders(options.baseUrl))
  app.use(express.static(join(import.meta.dirname, 'public')))
  app.get('/favicon.ico', (_req, res) => res.redirect(`${site.base}/${site.logo}`))
  app.use(
    session({
      name: 'example.sid',
      secret: sessionSecret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: options.baseUrl.startsWith('https:') },
    }),
  )
  app.use(relyingParty(options))
  app.use(neverStored)

  app.get('/', (req, res) => {
    res.send(renderPage('home', { site, user: req.user && toView(req.user) }))
  })

  app.get('/profile', requireAuth(), (req, res) => {
    const user = /** @type {import('./user.js').User} */ (req.user)
    if (req.accepts('html', 'json') === 'json') res.json(toJson(user))
    else res.send(renderPage('profile', { site, user: toView(user) }))
  })

  app.get('/api/me', (req, res) => {
    if (req.user) res.json(toJson(req.user))
    else
      res
        .status(401)
        .type('application/problem+json')
        .send({ ...notSignedIn, login_url: req.oidc.loginUrl })
  })

  app.use(notFound(site))
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
  const base = new URL(baseUrl).pathname.replace(/\/+$/, '')
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
 * Pages that say who is signed in must not come out of a cache after sign-out.
 *
 * @param {express.Request} _req
 * @param {express.Response} res
 * @param {express.NextFunction} next
 */
function neverStored(_req, res, next) {
  res.set('Cache-Control', 'no-store')
  next()
}
