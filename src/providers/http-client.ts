// Requests to the provider: a keep-alive pool, time limits, a size cap, TLS unless on loopback, no redirects.
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import type * as openid from 'openid-client'
import { Agent, type Dispatcher } from 'undici'
import { RelyingPartyError } from '../errors.ts'
import { readCapped } from '../http/read-capped.ts'
import { mayUse } from '../http/secure-url.ts'
import type { ProviderFetch } from '../options.ts'
import type { ProviderSettings } from '../options-settings.ts'

/** No answer of a provider comes near it: metadata and keys have some 10 kB. */
const largestAnswerBytes = 1024 * 1024

/** What one request to the provider says. */
export interface HttpRequestInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | null | undefined
}

/** Sends one request and answers with a web `Response` whose body has been read, within the cap and the time limit. */
export type HttpClient = (url: string, init: HttpRequestInit) => Promise<Response>

/** Makes the client that everything we ask a provider goes through. */
export function createHttpClient(settings: ProviderSettings): HttpClient {
  const limit = Math.ceil(settings.httpTimeoutSeconds * 1000) // timers take whole milliseconds only
  const send = settings.fetch === undefined ? sendBy(dispatcherOf(settings, limit)) : sendByFetch(settings.fetch)

  return async function request(url, init) {
    if (!mayUse(new URL(url), settings)) throw new TypeError(`refused to ask ${new URL(url).origin} without TLS`)
    const signal = AbortSignal.timeout(limit)
    const answer = send(url, { ...init, body: init.body ?? null, redirect: 'manual', signal })
    return await Promise.race([answer, aborted(signal)])
  }
}

/** A given `fetch` that does not heed its signal must not hold every login that waits for the same answer. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

function dispatcherOf({ dispatcher, ca }: ProviderSettings, limit: number): Pick<Dispatcher, 'request'> {
  if (dispatcher !== undefined) return dispatcher
  // Beside the public ones, so that a provider that moves to a public certificate goes on working.
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, readCertificate(ca)] }
  return new Agent({ connect: { timeout: limit, ...trusted }, headersTimeout: limit, bodyTimeout: limit })
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
  return (url, { method, headers, body }) => {
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof URLSearchParams)) {
      throw new TypeError('only forms are sent to a provider')
    }
    return http(url, { method, headers, body: body?.toString() })
  }
}

/** Calls the dispatcher's own `request`, so that one of another undici version works too. */
function sendBy(dispatcher: Pick<Dispatcher, 'request'>): ProviderFetch {
  return async (url, { method, headers, body, signal }) => {
    const { origin, pathname, search } = new URL(url)
    const answer = await dispatcher.request({
      origin,
      path: pathname + search,
      method: method as Dispatcher.HttpMethod,
      headers: { ...headers },
      body,
      signal,
    })
    const content = await readCapped(answer.body, largestAnswerBytes)
    return asResponse(answer.statusCode, headerList(answer.headers), content)
  }
}

function sendByFetch(fetch: ProviderFetch): ProviderFetch {
  return async (url, init) => {
    const answer = await fetch(url, init)
    if (answer.redirected) throw new TypeError('the given fetch followed a redirect, although it was told not to')
    if (answer.body === null) return answer
    const content = await readCapped(answer.body, largestAnswerBytes)
    return asResponse(answer.status, [...answer.headers], content)
  }
}

/** A redirect is an answer like any other, and so a failure: following one would take a code to another place. */
function asResponse(status: number, headers: [string, string][], content: Buffer): Response {
  const hasBody = status !== 204 && status !== 304 && status >= 200
  return new Response(hasBody ? new Uint8Array(content) : null, { status, headers })
}

function headerList(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  )
}
