// The example app as `npm start` runs it: what an operator reads when it starts and when a sign-in fails.
import { request } from 'node:http'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { type ExampleApp, failToStart, startExampleApp } from '../browser/example-app.ts'

let provider: TestProvider
const apps: ExampleApp[] = []

beforeEach(async () => {
  provider = await startTestProvider()
})
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
  await provider.close()
})

/** With the test provider, unless the environment names another one. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<ExampleApp> {
  const app = await startExampleApp({ OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: 'test-client', ...environment })
  apps.push(app)
  return app
}

/** Whether the port takes connections at an address of this machine. */
function answersAt(host: string, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port: new URL(url).port, path: '/healthz' }, (answer) =>
      resolve(answer.complete || true),
    )
    asked.on('error', () => resolve(false)).end()
  })
}

describe('the start of the example app', () => {
  it('prints provider, URLs to register, stores, NODE_ENV, address and URL', async () => {
    const { url, printed } = await start()
    expect(printed.split('\n')).toEqual([
      `Provider: ${provider.issuer}`,
      `Redirect URI: ${url}/callback`,
      `Post-logout redirect URI: ${url}/`,
      `Back-channel logout URI: ${url}/backchannel-logout`,
      'Stores: the memory of this process; a restart signs all users out',
      'NODE_ENV: not set, which means development',
      `Listens on: 127.0.0.1 port ${new URL(url).port}, for this machine only (HOST=0.0.0.0: for all)`,
      `Example app: ${url}`,
      '',
    ])
  })

  it('prints what was changed by the environment and by RP_OPTIONS', async () => {
    const providers = { a: { issuer: provider.issuer }, b: { issuer: 'https://id.example' } }
    const options = { provider: null, providers, routes: { callback: '/cb', backchannelLogout: false } }
    const { printed } = await start({
      BASE_URL: 'https://app.example/shop/',
      HOST: '0.0.0.0',
      NODE_ENV: 'production',
      RP_OPTIONS: JSON.stringify(options),
    })
    expect(printed).toContain(`Provider: ${provider.issuer} https://id.example\n`)
    expect(printed).toContain('Redirect URI: https://app.example/shop/cb/a https://app.example/shop/cb/b\n')
    expect(printed).not.toContain('Back-channel logout URI')
    expect(printed).toContain('NODE_ENV: production\n')
    expect(printed).toMatch(/Listens on: 0\.0\.0\.0 port \d+\n/)
    expect(printed).toContain('Example app: https://app.example/shop\n')
  })

  it('warns once of what is unsafe, though the options are checked before', async () => {
    const { stderr } = await start({ BASE_URL: 'http://intranet.example' })
    expect(stderr().match(/WARN_RP_BASE_URL_INSECURE/g)).toHaveLength(1)
  })

  const elsewhere = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

  it.skipIf(elsewhere === undefined)('listens on loopback, and with HOST=0.0.0.0 on all addresses', async () => {
    const local = await start()
    expect([await answersAt('127.0.0.1', local.url), await answersAt(String(elsewhere), local.url)]).toEqual([
      true,
      false,
    ])
    const open = await start({ HOST: '0.0.0.0' })
    expect(await answersAt(String(elsewhere), open.url)).toBe(true)
  })

  it.each(['192.0.2.1', 'host.invalid'])('fails with HOST=%s, which is not of this machine', async (host) => {
    const { code, stderr } = await failToStart({ HOST: host })
    expect([code, stderr]).toEqual([78, 'HOST is no address of this machine: correct or remove it.\n'])
  })
})

describe('a sign-in that fails at the example app', () => {
  it('is a line on stderr when the client secret is wrong', async () => {
    const app = await start({ OIDC_CLIENT_ID: 'test-confidential-client', OIDC_CLIENT_SECRET: 'not-the-secret' })
    const page = await new TestBrowser().follow(`${app.url}/profile`)
    expect(page.status).toBeGreaterThanOrEqual(400)
    await expect.poll(() => app.stderr()).toMatch(/level=error code=ERR_RP_TOKEN_REQUEST .*route=\/callback.* message=/)
    expect(app.stderr()).toContain(`provider=${provider.issuer}`)
    expect(app.stderr()).not.toContain('not-the-secret')
  })

  it('is a line on stderr while the provider is down', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => gone.once('listening', resolve))
    const { port } = gone.address() as { port: number }
    await new Promise((resolve) => gone.close(resolve))
    const app = await start({ OIDC_ISSUER: `http://127.0.0.1:${port}` })
    expect((await new TestBrowser().get(`${app.url}/profile`)).status).toBe(503)
    await expect.poll(() => app.stderr()).toMatch(/level=error code=ERR_RP_DISCOVERY status=503 .*message=/)
  })
})

describe('the start page of the example app', () => {
  it('keeps no state on the URL after sign-out (RP-Initiated Logout 1.0 section 3)', async () => {
    const app = await start()
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/profile`)
    const page = await browser.follow(`${app.url}/logout`, { from: app.url })
    expect(page.redirects.some((url) => url.startsWith(`${app.url}/?state=`))).toBe(true)
    expect([page.status, page.url]).toEqual([200, `${app.url}/`])
  })

  it('keeps the path of BASE_URL, and what is not the end of a sign-out', async () => {
    const app = await start({ BASE_URL: 'https://app.example/shop' })
    const get = async (query: string) => await new TestBrowser().get(`${app.url}/${query}`)
    expect((await get('?state=abc')).redirects).toEqual([`${app.url}/shop/`])
    for (const query of ['?state=abc&code=x', '?state=abc&error=access_denied', '?page=2', '']) {
      expect((await get(query)).status).toBe(200)
    }
  })
})
