// The host that a request was sent to, as the framework knows it: forwarded headers count only by its own `trust proxy`.
import type { HttpRequest } from './messages.ts'

type TrustProxy = (address: string | undefined, hops: number) => boolean

/** What Express puts on requests; Connect puts nothing there, and knows no proxy. */
type ExpressRequest = HttpRequest & { readonly app?: { get?(name: string): unknown } | undefined }

/**
 * Name and port as they were sent, in lower case; undefined when there is none, or more than one Host: which one counts
 * must not depend on who reads (RFC 9112 section 3.2).
 *
 * Express 5 has the same as `req.host`, but that of Express 4 leaves out the port.
 */
export function requestHost(request: HttpRequest): string | undefined {
  const names = request.rawHeaders.filter((_text, index) => index % 2 === 0) // names and values take turns
  if (names.filter((name) => name.toLowerCase() === 'host').length > 1) return undefined
  return (forwardedHost(request) ?? request.headers.host)?.toLowerCase()
}

/** The first of several is what the browser asked for; Express reads it so. */
function forwardedHost(request: ExpressRequest): string | undefined {
  const forwarded = String(request.headers['x-forwarded-host'] ?? '')
  const host = forwarded.split(',', 1)[0]?.trim()
  const trust = request.app?.get?.('trust proxy fn') as TrustProxy | undefined
  return host && trust?.(request.socket.remoteAddress, 0) === true ? host : undefined
}
