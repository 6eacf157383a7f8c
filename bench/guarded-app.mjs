// One app in a process of its own: with the middleware, or the floor: express-session with the user in the session.
// Answers GET /cpu with the CPU time (in microseconds) that this process has used.
import express from 'express'
import { errorPage, relyingParty, requireAuth } from 'express-relying-party'
import session from 'express-session'

const [kind, issuer, port] = process.argv.slice(2)
const baseUrl = `http://127.0.0.1:${port}`
const app = express()
app.get('/cpu', (_request, response) => {
  const { user, system } = process.cpuUsage()
  response.json(user + system)
})
app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))

if (kind === 'relying-party') {
  app.use(relyingParty({ provider: { issuer }, clientId: 'test-client', baseUrl, secret: 'a secret for the bench.' }))
  app.get('/guarded', requireAuth(), (request, response) => response.json(request.user.sub))
  app.use(errorPage())
} else {
  // What a hand-written app keeps: claims and tokens of the size that the test provider issues, in the session.
  app.get('/login', (request, response) => {
    const token = 'x'.repeat(900)
    request.session.user = {
      sub: 'test-user',
      claims: { iss: issuer, sub: 'test-user' },
      idToken: token,
      accessToken: token,
    }
    response.redirect('/guarded')
  })
  app.get('/guarded', (request, response) => {
    if (request.session.user === undefined) response.sendStatus(401)
    else response.json(request.session.user.sub)
  })
}
app.listen(Number(port), '127.0.0.1', () => process.send('ready'))
