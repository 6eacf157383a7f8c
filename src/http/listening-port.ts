// Whether the public addresses lead to the port that the app listens on: seen on a developer's machine alone.
import type { Address } from './address.ts'
import type { HttpRequest } from './messages.ts'
import { requestHost } from './request-host.ts'
import { isLoopback } from './secure-url.ts'

/**
 * The port that a browser on this machine found the app at, when none of the addresses has it; undefined when they do, and
 * wherever something may stand between: a proxy, a container's port, TLS, another host.
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

/** By a proxy that says so, or by one that does not, such as that of a development server, from a page of an address. */
function isPassedOn({ headers }: HttpRequest, addresses: readonly Address[]): boolean {
  const isByProxy = Object.keys(headers).some((name) => /^(x-forwarded-|forwarded$|via$)/.test(name))
  const pages = [headers.referer, headers.origin].map((page = '') => (URL.canParse(page) ? new URL(page).origin : ''))
  return isByProxy || addresses.some(({ origin }) => pages.includes(origin))
}

function portOf({ port }: URL): number {
  return Number(port || 80)
}
