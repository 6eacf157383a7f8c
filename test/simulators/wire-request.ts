// A request as it came over the wire, kept for the endpoints and for the assertions of tests.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { EndpointName } from './profile.ts'

/** A request that arrived at a simulator. */
export interface SimulatorRequest {
  readonly method: string
  /** The request target, byte by byte. */
  readonly target: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body, byte by byte. */
  readonly content: string
  /** The parameters of a form or, where the vendor takes it, of a JSON object; `undefined` for any other body. */
  readonly form: URLSearchParams | undefined
  readonly endpoint: EndpointName | undefined
  /** The time of arrival by the simulator's clock. */
  readonly at: number
}

/** Reads a request to its end. */
export async function readRequest(
  message: IncomingMessage,
  at: number,
  endpointOf: (path: string) => EndpointName | undefined,
): Promise<SimulatorRequest> {
  const target = message.url ?? '/'
  const [path = '/', ...query] = target.split('?')
  const content = await text(message)
  return {
    method: message.method ?? 'GET',
    target,
    path,
    query: new URLSearchParams(query.join('?')),
    headers: message.headers,
    content,
    form: parseForm(message.headers['content-type'] ?? '', content),
    endpoint: endpointOf(path),
    at,
  }
}

/** The parameters of an endpoint that takes a query or a form. */
export function parametersOf(request: SimulatorRequest): URLSearchParams {
  return request.method === 'POST' ? (request.form ?? new URLSearchParams()) : request.query
}

/** A parameter, or `undefined`; an empty one is as good as none (RFC 6749 section 3.1). */
export function parameterOf(parameters: URLSearchParams, name: string): string | undefined {
  const value = parameters.get(name)
  return value === null || value === '' ? undefined : value
}

/** RFC 6749 section 3.1: no parameter may come twice. */
export function hasRepeatedParameter(parameters: URLSearchParams): boolean {
  const names = [...parameters.keys()].filter((name) => name !== 'resource')
  return new Set(names).size < names.length
}

/** The value of a cookie. */
export function cookieOf(request: SimulatorRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return pairs.find(([key]) => key === name)?.[1]
}

function parseForm(contentType: string, content: string): URLSearchParams | undefined {
  if (contentType.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams(content)
  // WSO2 takes JSON as well (wire 1.4); whether the other vendors do is unknown, so nothing is refused.
  if (contentType.startsWith('application/json')) return parseJsonForm(content)
  return undefined
}

function parseJsonForm(content: string): URLSearchParams | undefined {
  try {
    const members: unknown = JSON.parse(content)
    if (typeof members !== 'object' || members === null) return undefined
    return new URLSearchParams(Object.entries(members).map(([name, value]): [string, string] => [name, String(value)]))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
