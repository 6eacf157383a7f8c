import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReturnTo } from '../../src/http/return-to.ts'
import { runs } from './runs.ts'

const app = 'https://app.example'
const many = runs(2000)

/** Pieces of published attacks; random text alone hits none of them. */
const pieces = [
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    './',
    '../',
    '?',
    '#',
    '@',
    ':',
    ';',
    '&',
    '=',
    ' ',
    '\t',
    '\r',
    '\n',
    '\u0000',
    '\u000b',
  ],
  ...[
    '%2f',
    '%2F',
    '%5c',
    '%5C',
    '%2e',
    '%2E',
    '%09',
    '%0a',
    '%0d',
    '%00',
    '%20',
    '%25',
    '%252f',
    '%255c',
    '%ff',
    '%',
    '%c3',
  ],
  ...[
    'evil.example',
    'https:',
    'javascript:',
    'user:pw@',
    'orders',
    'a',
    '\u00a0',
    '\u200b',
    '\u3000',
    '\uff0f',
    '\uff3c',
  ],
  ...['\u2215', '\u3002', '\ufeff', '\u00fc', '\ud800', '[::1]', '\u0085', '\u2028'],
]
const assembled = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''))
const path = assembled.map((rest) => `/${rest}`)
/** Around the limit of 8,000 octets, also where the browser sends more octets than there are characters. */
const long = fc
  .tuple(path, fc.constantFrom('a', '%41', '\u00fc', '/../a', '?', '#'), fc.integer({ min: 7900, max: 8100 }))
  .map(
    ([start, piece, length]) => start + piece.repeat(Math.ceil(length / piece.length)).slice(0, length - start.length),
  )
const value = fc.oneof(path, long, assembled, fc.webUrl(), fc.string(), fc.string({ unit: 'binary' }), fc.anything())

/** What a lenient decoder between us and the browser may make of it: each valid escape alone. */
function decodeEach(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function resultsOf(given: unknown): string[] {
  const result = parseReturnTo(given)
  return result === undefined ? [] : [result]
}

describe('parseReturnTo', () => {
  it('gives only what a browser reads as a place on our origin (RFC 9700 section 4.11.1)', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const result of resultsOf(given)) expect(new URL(result, app).origin).toBe(app)
      }),
      many,
    )
  })

  it('gives only what stays on our origin when somebody decodes its path once or twice', () => {
    fc.assert(
      fc.property(path, (given) => {
        for (const result of resultsOf(given)) {
          const [pathname = ''] = result.split(/[?#]/, 1)
          const once = decodeEach(pathname)
          for (const reading of [once, decodeEach(once)]) expect(new URL(reading, app).origin).toBe(app)
        }
      }),
      many,
    )
  })

  it('gives what a URL parser leaves as it is', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const result of resultsOf(given)) {
          const { pathname, search, hash } = new URL(result, app)
          expect(pathname + search + hash).toBe(result)
        }
      }),
      many,
    )
  })

  it('gives 8,000 octets at most (RFC 9110 section 4.1)', () => {
    fc.assert(
      fc.property(fc.oneof(long, value), (given) => {
        for (const result of resultsOf(given)) expect(Buffer.byteLength(result)).toBeLessThanOrEqual(8000)
      }),
      many,
    )
  })

  it('gives what it would accept again, unchanged', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const result of resultsOf(given)) expect(parseReturnTo(result)).toBe(result)
      }),
      many,
    )
  })

  it('gives what can stand in a header: ASCII without control characters and spaces', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const result of resultsOf(given)) expect(result).toMatch(/^\/[\x21-\x7e]*$/)
      }),
      many,
    )
  })

  it('accepts every plain path', () => {
    const segment = fc.stringMatching(/^[a-z0-9_~-]{1,12}$/)
    const plain = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`)
    fc.assert(
      fc.property(plain, fc.webQueryParameters(), (pathname, query) => {
        expect(parseReturnTo(pathname)).toBe(pathname)
        expect(parseReturnTo(`${pathname}?${query}`)).toBeDefined()
      }),
      runs(500),
    )
  })
})
