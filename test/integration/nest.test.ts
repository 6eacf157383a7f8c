// NestJS answers the middleware's errors by their status, and does not show their messages, which are for operators.
import 'reflect-metadata'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Controller, Get, type MiddlewareConsumer, Module, Req } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import express from 'express'
import session from 'express-session'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { relyingParty, requireAuth, requireClaim } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'

const secret = 'a secret for tests of 32 bytes..'

/** Its methods are decorated below, by calls: the tests are compiled without decorators. */
class OrdersController {
  all(request: Express.Request) {
    return { sub: request.user?.sub }
  }
  forAdmins() {
    return 'for admins'
  }
  async token(request: Express.Request) {
    return await request.oidc.getAccessToken()
  }
}
decorate('all', 'orders')
decorate('forAdmins', 'admin')
decorate('token', 'token')
Controller()(OrdersController)

class AppModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(requireAuth()).forRoutes('orders')
    consumer.apply(requireClaim('groups', 'admins')).forRoutes('admin')
  }
}
Module({ controllers: [OrdersController] })(AppModule)

/** Does what `@Get(path)` and `@Req()` do. */
function decorate(name: keyof OrdersController, path: string): void {
  const { prototype } = OrdersController
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  if (descriptor !== undefined) Get(path)(prototype, name, descriptor)
  Req()(prototype, name, 0)
}

interface NestApp {
  readonly url: string
  close(): Promise<void>
}

async function startNestApp(issuer: string): Promise<NestApp> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const framework = express()
  const app = await NestFactory.create(AppModule, new ExpressAdapter(framework), { logger: false })
  app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  app.use(relyingParty({ provider: { issuer }, clientId: 'test-client', baseUrl: url, secret, log: false }))
  await app.init()
  server.on('request', framework)
  const close = async () => {
    await app.close()
    server.close()
  }
  return { url, close }
}

describe('an app of NestJS 12', () => {
  let provider: TestProvider
  let app: NestApp

  beforeAll(async () => {
    provider = await startTestProvider()
    app = await startNestApp(provider.issuer)
  })
  afterEach(() => provider.behave())
  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    return browser
  }

  it('has req.user in a controller behind requireAuth(), after the login', async () => {
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect([page.status, page.json()]).toEqual([200, { sub: 'test-user' }])
  })

  it('passes a user who has the claim of requireClaim() on to the controller', async () => {
    provider.misbehave({ idToken: { claims: { groups: ['admins'] } } })
    const page = await (await signedIn()).get(`${app.url}/admin`)
    expect([page.status, page.text]).toEqual([200, 'for admins'])
  })

  it('answers a user whom requireClaim() refuses with 403 and the plain status text, without the message', async () => {
    const page = await (await signedIn()).get(`${app.url}/admin`)
    expect([page.status, page.json()]).toEqual([403, { statusCode: 403, message: 'Forbidden' }])
  })

  it('answers getAccessToken() of a signed-out user with 401 and the plain status text, without the message', async () => {
    const page = await new TestBrowser().get(`${app.url}/token`)
    expect([page.status, page.json()]).toEqual([401, { statusCode: 401, message: 'Unauthorized' }])
  })

  it('answers with 503 and the plain status text, without the message, while the provider is down', async () => {
    const gone = await startTestProvider()
    await gone.close()
    const cutOff = await startNestApp(gone.issuer)
    const page = await new TestBrowser().get(`${cutOff.url}/orders`)
    await cutOff.close()
    expect([page.status, page.json()]).toEqual([503, { statusCode: 503, message: 'Service Unavailable' }])
  })
})
