// Whether our own site asked for something that changes state (Fetch Metadata; Origin, RFC 6454 section 7).
import type { HttpRequest } from './messages.ts'
import { isNavigationOrUnknown } from './navigation.ts'

/**
 * Whether a sign-out was asked for by our own site or by the person, not by a foreign page.
 *
 * `Sec-Fetch-Site` decides where it is sent. Browsers that do not send it (old ones, and all of them over plain http
 * off localhost) send `Origin` with a POST. A POST with neither comes from no browser in use; a GET with neither
 * proves nothing and is refused.
 */
export function isOwnSiteRequest(request: HttpRequest, origin: string): boolean {
  const { headers, method } = request
  if (method !== 'POST' && !isNavigationOrUnknown(request)) return false
  const site = headers['sec-fetch-site']
  // `none` is the person: address bar, bookmark. No page can make a browser send it.
  if (site !== undefined) return site === 'same-origin' || site === 'same-site' || site === 'none'
  if (headers.origin !== undefined) return headers.origin === origin
  return method === 'POST'
}
