// A request as the test provider saw it, kept for the assertions of tests.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** An endpoint of the test provider, by the name that its metadata gives it. */
export type EndpointName = 'discovery' | 'authorization' | 'token' | 'jwks' | 'userinfo' | 'end_session' | 'revocation'

/** A request that arrived at the test provider. */
export interface TestRequest {
  /** The HTTP method. */
  readonly method: string
  /** The path, without the query. */
  readonly path: string
  /** The endpoint that was asked; `undefined` for any other path. */
  readonly endpoint: EndpointName | undefined
  /** The query. */
  readonly query: URLSearchParams
  /** The headers, names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** The form, when the request had one. */
  readonly body: URLSearchParams | undefined
  /** The time of arrival (in seconds since 1970, with a fraction). */
  readonly at: number
}

const ENDPOINTS: Readonly<Record<string, EndpointName>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
  '/authorize': 'authorization',
  '/token': 'token',
  '/jwks': 'jwks',
  '/userinfo': 'userinfo',
  '/end_session': 'end_session',
  '/revoke': 'revocation',
}

/** Reads a request to its end. */
export async function readTestRequest(message: IncomingMessage): Promise<TestRequest> {
  const at = Date.now() / 1000
  const target = message.url ?? '/'
  const queryStart = target.indexOf('?')
  const path = queryStart === -1 ? target : target.slice(0, queryStart)
  const content = await buffer(message)
  return {
    method: message.method ?? 'GET',
    path,
    endpoint: Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined,
    query: new URLSearchParams(queryStart === -1 ? '' : target.slice(queryStart + 1)),
    headers: message.headers,
    body: isForm(message) ? new URLSearchParams(content.toString()) : undefined,
    at,
  }
}

/** The parameters of a request that may come as a query or as a form. */
export function requestParameters(request: TestRequest): URLSearchParams {
  return request.method === 'POST' ? (request.body ?? new URLSearchParams()) : request.query
}

/** RFC 6749 section 3.1: no parameter may come twice. RFC 8707 makes `resource` the exception. */
export function hasRepeatedParameter(parameters: URLSearchParams): boolean {
  return [...parameters.keys()].some((name) => name !== 'resource' && isRepeated(parameters, name))
}

/** Whether a parameter comes more than once. */
export function isRepeated(parameters: URLSearchParams, name: string): boolean {
  return parameters.getAll(name).length > 1
}

function isForm(message: IncomingMessage): boolean {
  return message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
}
