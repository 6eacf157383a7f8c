// The challenges of a WWW-Authenticate header (RFC 9110 section 11.6.1): several in one field, in quotes or without.

/** One challenge; scheme and names of parameters are in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const longest = 8192
const tokenChars = "[\\w!#$%&'*+.^`|~-]+"
const separator = /[\t ]*(?:,[\t ,]*|$)/y
const parameter = new RegExp(`(${tokenChars})[\\t ]*=[\\t ]*(?:(${tokenChars})|"((?:[^"\\\\]|\\\\.)*)")`, 'y')
const scheme = new RegExp(`(${tokenChars})(?=[ ,]|$) *`, 'y')
const between = /[\t ,]*/y
const token68 = /[\w\-.~+/]+=*(?=[\t ]*(?:,|$))/y

interface ChallengeInMaking {
  readonly scheme: string
  readonly parameters: Map<string, string>
}

/** Reads the header; an empty list when it is absent, huge or not of that form: half of it must not count. */
export function parseChallenges(header: string | null): Challenge[] {
  if (header === null || header.length > longest) return []
  const read = readerOf(header)
  const challenges: ChallengeInMaking[] = []
  read(between)
  while (!read.isAtEnd()) {
    const found = read(parameter)
    const isRead = found === undefined ? readScheme(read, challenges) : addParameter(found, challenges.at(-1))
    if (!isRead || (found !== undefined && read(separator) === undefined)) return []
  }
  return challenges
}

/** RFC 9110 section 11.2: a parameter comes once in a challenge, and not before any scheme. */
function addParameter([, name = '', plain, quoted = '']: RegExpExecArray, challenge?: ChallengeInMaking): boolean {
  const key = name.toLowerCase()
  if (challenge === undefined || challenge.parameters.has(key)) return false
  // Section 5.6.4: a backslash stands before the character that is meant.
  challenge.parameters.set(key, plain ?? quoted.replace(/\\(.)/g, '$1'))
  return true
}

/** With the credentials-like text that some schemes have in the place of parameters. */
function readScheme(read: Reader, challenges: ChallengeInMaking[]): boolean {
  const [, name] = read(scheme) ?? []
  if (name === undefined) return false
  challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
  read(token68)
  read(between)
  return true
}

type Reader = ReturnType<typeof readerOf>

/** Reads on from where the last match ended; every pattern is sticky. */
function readerOf(text: string) {
  let position = 0
  const read = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position
    const match = pattern.exec(text) ?? undefined
    if (match !== undefined) position = pattern.lastIndex
    return match
  }
  return Object.assign(read, { isAtEnd: () => position >= text.length })
}
