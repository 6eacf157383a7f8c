// Whether our own site asked for something that changes state (Fetch Metadata; Origin, RFC 6454 section 7).
import type { HttpRequest } from './messages.ts'
import { isNavigationOrUnknown } from './navigation.ts'

/**
 * Whether a sign-out was asked for by our own site, not by a foreign page.
 *
 * `Sec-Fetch-Site` decides where it is sent. Browsers that do not send it (old ones, and all of them over plain http
 * off localhost) send `Origin` with a POST. A POST with neither comes from no browser in use; a GET with neither
 * proves nothing and is refused.
 */
export function isOwnSiteRequest(request: HttpRequest, origin: string): boolean {
  const { headers, method } = request
  if (method !== 'POST' && !isNavigationOrUnknown(request)) return false
  const site = headers['sec-fetch-site']
  // Not `none`, the address bar: a page that was typed or opened from a mail keeps it over its redirect to here.
  if (site !== undefined) return site === 'same-origin' || site === 'same-site'
  if (headers.origin !== undefined) return headers.origin === origin
  return method === 'POST'
}

/**
 * Whether a page of this very origin posted it, and the browser says so: neither a sister host, nor a program that sends no
 * header at all. What is kept of such a request is sent again later, in the person's name.
 */
export function isSameOriginPost({ headers, method }: HttpRequest, origin: string): boolean {
  if (method !== 'POST') return false
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === origin : site === 'same-origin'
}
