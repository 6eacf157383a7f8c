// URLs that somebody else chose, as far as a message may show them.

const longestCharacters = 200

/**
 * An http(s) URL of printable ASCII and at most 200 characters, without credentials, query and fragment; undefined for
 * anything else. Braces are in the issuers of some metadata (`{tenantid}`).
 */
export function plainUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > longestCharacters) return undefined
  return /^https?:\/\/[\w.~:/[\]{}%+,=-]+$/.test(value) && URL.canParse(value) ? value : undefined
}

/** Origin and path of a URL, which may be relative to `base`; undefined when that is no plain URL. */
export function plainLocation(value: string, base: string): string | undefined {
  if (!URL.canParse(value, base)) return undefined
  const { origin, pathname, username, password } = new URL(value, base)
  return username + password === '' ? plainUrl(origin + pathname) : undefined
}
