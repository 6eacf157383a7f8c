// The answer of an endpoint, the faults on it, and how it is sent.

import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { EndpointFault } from './provider-faults.ts'

const DRIP_PERIOD_SECONDS = 0.2

/** What an endpoint answers. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body: string | object
}

/** JSON, never cached. */
export function jsonAnswer(body: object, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
}

/** A page for a person; the text is ours and never echoes the request. */
export function pageAnswer(status: number, text: string): Answer {
  return htmlAnswer(status, `<p>${text}</p>`)
}

/** A page of markup that is escaped already. */
export function htmlAnswer(status: number, markup: string): Answer {
  const body = `<!doctype html><title>Test provider</title><link rel="icon" href="data:,">${markup}\n`
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body }
}

/** A redirect; the location is sent byte by byte as it is. */
export function redirectAnswer(location: string): Answer {
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' }
}

/** An error of RFC 6749 section 5.2. */
export function errorAnswer(error: string, description: string, status = 400): Answer {
  return jsonAnswer({ error, error_description: description }, status)
}

/** The answer of the endpoint, or of the fault that stands in for it. */
export function answerWithFault(endpoint: () => Answer, fault: EndpointFault): Answer {
  const answer = isStandIn(fault) ? standIn(fault) : endpoint()
  const headers = { ...answer.headers }
  if (fault.contentType !== undefined) headers['content-type'] = fault.contentType
  return { status: fault.status ?? answer.status, headers, body: damageBody(answer.body, fault) }
}

/** Sends the answer, as slowly and as incompletely as the fault says; returns early when the connection ends. */
export async function sendAnswer(response: ServerResponse, answer: Answer, fault: EndpointFault): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  if (fault.delaySeconds !== undefined) await pause(fault.delaySeconds, closed.signal)
  if (closed.signal.aborted) return
  if (fault.destroySocket) {
    response.destroy()
    return
  }
  response.writeHead(answer.status, answer.headers)
  const body = Buffer.from(serializeBody(answer.body))
  if (fault.drip) await drip(response, body, closed.signal)
  else response.end(body)
}

function isStandIn(fault: EndpointFault): boolean {
  return fault.body !== undefined || fault.redirectTo !== undefined || (fault.status ?? 0) >= 400
}

function standIn(fault: EndpointFault): Answer {
  if (fault.redirectTo !== undefined) return { ...redirectAnswer(fault.redirectTo), body: fault.body ?? '' }
  return { ...jsonAnswer({}), body: fault.body ?? '' }
}

function damageBody(body: string | object, fault: EndpointFault): string | object {
  const damaged = typeof body === 'string' ? body : damageMembers(body, fault)
  if (fault.bodyBytes === undefined) return damaged
  const text = serializeBody(damaged)
  return text + ' '.repeat(Math.max(0, fault.bodyBytes - Buffer.byteLength(text)))
}

function damageMembers(body: object, fault: EndpointFault): object {
  const members = Object.entries({ ...body, ...fault.replace })
  return Object.fromEntries(members.filter(([name]) => !fault.omit?.includes(name)))
}

function serializeBody(body: string | object): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

async function drip(response: ServerResponse, body: Buffer, closed: AbortSignal): Promise<void> {
  for (const byte of body) {
    if (closed.aborted) return
    response.write(Buffer.of(byte))
    await pause(DRIP_PERIOD_SECONDS, closed)
  }
  response.end()
}

/** Resolves after the time or when the connection ends: a provider that is stopped must not keep its process alive. */
async function pause(seconds: number, closed: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal: closed })
  } catch (error) {
    if (!closed.aborted) throw error
  }
}
