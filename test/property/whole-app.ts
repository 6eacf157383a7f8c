// A whole app without a network: express-session, our middleware, a guarded page and the error page, on Connect.
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import connect from 'connect'
import session from 'express-session'
import { errorPage, memoryStore, type Options, relyingParty, requireAuth } from '../../src/index.ts'
import { parseOptions } from '../../src/options-parser.ts'
import { createLoginHints } from '../../src/session/login-hint.ts'

/** One request, as node:http parses it. */
export interface FuzzRequest {
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What was answered. */
export interface FuzzAnswer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
}

/** The app, its stored sessions, and a `state` as the app makes it. */
export interface WholeApp {
  send(request: FuzzRequest): Promise<FuzzAnswer>
  /** The sessions that the store holds now. */
  stored(): Record<string, Record<string, unknown>>
  clear(): void
  createState(returnTo: string, attempt?: number): string
}

export const baseUrl = 'https://app.example'
export const providerUrl = 'https://id.example'

const options: Options = {
  provider: {
    issuer: providerUrl,
    metadata: {
      authorization_endpoint: `${providerUrl}/authorize`,
      token_endpoint: `${providerUrl}/token`,
      jwks_uri: `${providerUrl}/jwks`,
      end_session_endpoint: `${providerUrl}/logout`,
    },
  },
  clientId: 'fuzz',
  baseUrl,
  secret: 'a secret for tests of 32 bytes..',
}

/** Makes it. */
export function createWholeApp(): WholeApp {
  const store = new session.MemoryStore()
  const memory = store as unknown as { sessions: Record<string, string> }
  const app = connect()
  app.use(session({ secret: 'session-secret', resave: false, saveUninitialized: false, store }) as never)
  app.use(relyingParty({ ...options, store: memoryStore() }) as never)
  app.use('/orders', requireAuth() as never)
  app.use((_request, response) => void response.end('public'))
  app.use(errorPage() as never)
  const settings = parseOptions(options)
  const hints = createLoginHints(settings)
  const registration = settings.providers[0]?.registration ?? ''
  return {
    send: (request) => exchange(app, request),
    stored: () => Object.fromEntries(Object.entries(memory.sessions).map(([id, text]) => [id, JSON.parse(text)])),
    clear: () => store.clear(),
    createState: (returnTo, attempt = 0) =>
      hints.createState({ returnTo, attempt, isSilent: false, startedAt: Date.now() / 1000 }, registration),
  }
}

/** Resolves when the answer is on the wire; never, when there is none. */
function exchange(app: connect.Server, { method, url, headers, body = '' }: FuzzRequest): Promise<FuzzAnswer> {
  const incoming = new IncomingMessage(new Socket())
  Object.assign(incoming, { method, url, headers })
  incoming.push(body)
  incoming.push(null)
  const response = new ServerResponse(incoming)
  const wire = new PassThrough()
  wire.resume()
  response.assignSocket(wire as unknown as Socket)
  return new Promise((resolve, reject) => {
    response.once('finish', () => resolve({ status: response.statusCode, headers: { ...response.getHeaders() } }))
    app(incoming, response, (error: unknown) => reject(error ?? new Error('nobody answered')))
  })
}
