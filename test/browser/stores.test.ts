// The example app on Redis and on PostgreSQL: people stay signed in when the app is restarted, and a start without the server fails.

import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import type { ServerProcess } from '../servers/server-process.ts'
import { oktaCustom, type Simulator, startSimulator } from '../simulators/index.ts'
import { hasChromium, startChromium } from './chromium.ts'
import { failToStart, freePort, startExampleApp } from './example-app.ts'
import { enter, expiryOf, isSignedIn, press } from './people.ts'

type Server = ServerProcess & { readonly url: string }

const kinds: readonly [variable: string, start: () => Promise<Server>][] = [
  ['REDIS_URL', startRedis],
  ['DATABASE_URL', startPostgres],
]

/** Not by fetch(), which says that it is no navigation. */
async function statusOf(url: string): Promise<number | undefined> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

describe.skipIf(!hasChromium()).each(kinds)('the example app with %s', (variable, startServer) => {
  let server: Server
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator(oktaCustom, { interactive: true })
    server = await startServer()
  })
  afterAll(async () => {
    await server.stop()
    await simulator.close()
  })

  /** The settings of an app whose provider outlives it, as the demo provider does not. */
  async function environment(): Promise<Record<string, string>> {
    const port = String(await freePort())
    const [{ clientId } = { clientId: '' }] = simulator.clients
    const urls = ['/callback', '/'].map((path) => `http://localhost:${port}${path}`)
    simulator.configureClient(clientId, { redirectUris: urls, postLogoutRedirectUris: urls })
    return {
      PORT: port,
      OIDC_ISSUER: simulator.issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_SCOPE: 'openid profile offline_access',
      SESSION_SECRET: 'a secret that both processes have',
      [variable]: server.url,
    }
  }

  it('starts twice at the same moment, with a server that nobody used before', async () => {
    const apps = await Promise.all([startExampleApp(await environment()), startExampleApp(await environment())])
    const answers = await Promise.all(apps.map(({ url }) => statusOf(`${url}/login`)))
    expect(answers).toEqual([302, 302])
    await Promise.all(apps.map((app) => app.close()))
  })

  it('keeps people signed in over a restart, and the app still refreshes for them', async () => {
    const settings = await environment()
    const browser = await startChromium()
    let app = await startExampleApp(settings)
    try {
      const { page } = await browser.open()
      await page.goto(`${app.url}/profile`)
      await enter(page, 'demo', 'demo')
      await page.waitForURL(`${app.url}/profile`)
      const before = await expiryOf(page)
      await app.close()

      app = await startExampleApp(settings)
      expect((await page.goto(`${app.url}/profile`))?.status()).toBe(200)
      await expect(isSignedIn(page)).resolves.toBe(true)
      expect(await press(page, 'Refresh now', `${app.url}/api/refresh`)).toBe(303)
      expect(await expiryOf(page)).toBeGreaterThanOrEqual(before)
      expect(simulator.requestsTo('login').filter(({ method }) => method === 'POST')).toHaveLength(1)
    } finally {
      await browser.close()
      await app.close()
    }
  })
})

describe.each([
  ['REDIS_URL', 'redis'],
  ['DATABASE_URL', 'postgres'],
])('a start with %s', (variable, scheme) => {
  async function refusal(port: number): Promise<string> {
    const { code, stderr } = await failToStart({ [variable]: `${scheme}://app:marked-secret@127.0.0.1:${port}/0` })
    expect(code).toBe(78)
    expect(stderr).not.toContain('marked-secret')
    return stderr
  }

  it('fails with one line and exit code 78 when nobody listens there', async () => {
    await expect(refusal(await freePort())).resolves.toBe(
      `${variable}: the server cannot be used (ECONNREFUSED). Start it, or correct ${variable}.\n`,
    )
  })

  it('fails so, after a bounded wait, when whoever listens there does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    await expect(refusal(port)).resolves.toMatch(
      /^\w+: the server cannot be used \(.*\)\. Start it, or correct \w+\.\n$/,
    )
    silent.close()
  })
})
