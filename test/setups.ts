// The table of set-ups: every behaviour test runs on each framework, as a real listening server.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import connect from 'connect'
import express5 from 'express'
import session, { type SessionOptions } from 'express-session'
import express4 from 'express4'
import { errorPage, type Middleware, type Options, type RelyingParty, relyingParty, requireAuth } from '../src/index.ts'
import { keepLogLines, type LogLines } from './log-lines.ts'

/** What all three frameworks have in common. */
interface App {
  (request: unknown, response: unknown): void
  use(...handlers: unknown[]): unknown
}

/** One framework; `version` names the test. */
export interface Setup {
  readonly name: string
  create(): App
}

/** The frameworks that the middleware supports. */
export const setups: readonly Setup[] = [
  { name: 'Express 5', create: () => express5() as unknown as App },
  { name: 'Express 4', create: () => express4() as unknown as App },
  { name: 'Connect', create: () => connect() as unknown as App },
]

/** A running app. */
export interface TestApp {
  /** Origin and mount path, without a slash at its end: the app's `baseUrl`. */
  readonly url: string
  /** The errors that reached the app's error middleware. */
  readonly errors: unknown[]
  readonly sessions: session.Store
  /** What the middleware has logged. */
  readonly log: LogLines
  readonly relyingParty: RelyingParty
  close(): Promise<void>
}

/** What a test may change about its app; everything else is as the README shows it. */
export interface TestAppOptions {
  readonly setup?: Setup
  readonly options: Partial<Options> & Pick<Options, 'provider'>
  /** The name under which browsers know the app, in the place of 127.0.0.1; the test makes it lead there. */
  readonly host?: string
  /** Where the app is mounted, '' at the root. */
  readonly mount?: string
  readonly session?: Partial<SessionOptions> | false
  /** In the place of our own error page. */
  readonly errorPage?: unknown
  /** Middleware before everything of ours. */
  readonly before?: readonly unknown[]
  /** Middleware between the session and ours. */
  readonly afterSession?: readonly unknown[]
  /** The app's own routes, between the middleware and the error page. */
  readonly routes?: readonly (readonly [path: string, ...handlers: unknown[]])[]
}

const [defaultSetup] = setups

/** Starts an app with a public page, guarded pages below `/orders` and the state of the login at `/whoami`. */
export async function startApp(given: TestAppOptions): Promise<TestApp> {
  const { setup = defaultSetup, mount = '', host = '127.0.0.1' } = given
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://${host}:${(server.address() as AddressInfo).port}${mount}`
  const sessions = new session.MemoryStore()
  const errors: unknown[] = []
  const log = keepLogLines()
  if (setup === undefined) throw new TypeError('no set-up')
  const app = setup.create()
  const inner = mount === '' ? app : setup.create()
  for (const handler of given.before ?? []) app.use(handler)
  const middleware = install(inner, given, { url, sessions, errors, log })
  if (inner !== app) app.use(mount, inner)
  server.on('request', app)
  return { url, errors, sessions, log, relyingParty: middleware, close: () => close(server) }
}

function install(
  app: App,
  given: TestAppOptions,
  { url, sessions, errors, log }: Pick<TestApp, 'url' | 'sessions' | 'errors' | 'log'>,
): RelyingParty {
  if (given.session !== false) {
    const store = { secret: 'session-secret', resave: false, saveUninitialized: false, store: sessions }
    app.use(session({ ...store, cookie: { sameSite: 'lax', httpOnly: true }, ...given.session }))
  }
  for (const handler of given.afterSession ?? []) app.use(handler)
  const secret = 'a secret for tests of 32 bytes..'
  const middleware = relyingParty({ clientId: 'test-client', baseUrl: url, secret, log: log.logger, ...given.options })
  app.use(middleware)
  for (const [path, ...handlers] of given.routes ?? []) for (const handler of handlers) app.use(path, handler)
  app.use('/orders', requireAuth())
  app.use(
    '/orders',
    send((request) => `orders of ${request.user?.sub}`),
  )
  app.use(
    '/whoami',
    send((request) => JSON.stringify(request.user ?? null)),
  )
  app.use(
    '/',
    send(() => 'public'),
  )
  app.use((error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => {
    errors.push(error)
    next(error)
  })
  app.use(given.errorPage ?? errorPage())
  return middleware
}

function send(body: (request: { user?: { sub: string } }) => string): Middleware {
  return function sendBody(request, response) {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(body(request as { user?: { sub: string } }))
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
