// One request and the answer to it without a network: what node:http gives to the code, and what went on the wire.
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { HttpRequest, HttpResponse } from '../../src/http/messages.ts'

/** What a test says about a request; headers in lower case, as node:http gives them. */
export interface RequestParts {
  readonly method?: string
  readonly url?: string | undefined
  readonly originalUrl?: string
  readonly headers?: Record<string, string | string[] | undefined>
}

/** What was sent. */
export interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
  readonly isEnded: boolean
}

/** A request that came over no network. */
export function requestOf(parts: RequestParts = {}): HttpRequest {
  return Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/', headers: {}, ...parts })
}

/** What the code under test answers; headers that the app set before are given in `earlier`. */
export function answerOf(
  request: HttpRequest,
  act: (response: HttpResponse) => void,
  earlier: Record<string, string | string[]> = {},
): Answer {
  const response = new ServerResponse(request)
  const wire = new PassThrough()
  response.assignSocket(wire as unknown as Socket)
  for (const [name, value] of Object.entries(earlier)) response.setHeader(name, value)
  act(response)
  const [, ...rest] = String(wire.read() ?? '').split('\r\n\r\n')
  return {
    status: response.statusCode,
    headers: { ...response.getHeaders() },
    body: rest.join('\r\n\r\n'),
    isEnded: response.writableEnded,
  }
}
