// The return-to rule: which path a browser may be sent to after login (RFC 9700 section 4.11.1, open redirectors).
import { hash } from 'node:crypto'

/** Octets. Every server and proxy should support a request line of that length (RFC 9110 section 4.1). */
export const longestUrl = 8000
const base = 'http://return-to.invalid'

/**
 * A local path with query and fragment, written as a browser reads it, or undefined when the value is anything else.
 *
 * The rule comes first and the URL parser second: a parser alone tells how a browser reads `/\evil.example`, but what
 * stands between us and the browser (a proxy, a router) may decode once more, so the decoded readings must hold too.
 */
export function parseReturnTo(value: unknown): string | undefined {
  if (typeof value !== 'string' || Buffer.byteLength(value) > longestUrl || hasForbiddenCharacter(value))
    return undefined
  const path = value.split(/[?#]/, 1)[0] ?? ''
  if (!readings(path).every(isLocalPath)) return undefined
  const { pathname, search, hash: fragment } = new URL(value, base)
  // Folding `/./` or `/a/../` away can bring forward what the rule forbids at the start.
  if (!readings(pathname).every(isLocalPath)) return undefined
  const returnTo = pathname + search + fragment
  return returnTo.length > longestUrl ? undefined : returnTo // it is ASCII: each character is an octet
}

/** How many octets a value has, as the browser sends it, if that is too many for a return path; otherwise undefined. */
export function excessOctets(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const sent = URL.canParse(value, base) ? new URL(value, base).href.slice(base.length) : ''
  const octets = Math.max(Buffer.byteLength(value), sent.length)
  return octets > longestUrl ? octets : undefined
}

/** Identifies a page in a few octets, to compare it with others: a long path is replaced by its hash. */
export function pageId(path: string): string {
  return path.length > 64 ? hash('sha256', path, 'base64url') : path
}

/** As written, and as whoever decodes it once or twice more reads it. */
function readings(path: string): string[] {
  const decoded = decode(path)
  return [path, decoded, decode(decoded)]
}

/** As written, and after a browser has folded its dot segments: `/.//evil.example` becomes `//evil.example`. */
function isLocalPath(path: string): boolean {
  return hasLocalStart(path) && URL.canParse(path, base) && hasLocalStart(new URL(path, base).pathname)
}

/** One slash, and then neither a second one nor anything that a browser or a proxy folds into one. */
function hasLocalStart(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop them, `/<tab>/evil` is `//evil` to them.
  return /^\/(?![\s\u0000-\u001f]*[/\\])/.test(path)
}

/** Browsers drop control characters and white space, and read a backslash as a slash (WHATWG URL section 4.4). */
function hasForbiddenCharacter(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters the rule is about.
  return /[\s\u0000-\u001f\u007f-\u009f\\]/.test(value)
}

/** Leniently, as proxies do: an invalid escape in one place does not keep them from decoding the others. */
function decode(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
}
