// Connections to a provider that are kept open between requests: node's own HTTP client, with one time limit for all of it.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { answerHeaders, ProviderResponse } from './provider-response.ts'

/** Shorter than servers and load balancers keep an idle connection: a code must not go out on one that is just being closed. */
const idleSeconds = 4

/** How requests go out. */
export interface ConnectionOptions {
  readonly timeoutSeconds: number
  readonly largestAnswerBytes: number
  /** PEM certificates to trust; undefined means the public ones. */
  readonly ca: string[] | undefined
}

/** What one request to the provider says. */
export interface HttpRequestInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | null | undefined
}

/** Sends one request; the answer has been read when it is there. A redirect is an answer like any other. */
export type Send = (url: URL, init: HttpRequestInit) => Promise<ProviderResponse>

/** Makes the pool of one provider. */
export function createConnectionPool({ timeoutSeconds, largestAnswerBytes, ca }: ConnectionOptions): Send {
  const kept = { keepAlive: true, timeout: idleSeconds * 1000 }
  const plain = new HttpAgent(kept)
  const secure = new HttpsAgent(ca === undefined ? kept : { ...kept, ca })

  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:'
      const options = { method, headers, agent: isSecure ? secure : plain }
      const request = (isSecure ? httpsRequest : httpRequest)(url, options)
      // From the first byte that is sent to the last that comes: a slow drip ends too.
      const limit = setTimeout(() => request.destroy(timedOut()), Math.ceil(timeoutSeconds * 1000))
      const fail = (error: Error) => {
        clearTimeout(limit)
        request.destroy()
        reject(error)
      }
      request.on('error', fail)
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

/** As `AbortSignal.timeout()` says it, which openid-client knows. */
function timedOut(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError')
}
