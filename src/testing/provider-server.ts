// The HTTP server of the test provider: the route table, and a port that stays the same over stop and start.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type Answer, answerWithFault, pageAnswer, sendAnswer } from './answer.ts'
import { authorizationEndpoint } from './endpoints/authorization.ts'
import { discoveryEndpoint, jwksEndpoint } from './endpoints/discovery.ts'
import { endSessionEndpoint } from './endpoints/end-session.ts'
import { revocationEndpoint } from './endpoints/revocation.ts'
import { tokenEndpoint } from './endpoints/token.ts'
import { userinfoEndpoint } from './endpoints/userinfo.ts'
import type { ProviderContext } from './provider-context.ts'
import type { EndpointFault, TestProviderFaults } from './provider-faults.ts'
import { readTestRequest, type TestRequest } from './test-request.ts'

interface Route {
  readonly methods: readonly string[]
  readonly endpoint: (context: ProviderContext, request: TestRequest) => Answer
  readonly fault?: Exclude<keyof TestProviderFaults, 'authorization' | 'idToken'>
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/.well-known/openid-configuration': { methods: ['GET'], endpoint: discoveryEndpoint, fault: 'discovery' },
  // Without faults: a client that follows the redirect of a discovery fault finds good metadata here, and is found out.
  '/.well-known/oauth-authorization-server': { methods: ['GET'], endpoint: discoveryEndpoint },
  '/jwks': { methods: ['GET'], endpoint: jwksEndpoint, fault: 'jwks' },
  '/authorize': { methods: ['GET', 'POST'], endpoint: authorizationEndpoint },
  '/token': { methods: ['POST'], endpoint: tokenEndpoint, fault: 'token' },
  '/userinfo': { methods: ['GET', 'POST'], endpoint: userinfoEndpoint, fault: 'userinfo' },
  '/end_session': { methods: ['GET', 'POST'], endpoint: endSessionEndpoint, fault: 'endSession' },
  '/revoke': { methods: ['POST'], endpoint: revocationEndpoint, fault: 'revocation' },
}

/** Listens on 127.0.0.1 and hands each request to its endpoint. */
export class ProviderServer {
  readonly #server: Server
  readonly #requests: TestRequest[]
  #context: ProviderContext | undefined
  #port: number

  constructor(port: number, requests: TestRequest[]) {
    this.#port = port
    this.#requests = requests
    this.#server = createServer((message, response) => {
      this.#answer(message, response).catch((error: unknown) => reportFailure(response, error))
    })
  }

  /** From here on the endpoints answer; the issuer is known only after the first start. */
  serve(context: ProviderContext): void {
    this.#context = context
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens, from the second time on at the same port; does nothing when it listens already. */
  async start(): Promise<void> {
    if (this.#server.listening) return
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Refuses connections and ends those that are open; does nothing when it has stopped already. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readTestRequest(message)
    this.#requests.push(request)
    if (!this.#context) throw new Error('The test provider was asked before it was ready.')
    const fault = faultOf(this.#context, request)
    await sendAnswer(response, route(this.#context, request, fault), fault)
  }
}

/** A claims function of a test may throw: its author should read why, and not hunt for a lost connection. */
function reportFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) {
    response.destroy()
    return
  }
  const reason = error instanceof Error ? error.message : String(error)
  response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`The test provider failed: ${reason}\n`)
}

function faultOf(context: ProviderContext, request: TestRequest): EndpointFault {
  const name = routeOf(request)?.fault
  return (name && context.faults[name]) ?? {}
}

function route(context: ProviderContext, request: TestRequest, fault: EndpointFault): Answer {
  const found = routeOf(request)
  if (!found) return pageAnswer(404, 'There is nothing here.')
  if (!found.methods.includes(request.method)) return pageAnswer(405, 'The method is not allowed here.')
  return answerWithFault(() => found.endpoint(context, request), fault)
}

function routeOf(request: TestRequest): Route | undefined {
  return Object.hasOwn(ROUTES, request.path) ? ROUTES[request.path] : undefined
}
