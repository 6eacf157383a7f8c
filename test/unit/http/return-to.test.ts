import { describe, expect, it } from 'vitest'
import { excessOctets, pageId, parseReturnTo } from '../../../src/http/return-to.ts'

const app = 'https://app.example'

/** Every row is an attempt of a published attack, or one character away from one. */
const attempts: readonly (readonly [kind: string, values: readonly unknown[]])[] = [
  ['is protocol-relative', ['//evil.example', '///evil.example', '////evil.example/x', '//evil.example:443/%2e%2e']],
  [
    'has a backslash, which browsers read as a slash',
    ['/\\evil.example', '\\\\evil.example', '\\/evil.example', '/\\/evil.example', '/a\\b', '/a?b=\\c', '/a#\\'],
  ],
  [
    'is a double slash or a backslash once it is decoded',
    ['/%2Fevil.example', '/%2f%2fevil.example', '/%5Cevil.example', '/%5c/evil.example', '%2F%2Fevil.example'],
  ],
  [
    'is a double slash or a backslash once it is decoded twice',
    ['/%252Fevil.example', '/%255Cevil.example', '/%25%32%46evil.example', '/%252e%252f%252fevil.example'],
  ],
  [
    'is a double slash to a decoder that skips an invalid escape elsewhere',
    ['/%2Fevil.example/%ff', '/%5Cevil.example/%', '/%2Fevil.example/%zz', '/%252Fevil.example/%c3', '/%2F%E0%A4%A'],
  ],
  [
    'has a control character, which browsers drop',
    [
      '/\t/evil.example',
      '/\n/evil.example',
      '/\r/evil.example',
      '\t//evil.example',
      '/\u0000/evil.example',
      '/\u001f/e',
    ],
  ],
  ['has CR and LF', ['/orders\r\nSet-Cookie: a=b', '/orders\nLocation: //evil.example', '/a?b\r\n', '/a#\n']],
  ['has DEL or a C1 control character', ['/\u007f/evil.example', '/\u0085/evil.example', '/\u009f/evil.example']],
  [
    'has white space (oauth2-proxy CVE-2020-4037)',
    ['/ /evil.example', '/\v/evil.example', '/\f/evil.example', ' //evil.example', ' /orders', '/orders ', '/a b'],
  ],
  [
    'has white space outside of ASCII',
    ['/\u00a0/evil.example', '/\u3000/evil.example', '\ufeff//evil.example', '/\u2028/e'],
  ],
  [
    'has a control character or white space between slashes once it is decoded',
    ['/%09/evil.example', '/%0a/evil.example', '/%0D%0A/evil.example', '/%20/evil.example', '/%00/evil.example'],
  ],
  ['has encoded white space outside of ASCII between slashes', ['/%C2%A0/evil.example', '/%E3%80%80/evil.example']],
  [
    'is a double slash once its dot segments are folded',
    ['/.//evil.example', '/..//evil.example', '/././/evil.example', '/a/..//evil.example', '/a/b/../..//evil.example'],
  ],
  [
    'is a double slash once its encoded dot segments are folded',
    [
      '/%2e//evil.example',
      '/%2E%2e//evil.example',
      '/.%2e//evil.example',
      '/.%2f/evil.example',
      '/a/..%2f/evil.example',
    ],
  ],
  [
    'is a double slash once dots and backslashes are folded',
    ['/.\\/evil.example', '/..%5C%5Cevil.example', '/.%5c%5cevil'],
  ],
  ['has userinfo', ['//user:pw@evil.example', 'https://app.example@evil.example/', '//app.example@evil.example']],
  [
    'is an absolute URL',
    ['https://evil.example', 'http://evil.example/', 'HTTPS:evil.example', 'https:/evil.example', app],
  ],
  [
    'has another scheme',
    ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:x'],
  ],
  ['does not begin with a slash', ['', 'orders', '.', '..', '?x=1', '#x', '@evil.example', ':80', '.evil.example']],
  [
    'is not a string',
    [
      undefined,
      null,
      0,
      1,
      true,
      Number.NaN,
      {},
      ['/orders'],
      [],
      Symbol('/orders'),
      () => '/orders',
      new URL(`${app}/a`),
    ],
  ],
]

const places: readonly (readonly [value: string, result: string])[] = [
  ['/', '/'],
  ['/orders', '/orders'],
  ['/orders/', '/orders/'],
  ['/orders?x=https://a.b', '/orders?x=https://a.b'],
  ['/orders?next=//a.b&y=%2F%2F', '/orders?next=//a.b&y=%2F%2F'],
  ['/orders?text=a%0D%0Ab', '/orders?text=a%0D%0Ab'],
  ['/orders?a=1&a=2#part', '/orders?a=1&a=2#part'],
  ['/#//evil.example', '/#//evil.example'],
  ['/?//evil.example', '/?//evil.example'],
  ['/a%20b', '/a%20b'],
  ['/a%2Fb', '/a%2Fb'],
  ['/100%', '/100%'],
  ['/a//b', '/a//b'],
  ['/.well-known/x', '/.well-known/x'],
  ['/..well', '/..well'],
  ['/a/./b/../c', '/a/c'],
  ['/../a', '/a'],
  ['/%2e%2e/a', '/a'],
  ['/user@host', '/user@host'],
  ['/time/12:30', '/time/12:30'],
  ['/\u00fc', '/%C3%BC'],
  ['/%C3%BC', '/%C3%BC'],
  ['/a?b=\u00fc', '/a?b=%C3%BC'],
  ['/\uff0fevil.example', '/%EF%BC%8Fevil.example'],
  ['/\uff3cevil.example', '/%EF%BC%BCevil.example'],
  ['/%E2%80%8B/evil.example', '/%E2%80%8B/evil.example'],
  ['/\u200b/evil.example', '/%E2%80%8B/evil.example'],
  ['/\u3002evil.example', '/%E3%80%82evil.example'],
  ['/\ud800', '/%EF%BF%BD'],
  ['/__proto__', '/__proto__'],
]

describe('parseReturnTo', () => {
  describe.each(attempts)('refuses a value that %s (RFC 9700 section 4.11.1, threats V1 and V2)', (_kind, values) => {
    it.each(values.map((value) => [value]))('%j', (value) => {
      expect(parseReturnTo(value)).toBeUndefined()
    })
  })

  it.each(places)('keeps the local path %j as %j, which a browser reads as ours', (value, result) => {
    expect(parseReturnTo(value)).toBe(result)
    const url = new URL(result, app)
    expect([url.origin, url.pathname + url.search + url.hash]).toEqual([app, result])
  })

  it.each([
    ['a path', `/${'a'.repeat(7999)}`],
    ['a query', `/?${'a'.repeat(7998)}`],
    ['a fragment', `/#${'a'.repeat(7998)}`],
    ['escapes', `/${'%C3%BC'.repeat(1333)}a`],
  ])('keeps 8,000 octets of %s, and refuses 8,001 (RFC 9110 section 4.1, threat V2)', (_of, value) => {
    expect(value).toHaveLength(8000)
    expect(parseReturnTo(value) === value).toBe(true)
    expect(parseReturnTo(`${value}a`)).toBeUndefined()
  })

  it('counts octets as the browser sends them, and not characters', () => {
    const sent = (characters: number) => parseReturnTo(`/${'\u00fc'.repeat(characters)}`)
    expect(sent(1333)).toHaveLength(1 + 1333 * 6)
    expect(sent(1334)).toBeUndefined()
  })

  it('refuses a value that only dot segments make short', () => {
    expect(parseReturnTo(`${'/a/..'.repeat(2000)}/orders`)).toBeUndefined()
  })

  it('never throws, whatever it is given (threat V5)', () => {
    const malformed = [
      '/%',
      '/%%',
      '/%u0041',
      '/%E0%A4%A',
      '/\udc00\ud800',
      '/%ED%A0%80',
      '//[',
      '/[',
      'http://[::1',
      '%',
    ]
    for (const value of malformed) expect(() => parseReturnTo(value)).not.toThrow()
  })
})

describe('excessOctets', () => {
  it.each([
    ['no value', undefined, undefined],
    ['8,000 octets', `/${'a'.repeat(7999)}`, undefined],
    ['8,001 octets', `/${'a'.repeat(8000)}`, 8001],
    ['characters that the browser sends as more', `/${'\u00fc'.repeat(1334)}`, 8005],
    ['what no browser can read', `//[${'a'.repeat(8000)}`, 8003],
    ['a short value that is refused for something else', '//evil.example', undefined],
  ])('of %s', (_what, value, octets) => {
    expect(excessOctets(value)).toBe(octets)
  })
})

describe('pageId', () => {
  const long = `/${'a'.repeat(64)}`

  it('is a short path itself, and has 43 characters for a long one', () => {
    expect([pageId('/orders'), pageId(long.slice(1)).length, pageId(long).length]).toEqual(['/orders', 64, 43])
  })

  it('differs between paths that differ in their last character alone', () => {
    expect(new Set([`${long}1`, `${long}2`, long].map(pageId)).size).toBe(3)
  })
})
