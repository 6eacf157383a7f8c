// The cookies of one browser (RFC 6265 section 5, with the prefixes, sizes and SameSite of RFC 6265bis).

const MAX_COOKIE_BYTES = 4096

/** A cookie as the browser keeps it. */
export interface CookieRecord {
  readonly name: string
  readonly value: string
  /** The host that set it, or with `isHostOnly: false` the domain for which it was set; as in browsers, ports do not matter. */
  readonly host: string
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
  readonly isHttpOnly: boolean
  /** As it was sent, e.g. `Lax`. A cookie without it goes along everywhere, as with `None`. */
  readonly sameSite: string | undefined
  /** When it ends (in seconds since 1970); `undefined` for a session cookie. */
  readonly expiresAt: number | undefined
}

/** Where a navigation comes from; redirects on the way do not count, as in browsers. */
export interface RequestOrigin {
  /** Whether a page of another site began it. */
  readonly isCrossSite: boolean
  readonly method: string
}

/** A set of cookies with the rules for storing and sending them. */
export class CookieJar {
  // In order of creation, which a replaced cookie keeps: it decides the order of sending.
  readonly #cookies: Map<string, CookieRecord> = new Map()

  /** The cookies that have not expired. */
  list(): CookieRecord[] {
    return [...this.#cookies.values()].filter((cookie) => !isExpired(cookie))
  }

  /** Removes all cookies. */
  clear(): void {
    this.#cookies.clear()
  }

  /** Stores what one `Set-Cookie` header says, unless a browser would ignore it. */
  store(header: string, url: URL): void {
    const cookie = parseSetCookie(header, url)
    if (!cookie || !isAcceptable(cookie, url)) return
    const key = JSON.stringify([cookie.name, cookie.host, cookie.path, cookie.isHostOnly])
    if (isExpired(cookie)) this.#cookies.delete(key)
    else this.#cookies.set(key, cookie)
  }

  /** The `Cookie` header for a URL: longer paths first, then the older cookie. */
  header(url: URL, origin: RequestOrigin = { isCrossSite: false, method: 'GET' }): string | undefined {
    const sent = this.list().filter((cookie) => isSentTo(cookie, url) && isAllowedFrom(origin, cookie))
    sent.sort((one, other) => other.path.length - one.path.length)
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }
}

/** Whether browsers treat the host as secure even over http: the loopback interface. */
export function isTrustworthy(url: URL): boolean {
  if (url.protocol === 'https:') return true
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

function parseSetCookie(header: string, url: URL): CookieRecord | undefined {
  const [pair = '', ...rest] = header.split(';')
  const separator = pair.indexOf('=')
  if (separator < 1) return undefined
  const attributes = parseAttributes(rest)
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? ''
  return {
    name: pair.slice(0, separator).trim(),
    value: pair.slice(separator + 1).trim(),
    host: domain === '' ? url.hostname : domain,
    // No public suffix list: a domain of one label (`localhost`, `com`) is taken for a suffix, which may only name itself.
    isHostOnly: domain === '' || isAddress(url.hostname) || !domain.includes('.'),
    path: pathOf(attributes.get('path'), url),
    isSecure: attributes.has('secure'),
    isHttpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    expiresAt: expiryOf(attributes),
  }
}

/** The attributes by lower-case name; of repeated ones the last counts. */
function parseAttributes(parts: readonly string[]): Map<string, string> {
  return new Map(
    parts.map((part) => {
      const [name = '', ...value] = part.split('=')
      return [name.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
}

/** RFC 6265 section 5.1.4: the default is the directory of the URL. */
function pathOf(attribute: string | undefined, url: URL): string {
  if (attribute?.startsWith('/')) return attribute
  const end = url.pathname.lastIndexOf('/')
  return end <= 0 ? '/' : url.pathname.slice(0, end)
}

/** Max-Age wins over Expires (section 5.3); what cannot be read is ignored. */
function expiryOf(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    return Number(maxAge) <= 0 ? 0 : Date.now() / 1000 + Number(maxAge)
  }
  const expiresAt = Date.parse(attributes.get('expires') ?? '') / 1000
  return Number.isNaN(expiresAt) ? undefined : expiresAt
}

function isExpired(cookie: CookieRecord): boolean {
  return cookie.expiresAt !== undefined && cookie.expiresAt <= Date.now() / 1000
}

function isAcceptable(cookie: CookieRecord, url: URL): boolean {
  if (cookie.name === '' || Buffer.byteLength(cookie.name + cookie.value) > MAX_COOKIE_BYTES) return false
  if (!isDomainMatch(cookie, url.hostname)) return false
  if (cookie.isSecure && !isTrustworthy(url)) return false
  if (cookie.name.startsWith('__Secure-')) return cookie.isSecure
  if (cookie.name.startsWith('__Host-')) return cookie.isSecure && cookie.isHostOnly && cookie.path === '/'
  return true
}

function isSentTo(cookie: CookieRecord, url: URL): boolean {
  if (cookie.isSecure && !isTrustworthy(url)) return false
  return isDomainMatch(cookie, url.hostname) && isPathMatch(cookie.path, url.pathname)
}

/** RFC 6265bis section 5.8.3: from another site `Strict` never comes along, and `Lax` with a GET only. */
function isAllowedFrom({ isCrossSite, method }: RequestOrigin, { sameSite = 'none' }: CookieRecord): boolean {
  if (!isCrossSite) return true
  return sameSite.toLowerCase() === 'lax' ? method === 'GET' : sameSite.toLowerCase() !== 'strict'
}

function isDomainMatch(cookie: CookieRecord, host: string): boolean {
  if (cookie.host === host) return true
  return !cookie.isHostOnly && host.endsWith(`.${cookie.host}`) && !isAddress(host)
}

function isPathMatch(cookiePath: string, path: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)
}
