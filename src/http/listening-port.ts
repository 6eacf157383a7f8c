// Finds out, on a developer's machine, whether the public addresses lead to the port that the app listens on.
import type { Address } from './address.ts'
import type { HttpRequest } from './messages.ts'
import { requestHost } from './request-host.ts'
import { isLoopback } from './secure-url.ts'

/**
 * Returns the port at which a browser on this machine reached the app, when none of the addresses has it. Returns undefined
 * when one has it, and when something may be in between: a proxy, the mapped port of a container, TLS, another host.
 */
export function strayPort(request: HttpRequest, addresses: readonly Address[]): number | undefined {
  const { localPort } = request.socket
  const urls = addresses.map(({ origin }) => new URL(origin))
  if (localPort === undefined || isPassedOn(request, addresses)) return undefined
  if (!urls.every((url) => url.protocol === 'http:' && isLoopback(url) && portOf(url) !== localPort)) return undefined
  const host = `http://${requestHost(request)}`
  const isDirect = URL.canParse(host) && isLoopback(new URL(host)) && portOf(new URL(host)) === localPort
  return isDirect ? localPort : undefined
}

/** A proxy says so in a header, or (that of a development server) the request comes from a page of one of the addresses. */
function isPassedOn({ headers }: HttpRequest, addresses: readonly Address[]): boolean {
  const isByProxy = Object.keys(headers).some((name) => /^(x-forwarded-|forwarded$|via$)/.test(name))
  const pages = [headers.referer, headers.origin].map((page = '') => (URL.canParse(page) ? new URL(page).origin : ''))
  return isByProxy || addresses.some(({ origin }) => pages.includes(origin))
}

function portOf({ port }: URL): number {
  return Number(port || 80)
}
