// One request of a test on bare node:http: nothing is added to it and nothing is normalised.

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Simulator } from './simulator.ts'

/** A request, byte by byte. */
export interface WireRequest {
  readonly method: 'GET' | 'POST'
  /** The request target. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer as it came. */
export interface WireAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body; empty when it is no JSON. */
  readonly json: Readonly<Record<string, unknown>>
  /** The Location, byte by byte. */
  readonly location: string
  /** The parameters of the Location's query. */
  readonly callback: URLSearchParams
}

/** Sends exactly this; a self-signed certificate is trusted when it is the simulator's own. */
export async function send(simulator: Simulator, wire: WireRequest): Promise<WireAnswer> {
  const response = await exchange(simulator, wire)
  const body = await text(response)
  const location = response.headers.location ?? ''
  const isJson = response.headers['content-type'] === 'application/json' && body !== ''
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: body,
    json: isJson ? (JSON.parse(body) as Record<string, unknown>) : {},
    location,
    callback: new URLSearchParams(location.split('?').slice(1).join('?')),
  }
}

function exchange({ url, certificate }: Simulator, wire: WireRequest): Promise<IncomingMessage> {
  const { protocol, hostname: host, port } = new URL(url)
  const request = protocol === 'https:' ? httpsRequest : httpRequest
  const trust = certificate === undefined ? {} : { ca: certificate }
  const options = { host, port, method: wire.method, path: wire.target, headers: { ...wire.headers }, agent: false }
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, ...trust }, resolve)
    outgoing.once('error', reject)
    outgoing.end(wire.body)
  })
}
