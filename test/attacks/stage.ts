// Providers, apps and browsers for one test: several apps are processes of one deployment, on a clock that the test sets.
import session from 'express-session'
import { afterEach, beforeEach } from 'vitest'
import { memoryStore, type Options, type RequestOidc, requireAuth, type Store } from '../../src/index.ts'
import { startTestProvider, TestBrowser, type TestProvider, type TestRequest } from '../../src/testing/index.ts'
import { startApp, type TestApp, type TestAppOptions } from '../setups.ts'

/** The app's own route, whose handler answers with a text. */
export type Route = readonly [path: string, act: (oidc: RequestOidc, request: StageRequest) => Promise<unknown>]

/** A request as routes see it. */
export interface StageRequest {
  readonly oidc: RequestOidc
  readonly user?: { readonly sub: string }
}

/** What a test works with; all of it is closed after the test. */
export interface Stage {
  /** So much later is it for the apps. */
  aheadSeconds: number
  readonly provider: TestProvider
  /** The store of all apps, unless they are given another one. */
  readonly store: Required<Store>
  /** Starts a process; `/token` and `/forced` answer with an access token, the second one a new one. */
  app(options?: Partial<Options>, routes?: readonly Route[]): Promise<TestApp>
  signIn(app: TestApp): Promise<TestBrowser>
  isSignedIn(app: TestApp, browser: TestBrowser): Promise<boolean>
  claimsOf(app: TestApp, browser: TestBrowser): Promise<Record<string, unknown>>
  /** Posts a Logout Token; the status of the answer. */
  logOut(app: TestApp, token: string): Promise<number>
  /** The refresh requests that the provider has got. */
  refreshes(): TestRequest[]
}

const tenHours = 36_000

const token: Route = ['/token', (oidc) => oidc.getAccessToken()]
const forced: Route = ['/forced', (oidc) => oidc.getAccessToken({ forceRefresh: true })]

/** Call it in a `describe`; read its members in tests. */
export function useStage(): Stage {
  const open: { close(): Promise<void> }[] = []
  const now: { provider?: TestProvider; store?: Required<Store>; sessions?: session.Store } = {}
  beforeEach(async () => {
    const provider = await startTestProvider()
    open.push(provider)
    Object.assign(now, { provider, store: memoryStore(), sessions: new session.MemoryStore() })
    stage.aheadSeconds = 0
  })
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  const clock = () => Date.now() / 1000 + stage.aheadSeconds
  const started = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new TypeError('not before the test has begun')
    return value
  }

  const stage: Stage = {
    aheadSeconds: 0,
    get provider() {
      return started(now.provider)
    },
    get store() {
      return started(now.store)
    },
    async app(options = {}, routes = []) {
      const { provider, store } = stage
      const shared = { scope: 'openid offline_access', clock, clockToleranceSeconds: tenHours, store }
      const app = await startApp({
        options: { provider: { issuer: provider.issuer }, ...shared, ...options },
        session: { store: started(now.sessions) },
        routes: [token, forced, ...routes].map(([path, act]) => [path, requireAuth(), answering(act)] as const),
      } satisfies TestAppOptions)
      open.push(app)
      return app
    },
    async signIn(app) {
      const browser = new TestBrowser()
      await browser.follow(`${app.url}/orders`)
      return browser
    },
    isSignedIn: async (app, browser) => (await browser.get(`${app.url}/whoami`)).text.startsWith('{'),
    async claimsOf(app, browser) {
      const user = (await browser.get(`${app.url}/whoami`)).json() as { claims: Record<string, unknown> }
      return user.claims
    },
    async logOut(app, logoutToken) {
      const body = new URLSearchParams({ logout_token: logoutToken })
      return (await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body })).status
    },
    refreshes: () =>
      stage.provider.requestsTo('token').filter(({ body }) => body?.get('grant_type') === 'refresh_token'),
  }
  return stage
}

function answering(act: Route[1]) {
  return (request: StageRequest, response: { end(text: string): void }, next: (error: unknown) => void) => {
    act(request.oidc, request).then((text) => response.end(String(text)), next)
  }
}

/** A gate: what comes to it waits while it is shut. */
export function gate() {
  let free: (() => void) | undefined
  let shut: Promise<void> | undefined
  return {
    shut(): void {
      shut = new Promise((resolve) => (free = resolve))
    },
    open(): void {
      shut = undefined
      free?.()
    },
    pass: async (): Promise<void> => await shut,
  }
}
