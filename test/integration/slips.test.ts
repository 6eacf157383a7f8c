// Each ordinary slip of a new user, in an app that runs as a process of its own: the terminal says what to do.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'

let provider: TestProvider

beforeAll(async () => {
  provider = await startTestProvider({ clients: [{ clientId: 'shop', clientSecret: 'the right secret' }] })
})
afterAll(() => provider.close())

/** An app that runs, or has ended. */
interface RunningApp {
  readonly process: ChildProcess
  /** What it has printed to stderr. */
  readonly errors: () => string
  /** Its URL; undefined when it has ended before it served. */
  readonly url: string | undefined
}

async function run(slip: string): Promise<RunningApp> {
  const program = fileURLToPath(new URL('slips-app.mjs', import.meta.url))
  const { NODE_ENV: _ofTheTest, NODE_OPTIONS: _loaders, ...env } = process.env
  const child = spawn(process.execPath, [program, slip, provider.issuer], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors]: string[][] = [[], []]
  child.stdout.on('data', (chunk) => output?.push(String(chunk)))
  child.stderr.on('data', (chunk) => errors?.push(String(chunk)))
  const serves = new Promise((resolve) => child.stdout.once('data', resolve))
  await Promise.race([serves, once(child, 'close')])
  return { process: child, errors: () => (errors ?? []).join(''), url: output?.[0]?.trim() }
}

async function stop({ process: child }: RunningApp): Promise<void> {
  if (child.exitCode !== null) return
  child.kill()
  await once(child, 'close')
}

describe('an app that starts tells on the terminal, at the first request,', () => {
  it.each<[slip: string, path: string, status: number, told: RegExp]>([
    ['no session', '/orders', 500, /ERR_RP_NO_SESSION.*Put app\.use\(session\(/],
    ['session after the middleware', '/orders', 500, /ERR_RP_NO_SESSION.*before relyingParty\(\)/],
    ['guard before the middleware', '/orders', 500, /ERR_RP_NOT_MOUNTED.*app\.use\(relyingParty\(/],
    ['no middleware', '/orders', 500, /ERR_RP_NOT_MOUNTED.*app\.use\(relyingParty\(/],
    ['mount that baseUrl does not know', '/shop/orders', 500, /ERR_RP_OPTIONS.*baseUrl must end with the mount path/],
    ['issuer 404', '/orders', 503, /ERR_RP_DISCOVERY.*404.*provider\.issuer/],
    ['host down', '/orders', 503, /ERR_RP_DISCOVERY.*ECONNREFUSED/],
    ['wrong client secret', '/orders', 502, /ERR_RP_TOKEN_REQUEST.*invalid_client.*clientSecret/],
    ['missing client secret', '/orders', 502, /ERR_RP_TOKEN_REQUEST.*invalid_client.*clientSecret/],
    ['a callback that fails', '/orders', 502, /ERR_RP_ID_TOKEN.*expired.*clock/],
    ['an algorithm that the provider does not announce', '/orders', 500, /ERR_RP_METADATA.*RS256/],
  ])('of this slip: %s', async (slip, path, status, told) => {
    const app = await run(slip)
    const page = await new TestBrowser().follow(app.url + path)
    expect([page.status, app.process.exitCode]).toEqual([status, null])
    await expect.poll(app.errors).toMatch(told)
    expect(app.errors()).not.toMatch(/the (right|wrong) secret|a secret of 32/)
    // Without the middleware nothing is known of baseUrl, so the page holds the reference alone.
    expect(page.text).toContain(told.source.includes('NOT_MOUNTED') ? ', reference ' : 'docs/errors.md')
    await stop(app)
  })
})

describe('an app that must not start says so on the terminal,', () => {
  it.each<[slip: string, told: RegExp[]]>([
    [
      'option names of express-openid-connect',
      [
        'issuerBaseURL.*provider',
        'baseURL.*baseUrl',
        'clientID.*clientId',
        'authRequired.*requireAuth',
        'idpLogout',
      ].map((text) => new RegExp(text)),
    ],
    ['requireClaim with an unset variable', [/ERR_RP_OPTIONS/, /requireClaim\(\)/, /environment variable/]],
  ])('of this slip: %s', async (slip, told) => {
    const app = await run(slip)
    expect([app.url, app.process.exitCode]).toEqual([undefined, 1])
    for (const text of told) expect(app.errors()).toMatch(text)
    expect(app.errors()).not.toMatch(/a secret of 32/)
  })
})

describe('requireAuth that was not called', () => {
  it('answers instead of hanging the request, and the terminal names the fix', async () => {
    const app = await run('requireAuth not called')
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect(page.status).toBe(500)
    await expect.poll(app.errors).toMatch(/ERR_RP_OPTIONS.*requireAuth\(\)/)
    await stop(app)
  })
})

describe('a promise of req.oidc that is not awaited', () => {
  it('does not end the process, and the terminal has the error (issue 13 item 1.5)', async () => {
    const app = await run('a promise that is not awaited')
    for (let count = 0; count < 2; count += 1) {
      const page = await new TestBrowser().follow(`${app.url}/orders`)
      expect([page.status, page.text]).toEqual([200, 'the process lives'])
    }
    await expect.poll(app.errors).toMatch(/ERR_RP_LOGIN_REQUIRED.*req\.oidc\.getAccessToken\(\)/)
    await stop(app)
  })
})
