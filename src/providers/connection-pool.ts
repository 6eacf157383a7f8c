// Connections to a provider that are kept open between requests: node's own HTTP client, with one time limit for all of it.
import type { IncomingMessage } from 'node:http'
import { createUnderWay } from '../stores/under-way.ts'
import { answerHeaders, ProviderResponse } from './provider-response.ts'

/** Shorter than servers and load balancers keep an idle connection: a code must not go out on one that is just being closed. */
const idleSeconds = 4

/** How requests go out. */
export interface ConnectionOptions {
  readonly timeoutSeconds: number
  readonly largestAnswerBytes: number
  /** One or more certificates in PEM, to trust beside the public ones. */
  readonly ca: string | undefined
}

/** What one request to the provider says. */
export interface HttpRequestInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | null | undefined
}

/** Sends one request; the answer has been read when it is there. A redirect is an answer like any other. */
export type Send = (url: URL, init: HttpRequestInit) => Promise<ProviderResponse>

/** The connections to one provider. */
export interface ConnectionPool {
  readonly send: Send
  /**
   * Waits for the requests under way, and closes the connections. Later requests still work, each on a connection that is
   * closed with its answer. Never rejects.
   */
  close(): Promise<void>
}

/** Creates the pool of one provider. Idle connections do not keep the process alive (node's `Agent`). */
export function createConnectionPool({ timeoutSeconds, largestAnswerBytes, ca }: ConnectionOptions): ConnectionPool {
  const underWay = createUnderWay()
  let clients: Promise<Clients> | undefined
  let isClosing = false

  async function exchange(url: URL, { method, headers: given, body }: HttpRequestInit): Promise<ProviderResponse> {
    clients ??= loadClients(ca)
    const { http, https } = await clients
    const { request: send, agent } = url.protocol === 'https:' ? https : http
    const headers = isClosing ? { ...given, connection: 'close' } : given
    return await new Promise((resolve, reject) => {
      const request = send(url, { method, headers, agent })
      const fail = (error: Error) => {
        clearTimeout(limit)
        request.destroy()
        reject(withoutContent(error))
      }
      // From the first byte that is sent to the last that comes: a slow drip ends too.
      const limit = setTimeout(() => fail(timedOut()), Math.ceil(timeoutSeconds * 1000))
      request.on('error', fail)
      // Without a listener Node drops the request, and nobody hears of it.
      request.on('upgrade', (_response, socket) => {
        socket.destroy()
        fail(new Error('it answered with HTTP 101'))
      })
      request.on('response', (response) => {
        const answer = (content: Buffer) => {
          clearTimeout(limit)
          resolve(new ProviderResponse(response.statusCode ?? 0, answerHeaders(response.headers), content))
        }
        receive(response, largestAnswerBytes, { answer, fail })
      })
      request.end(body ?? undefined)
    })
  }

  return {
    send: (url, init) => underWay.track(exchange(url, init)),

    async close() {
      isClosing = true
      await underWay.settled()
      const { http, https } = (await clients?.catch(() => undefined)) ?? {}
      // Not agent.destroy(): that would cut off what has been asked since, such as a login that is being finished.
      const idle = [http, https].flatMap((client) => Object.values(client?.agent.freeSockets ?? {}).flat())
      for (const socket of idle) socket?.destroy()
    },
  }
}

type Clients = Awaited<ReturnType<typeof loadClients>>

/** With the first request: an app that starts does not wait for TLS. */
async function loadClients(ca: string | undefined) {
  const [http, https, { createSecureContext, rootCertificates }] = await Promise.all([
    import('node:http'),
    import('node:https'),
    import('node:tls'),
  ])
  const kept = { keepAlive: true, timeout: idleSeconds * 1000 }
  // Beside the public ones, so that a provider that moves to a public certificate goes on working. Read once: it takes 50 ms.
  const trusted =
    ca === undefined ? kept : { ...kept, secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) }
  return {
    http: { request: http.request, agent: new http.Agent(kept) },
    https: { request: https.request, agent: new https.Agent(trusted) },
  }
}

/** By events: an asynchronous iteration costs more than all the rest of an answer. */
function receive(
  response: IncomingMessage,
  largestBytes: number,
  { answer, fail }: { answer(content: Buffer): void; fail(error: Error): void },
): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > largestBytes) fail(new RangeError(`it is larger than ${largestBytes} bytes`))
    else chunks.push(chunk)
  })
  response.on('end', () => answer(Buffer.concat(chunks)))
  response.on('error', fail)
}

/** The parser adds what it could not read, and that may hold a token (threat V42). */
function withoutContent(error: Error & { rawPacket?: unknown }): Error {
  delete error.rawPacket
  return error
}

/** As `AbortSignal.timeout()` says it, which openid-client knows. */
function timedOut(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError')
}
