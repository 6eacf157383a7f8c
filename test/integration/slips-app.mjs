// An app with one ordinary slip, as a new user writes it. Runs as a process of its own: `node slips-app.mjs SLIP ISSUER`.
// JavaScript, because Node 20 runs no TypeScript; it imports the package as it is built, as an app does.
import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { errorPage, relyingParty, requireAuth, requireClaim } from 'express-relying-party'
import expressSession from 'express-session'

const [slip, issuer] = process.argv.slice(2)
const app = express()
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const baseUrl = `http://127.0.0.1:${server.address().port}`

const options = {
  provider: { issuer },
  clientId: 'shop',
  clientSecret: 'the right secret',
  baseUrl,
  secret: 'a secret of 32 random characters',
}
const session = () => expressSession({ secret: 'session secret', resave: false, saveUninitialized: false })
const showUser = (request, response) => response.json(request.user.claims)

/** What stands between `express()` and `errorPage()`. */
const slips = {
  'no session'() {
    app.use(relyingParty(options))
    app.get('/orders', requireAuth(), showUser)
  },
  'session after the middleware'() {
    app.use(relyingParty(options))
    app.use(session())
    app.get('/orders', requireAuth(), showUser)
  },
  'guard before the middleware'() {
    app.use(session())
    app.get('/orders', requireAuth(), showUser)
    app.use(relyingParty(options))
  },
  'no middleware'() {
    app.use(session())
    app.get('/orders', requireAuth(), showUser)
  },
  'mount that baseUrl does not know'() {
    app.use(session())
    app.use('/shop', relyingParty(options))
    app.get('/shop/orders', requireAuth(), showUser)
  },
  'issuer 404'() {
    app.use(session(), relyingParty({ ...options, provider: { issuer: `${issuer}/wrong/path` } }))
    app.get('/orders', requireAuth(), showUser)
  },
  'host down'() {
    app.use(session(), relyingParty({ ...options, provider: { issuer: 'http://127.0.0.1:9' } }))
    app.get('/orders', requireAuth(), showUser)
  },
  'wrong client secret'() {
    app.use(session(), relyingParty({ ...options, clientSecret: 'the wrong secret' }))
    app.get('/orders', requireAuth(), showUser)
  },
  'missing client secret'() {
    app.use(session(), relyingParty({ ...options, clientSecret: process.env.CLIENT_SECRET_THAT_IS_NOT_SET }))
    app.get('/orders', requireAuth(), showUser)
  },
  'option names of express-openid-connect'() {
    const { clientId: clientID, secret } = options
    app.use(
      session(),
      relyingParty({ issuerBaseURL: issuer, baseURL: baseUrl, clientID, secret, authRequired: false, idpLogout: true }),
    )
  },
  'requireAuth not called'() {
    app.use(session(), relyingParty(options))
    app.get('/orders', requireAuth, showUser)
  },
  'requireClaim with an unset variable'() {
    app.use(session(), relyingParty(options))
    app.get('/orders', requireClaim('groups', process.env.ADMIN_GROUP_THAT_IS_NOT_SET), showUser)
  },
  'a promise that is not awaited'() {
    app.use(session(), relyingParty(options))
    app.get('/orders', (request, response) => {
      request.oidc.getAccessToken()
      response.send('the process lives')
    })
  },
  'a callback that fails'() {
    app.use(session(), relyingParty({ ...options, clock: () => Date.now() / 1000 + 2 * 3600 }))
    app.get('/orders', requireAuth(), showUser)
  },
  'an algorithm that the provider does not announce'() {
    app.use(session(), relyingParty({ ...options, idTokenSignedResponseAlg: 'ES256' }))
    app.get('/orders', requireAuth(), showUser)
  },
}

slips[slip]()
app.use(errorPage())
console.log(baseUrl)
