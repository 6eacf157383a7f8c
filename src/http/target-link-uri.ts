// Where somebody else's page may have a browser sent to after a login (OpenID Connect Core 1.0 section 4, target_link_uri).
import { excessOctets, parseReturnTo } from './return-to.ts'

/** An authority without credentials, and a path: what a URL parser would fold into one (a backslash, a space) is refused. */
const absolute = /^https?:\/\/[^/?#\\@\s]+(\/.*)?$/i

/** Where our own pages are; `basePath` is '' at the root. */
export interface Place {
  readonly origin: string
  readonly basePath: string
}

/**
 * A local path, when the value is a URL of our own origin, or a path, below the path of `baseUrl`; otherwise undefined.
 * "The RP MUST verify the value of the target_link_uri to prevent being used as an open redirector" (section 4).
 */
export function parseTargetLinkUri(value: string | undefined, { origin, basePath }: Place): string | undefined {
  const returnTo = parseReturnTo(pathOf(value, origin))
  return returnTo !== undefined && isBelow(returnTo, basePath) ? returnTo : undefined
}

/** How many octets its path has, if that is too many for a return path; otherwise undefined. */
export function excessOctetsOfTarget(value: string | undefined, { origin }: Pick<Place, 'origin'>): number | undefined {
  return excessOctets(pathOf(value, origin))
}

function pathOf(value: string | undefined, origin: string): string | undefined {
  return value === undefined || value.startsWith('/') ? value : pathAt(value, origin)
}

/** The rest as it was written, for the return-to rule to judge: a parser would have made it harmless to look at. */
function pathAt(value: string, origin: string): string | undefined {
  const [url, path = '/'] = absolute.exec(value) ?? []
  return url !== undefined && URL.canParse(url) && new URL(url).origin === origin ? path : undefined
}

/** Beside our own path there may be another app of the same origin, and its pages are not ours to open. */
function isBelow(returnTo: string, basePath: string): boolean {
  const path = returnTo.split(/[?#]/, 1)[0] ?? ''
  return path === basePath || path.startsWith(`${basePath}/`)
}
