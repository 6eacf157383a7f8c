// What both Passport parties share: the session, the routes, and the user whole in the session as at the floor.
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { secret } from './client.mjs'

/** @param {{ store: object, strategy: object, name: string, refresh?: (user: object) => Promise<object> }} party */
export function createPassportApp({ store, strategy, name, refresh }) {
  passport.use(name, strategy)
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user, done) => done(null, user))

  const app = express()
  app.use(session({ secret, store, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  app.use(passport.session())
  app.get('/login', passport.authenticate(name))
  app.get('/callback', passport.authenticate(name, { successRedirect: '/guarded', failureMessage: true }))

  const requireUser = (request, response, next) => {
    if (request.isAuthenticated()) next()
    else response.sendStatus(401)
  }
  app.get('/guarded', requireUser, (request, response) => response.json({ sub: request.user.sub }))
  if (refresh) {
    app.get('/fresh', requireUser, async (request, response) => {
      const user = await refresh(request.user)
      request.session.passport.user = user
      response.json({ sub: user.sub, tokenLength: user.accessToken.length })
    })
  }
  return app
}
