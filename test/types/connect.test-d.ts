import { createServer } from 'node:http'
import connect from 'connect'
import { errorPage, relyingParty, requireAuth } from 'express-relying-party'
import { describe, it } from 'vitest'

const options = { provider: { issuer: 'https://id.example' }, clientId: 'orders', baseUrl: 'https://app.example' }

describe('Connect', () => {
  it('accepts the middleware, the guard and the error page without a cast', () => {
    const app = connect()
    app.use(relyingParty(options))
    app.use('/orders', requireAuth())
    app.use(errorPage())
    createServer(app)
  })

  it('is node:http alone: the middleware can be called by hand', () => {
    createServer((request, response) => relyingParty(options)(request, response, () => response.end()))
  })

  it('has the middleware made from options and not passed as it is', () => {
    // @ts-expect-error: a request is no options
    createServer((request, response) => relyingParty(request)(request, response, () => response.end()))
  })
})
