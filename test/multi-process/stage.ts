// Everything that a login in many processes needs: a provider, its gated token endpoint, the processes, and people.
import type { Options } from 'express-relying-party'
import { startTestProvider, TestBrowser, type TestProvider } from 'express-relying-party/testing'
import type { StoreKind } from './app-settings.ts'
import { processHeader } from './balancer.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { forwardAtOnce, startTokenGate, type TokenGate } from './token-gate.ts'

export interface StageOptions {
  readonly store: StoreKind
  readonly storeUrl: string
  readonly processes: number
  /** Options of all processes, or of each. */
  readonly options?: Partial<Options> | ((index: number) => Partial<Options>)
}

/** What the app answered to a program. */
export interface AppAnswer {
  readonly status: number
  /** Which process answered. */
  readonly process: number
  /** The code of the error that the request ended with. */
  readonly error: string | undefined
  readonly body: {
    readonly sub?: string | null
    readonly tokenHash?: string
    readonly expiresAt?: number
    /** How often this session came to `/slow`. */
    readonly visits?: number
  }
  /** Seconds that it took. */
  readonly seconds: number
}

/** Where a request goes, when not to the process whose turn it is. */
export interface Asked {
  readonly process?: number
  readonly method?: 'GET' | 'POST'
  /** Ends the wait for the answer; the promise rejects then. */
  readonly signal?: AbortSignal
}

/** Someone who has signed in. */
export interface Person {
  readonly sub: string
  /** The session at the provider. */
  readonly sid: string
  readonly browser: TestBrowser
  /** A request of a program with the cookie that this person had after the sign-in, also when it has changed since. */
  ask(path: string, asked?: Asked): Promise<AppAnswer>
  /** That many requests at once. */
  askAtOnce(count: number, path: string): Promise<AppAnswer[]>
}

export interface Stage {
  readonly provider: TestProvider
  readonly gate: TokenGate
  readonly cluster: Cluster
  /** Signs a person in, over all processes in turn or at a certain one. */
  signIn(sub: string, process?: number): Promise<Person>
  /** The gate behaves again and forgets its requests, and the clocks are right. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Starts it all; the store server is the caller's. */
export async function startStage({ store, storeUrl, processes, options = {} }: StageOptions): Promise<Stage> {
  const provider = await startTestProvider()
  const discovered = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  const metadata = (await discovered.json()) as Record<string, string>
  const gate = await startTokenGate(metadata['token_endpoint'] ?? '')
  const cluster = await startCluster(processes, (index, baseUrl) => ({
    store,
    storeUrl,
    options: {
      provider: { issuer: provider.issuer, metadata: { ...metadata, token_endpoint: gate.tokenEndpoint(index) } },
      clientId: 'test-client',
      scope: 'openid offline_access',
      secret: 'a secret for tests of 32 bytes..',
      baseUrl,
      ...(typeof options === 'function' ? options(index) : options),
    },
  }))
  return {
    provider,
    gate,
    cluster,
    signIn: (sub, process) => signIn(provider, `${cluster.url}/login?return_to=/me`, { sub, process }),
    async reset() {
      gate.rule = forwardAtOnce
      gate.refreshes.length = 0
      Object.assign(gate.lifeSeconds, { code: 0, refreshed: 3600 })
      await cluster.putAhead(0)
    },
    async close() {
      await Promise.all([cluster.stop(), gate.close(), provider.close()])
    },
  }
}

interface Arriving {
  readonly sub: string
  readonly process: number | undefined
}

async function signIn(provider: TestProvider, url: string, { sub, process }: Arriving): Promise<Person> {
  const browser = new TestBrowser()
  provider.user = { sub }
  const page = await browser.follow(url, { headers: pin(process) })
  const { sid, sub: signedIn } = page.json() as { sid: string; sub: string }
  if (signedIn !== sub) throw new Error(`the sign-in of ${sub} ended with HTTP ${page.status}`)
  const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const ask = (path: string, asked: Asked = {}) => askApp(new URL(path, url), cookie, asked)
  const askAtOnce = (count: number, path: string) => Promise.all(Array.from({ length: count }, () => ask(path)))
  return { sub, sid, browser, ask, askAtOnce }
}

/** Headers that send a request to that process. */
export function pin(process: number | undefined): Record<string, string> {
  return process === undefined ? {} : { [processHeader]: String(process) }
}

async function askApp(url: URL, cookie: string, { process, method = 'GET', signal }: Asked): Promise<AppAnswer> {
  const headers = { cookie, accept: 'application/json', ...pin(process) }
  const startedAt = performance.now()
  const answer = await fetch(url, { method, redirect: 'manual', headers, ...(signal && { signal }) })
  const text = await answer.text()
  return {
    status: answer.status,
    process: Number(answer.headers.get('x-process')),
    error: answer.headers.get('x-error') ?? undefined,
    body: answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {},
    seconds: (performance.now() - startedAt) / 1000,
  }
}
