// The HTTP server of a simulator: its vendor's paths, rate limit, faults, and the port that stays over an outage.

import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Answer, answerWithFault, jsonAnswer, sendAnswer } from '../../src/testing/answer.ts'
import { createCertificate, toPem } from './certificate.ts'
import type { Context } from './context.ts'
import { authorizationEndpoint, resumeEndpoint } from './endpoints/authorization.ts'
import { checkSessionEndpoint, discoveryEndpoint, jwksEndpoint, webfingerEndpoint } from './endpoints/discovery.ts'
import { errorPageEndpoint } from './endpoints/error-page.ts'
import { introspectionEndpoint, revocationEndpoint } from './endpoints/introspection.ts'
import { loginEndpoint } from './endpoints/login.ts'
import { idpSignoffEndpoint, logoutEndpoint } from './endpoints/logout.ts'
import { parEndpoint } from './endpoints/par.ts'
import { tokenEndpoint } from './endpoints/token.ts'
import { userinfoEndpoint } from './endpoints/userinfo.ts'
import type { EndpointName } from './profile.ts'
import { RateLimiter } from './rate-limiter.ts'
import { readRequest, type SimulatorRequest } from './wire-request.ts'

interface Route {
  readonly methods: readonly string[]
  readonly endpoint: (context: Context, request: SimulatorRequest) => Answer
}

const readOnly = ['GET']
const both = ['GET', 'POST']
const writeOnly = ['POST']

const ROUTES: Readonly<Record<EndpointName, Route>> = {
  discovery: { methods: readOnly, endpoint: discoveryEndpoint },
  webfinger: { methods: readOnly, endpoint: webfingerEndpoint },
  jwks: { methods: readOnly, endpoint: jwksEndpoint },
  authorization: { methods: both, endpoint: authorizationEndpoint },
  par: { methods: writeOnly, endpoint: parEndpoint },
  login: { methods: both, endpoint: loginEndpoint },
  resume: { methods: readOnly, endpoint: resumeEndpoint },
  errorPage: { methods: readOnly, endpoint: errorPageEndpoint },
  token: { methods: writeOnly, endpoint: tokenEndpoint },
  userinfo: { methods: both, endpoint: userinfoEndpoint },
  introspection: { methods: writeOnly, endpoint: introspectionEndpoint },
  revocation: { methods: writeOnly, endpoint: revocationEndpoint },
  logout: { methods: both, endpoint: logoutEndpoint },
  idpSignoff: { methods: both, endpoint: idpSignoffEndpoint },
  checkSession: { methods: readOnly, endpoint: checkSessionEndpoint },
}

/** How the server is reached. */
export interface ServerOptions {
  readonly port: number
  readonly host: string
  /** The certificate is for `localhost` and signed by itself. */
  readonly tls: 'none' | 'self-signed' | 'self-signed-expired'
}

/** Listens and hands each request to its endpoint. */
export class SimulatorServer {
  readonly requests: SimulatorRequest[] = []
  /** The certificate in PEM, with TLS. */
  readonly certificate: string | undefined
  readonly #server: Server
  readonly #options: ServerOptions
  readonly #limiter = new RateLimiter()
  #context: Context | undefined
  #port: number

  constructor(options: ServerOptions) {
    this.#options = options
    this.#port = options.port
    const answer = (message: IncomingMessage, response: ServerResponse): void => {
      this.#answer(message, response).catch((error: unknown) => reportFailure(response, error))
    }
    if (options.tls === 'none') {
      this.#server = createServer(answer)
      return
    }
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const isExpired = options.tls === 'self-signed-expired'
    this.certificate = toPem(createCertificate({ ...pair, hostname: 'localhost', isExpired }))
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
    this.#server = createTlsServer({ key, cert: this.certificate }, answer)
  }

  /** From here on the endpoints answer; the origin is known only after the start. */
  serve(context: Context): void {
    this.#context = context
  }

  /** Behind TLS the name of the certificate, and the address otherwise. */
  get origin(): string {
    if (this.#options.tls !== 'none') return `https://localhost:${this.#port}`
    return `http://${this.#options.host}:${this.#port}`
  }

  /** Listens, from the second time on at the same port; does nothing when it listens already. */
  async start(): Promise<void> {
    if (this.#server.listening) return
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, this.#options.host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Refuses connections and ends those that are open. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const context = this.#context
    if (!context) throw new Error('The simulator was asked before it was ready.')
    const request = await readRequest(message, context.clock.nowAt(), (path) => endpointOf(context, path))
    this.requests.push(request)
    const fault = (request.endpoint && context.faults[request.endpoint]) ?? {}
    const refusal = this.#limiter.refuse(context, request)
    await sendAnswer(response, refusal ?? answerWithFault(() => route(context, request), fault), fault)
  }
}

function endpointOf({ location }: Context, path: string): EndpointName | undefined {
  const entries = Object.entries(location.paths) as [EndpointName, readonly string[]][]
  return entries.find(([, paths]) => paths.includes(path))?.[0]
}

function route(context: Context, request: SimulatorRequest): Answer {
  if (!request.endpoint) return context.profile.notFound(request.path)
  const { methods, endpoint } = ROUTES[request.endpoint]
  if (methods.includes(request.method)) return endpoint(context, request)
  return jsonAnswer({ error: 'invalid_request', error_description: 'The method is not allowed.' }, 405)
}

/** A hook of a profile may throw: its author should read why, and not hunt for a lost connection. */
function reportFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) {
    response.destroy()
    return
  }
  const reason = error instanceof Error ? error.message : String(error)
  response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`The simulator failed: ${reason}\n`)
}
