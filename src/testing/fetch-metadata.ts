// The headers that tell a server how a page navigation came about (W3C Fetch Metadata section 2; Fetch: the Origin header).

import { isTrustworthy } from './cookie-jar.ts'

/** How a navigation came about. */
export interface Navigation {
  readonly method: string
  /** The page with the link or form; `undefined` for a URL that was typed. */
  readonly from: URL | undefined
  /** All URLs of the navigation, from the first to the one that is requested now. */
  readonly chain: readonly URL[]
}

/** The headers of a page navigation for the last URL of the chain. */
export function navigationHeaders(navigation: Navigation): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  }
  const { method, from, chain } = navigation
  if (from && method !== 'GET') headers['origin'] = isOriginTainted(from, chain) ? 'null' : from.origin
  const url = chain.at(-1)
  // Browsers send these to trustworthy URLs only.
  if (!url || !isTrustworthy(url)) return headers
  return {
    ...headers,
    'sec-fetch-site': fetchSite(from, chain),
    'sec-fetch-mode': 'navigate',
    'sec-fetch-user': '?1',
    'sec-fetch-dest': 'document',
  }
}

/** The value of Sec-Fetch-Site: the farthest relation of the chain, which a redirect back home does not mend. */
function fetchSite(from: URL | undefined, chain: readonly URL[]): string {
  if (!from) return 'none'
  let site = 'same-origin'
  for (const url of chain) {
    if (url.origin === from.origin) continue
    if (!isSameSite(from, url)) return 'cross-site'
    site = 'same-site'
  }
  return site
}

/** Same scheme and same registrable domain. Ports do not matter, so 127.0.0.1:3000 and 127.0.0.1:4000 are the same site. */
export function isSameSite(one: URL, other: URL): boolean {
  return one.protocol === other.protocol && registrableDomain(one.hostname) === registrableDomain(other.hostname)
}

/** Two labels: right for `example.com` and `app.localhost`, too wide for suffixes such as `co.uk`, for which a list would be needed. */
function registrableDomain(host: string): string {
  if (host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)) return host
  return host.split('.').slice(-2).join('.')
}

/** Whether another origin than the first sent the browser on, across origins: its page is then no witness for the request. */
function isOriginTainted(from: URL, chain: readonly URL[]): boolean {
  return chain.some((url, index) => {
    const next = chain[index + 1]
    return next !== undefined && url.origin !== from.origin && next.origin !== url.origin
  })
}
