// Requests to the provider: a keep-alive pool, time limits, a size cap, TLS unless on loopback, no redirects.
import { readFileSync } from 'node:fs'
import type * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { readCapped } from '../http/read-capped.ts'
import { mayUse } from '../http/secure-url.ts'
import type { ProviderDispatcher, ProviderFetch } from '../options-client.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { type ConnectionPool, createConnectionPool, type HttpRequestInit, type Send } from './connection-pool.ts'
import { type Answer, answerHeaders, ProviderResponse } from './provider-response.ts'

/** No answer of a provider comes near it: metadata and keys have some 10 kB. */
const largestAnswerBytes = 1024 * 1024

/** Sends one request, and answers when the answer has been read: within the cap and the time limit. */
export type HttpClient = (url: string, init: HttpRequestInit) => Promise<Answer>

/** Creates the client for all requests to a provider, and what closes its connections. */
export function createHttpClient(settings: ProviderSettings): HttpClient & Pick<ConnectionPool, 'close'> {
  const { send, close } = connectionsOf(settings)
  const request: HttpClient = async (url, init) => {
    const target = new URL(url)
    if (!mayUse(target, settings)) throw new TypeError(`refused to ask ${target.origin} without TLS`)
    return await send(target, init)
  }
  return Object.assign(request, { close })
}

function connectionsOf(settings: ProviderSettings): ConnectionPool {
  const { fetch, dispatcher, httpTimeoutSeconds: timeoutSeconds, ca } = settings
  const appsOwn = fetch === undefined ? dispatcher && sendByDispatcher(dispatcher) : sendByFetch(fetch)
  if (appsOwn !== undefined) return { send: limited(appsOwn, timeoutSeconds), close: async () => {} }
  return createConnectionPool({ timeoutSeconds, largestAnswerBytes, ca: ca && readCertificate(ca) })
}

/** A way of the user's own to send requests. */
type SendBySignal = (url: URL, init: HttpRequestInit, signal: AbortSignal) => Promise<ProviderResponse>

/** One that does not heed its signal must not hold every login that waits for the same answer. */
function limited(send: SendBySignal, timeoutSeconds: number): Send {
  return async (url, init) => {
    const signal = AbortSignal.timeout(Math.ceil(timeoutSeconds * 1000)) // timers take whole milliseconds only
    return await Promise.race([send(url, init, signal), aborted(signal)])
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

const certificateMark = '-----BEGIN CERTIFICATE-----'

/** PEM, or the path of a PEM file. What was given is not repeated: it may be a private key, by mistake. */
function readCertificate(ca: string): string {
  const pem = ca.includes('-----BEGIN') ? ca : readIfThere(ca)
  if (pem?.includes(certificateMark)) return pem
  const message =
    'relyingParty(options): provider.ca must be a certificate in PEM, or the path of a readable file with one'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // the caller says what is wrong
  }
}

/** The same client in the form in which openid-client calls one. */
export function asProviderFetch(http: HttpClient): openid.CustomFetch {
  return async (url, { method, headers, body }) => {
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof URLSearchParams)) {
      throw new TypeError('only forms are sent to a provider')
    }
    const answer: unknown = await http(url, { method, headers, body: body?.toString() })
    return answer as Response // see ProviderResponse
  }
}

/** Calls the dispatcher's own `request`, so that one of any undici version works. */
function sendByDispatcher(dispatcher: ProviderDispatcher): SendBySignal {
  return async ({ origin, pathname, search }, { method, headers, body = null }, signal) => {
    const answer = await dispatcher.request({ origin, path: pathname + search, method, headers, body, signal })
    const content = await readCapped(answer.body, largestAnswerBytes)
    return new ProviderResponse(answer.statusCode, answerHeaders(answer.headers), content)
  }
}

function sendByFetch(fetch: ProviderFetch): SendBySignal {
  return async (url, { method, headers, body = null }, signal) => {
    const answer = await fetch(url.href, { method, headers, body, redirect: 'manual', signal })
    if (answer.redirected) throw new TypeError('the given fetch followed a redirect, although it was told not to')
    const content = answer.body === null ? new Uint8Array() : await readCapped(answer.body, largestAnswerBytes)
    return new ProviderResponse(answer.status, answer.headers, content)
  }
}
