// Links to our own routes that carry a return path: none is longer than servers accept.
import { longestUrl } from './return-to.ts'

/** Builds a link; undefined parameters are left out. */
export function linkTo(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** Whether a link has more octets than every server and proxy should support (RFC 9110 section 4.1). */
export function isTooLong(link: string): boolean {
  return link.length > longestUrl // it is ASCII: each character is an octet
}
