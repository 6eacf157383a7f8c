// V16, V19: a login at one provider, or of one client, counts for nothing at another that shares session and secret.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorPage, type Options, relyingParty, requireAuth } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'

const secret = 'one secret for all of them'

describe('two middlewares in one app', () => {
  let social: TestProvider
  let corporate: TestProvider
  let server: Server
  let url: string
  const sessions = new session.MemoryStore()

  beforeAll(async () => {
    // Neither announces `iss` in its answers, so RFC 9207 does not help.
    const metadata = { authorization_response_iss_parameter_supported: undefined }
    social = await startTestProvider({ metadata, user: { sub: 'mallory' } })
    corporate = await startTestProvider({ metadata })
    server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', createApp())
  })
  afterAll(async () => {
    server.close()
    server.closeAllConnections()
    await social.close()
    await corporate.close()
  })

  function createApp() {
    const app = express()
    app.use(session({ secret, resave: false, saveUninitialized: false, store: sessions }))
    app.use('/shop', area('/shop', social))
    app.use('/admin', area('/admin', corporate))
    app.use(errorPage())
    return app
  }

  function area(path: string, provider: TestProvider, changes: Partial<Options> = {}) {
    const router = express.Router()
    const options = { provider: { issuer: provider.issuer }, clientId: 'test-client', baseUrl: url + path, secret }
    router.use(relyingParty({ ...options, ...changes }))
    router.get('/panel', requireAuth(), (request, response) => void response.send(`panel of ${request.user?.sub}`))
    return router
  }

  it('does not take a login at the one for a login at the other', async () => {
    const browser = new TestBrowser()
    expect((await browser.follow(`${url}/shop/panel`)).text).toBe('panel of mallory')
    const page = await browser.get(`${url}/admin/panel`)
    expect(page.status).toBe(302)
    expect(page.headers.get('location')).toContain(corporate.issuer)
  })

  it('does not redeem an answer of the one at the other', async () => {
    const browser = new TestBrowser()
    const started = await browser.follow(`${url}/shop/panel`, {
      until: ({ pathname }) => pathname === '/shop/callback',
    })
    const stolen = (started.redirects.at(-1) ?? '').replace('/shop/callback', '/admin/callback')
    expect((await browser.get(stolen)).status).toBe(400)
    expect(corporate.requestsTo('token')).toHaveLength(0)
  })

  it('does not take a login of an earlier client for one of the present client', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${url}/shop/panel`)
    server.removeAllListeners('request')
    const changed = express()
    changed.use(session({ secret, resave: false, saveUninitialized: false, store: sessions }))
    changed.use('/shop', area('/shop', social, { clientId: 'another-client' }))
    server.on('request', changed)
    expect((await browser.get(`${url}/shop/panel`)).status).toBe(302)
  })
})
