import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../../../src/http/challenges.ts'

function read(header: string | null): [scheme: string, parameters: Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
}

describe('parseChallenges', () => {
  it.each<[what: string, header: string, expected: ReturnType<typeof read>]>([
    ['one without parameters', 'Bearer', [['bearer', {}]]],
    ['one with a token and a quoted parameter', 'Bearer a=b, c="d e"', [['bearer', { a: 'b', c: 'd e' }]]],
    ['other letters of scheme and name', 'bEARER REALM="X"', [['bearer', { realm: 'X' }]]],
    ['commas and equal signs in quotes', 'Bearer a="b, Basic c=d", e=f', [['bearer', { a: 'b, Basic c=d', e: 'f' }]]],
    ['escapes in quotes', String.raw`Bearer a="b\"c\\d\e"`, [['bearer', { a: String.raw`b"c\de` }]]],
    ['an empty quoted text', 'Bearer a=""', [['bearer', { a: '' }]]],
    ['white space around the equal sign', 'Bearer a = "b" , c =d', [['bearer', { a: 'b', c: 'd' }]]],
    ['empty members of the list', ', ,Bearer a=b,, ,', [['bearer', { a: 'b' }]]],
    [
      'several, one with a token68, as fetch joins them',
      'Negotiate, NTLM YWJj==, Digest realm="a, b", nonce=c, Bearer error="x"',
      [
        ['negotiate', {}],
        ['ntlm', {}],
        ['digest', { realm: 'a, b', nonce: 'c' }],
        ['bearer', { error: 'x' }],
      ],
    ],
  ])('reads %s', (_what, header, expected) => {
    expect(read(header)).toEqual(expected)
  })

  it.each<[what: string, header: string | null]>([
    ['no header', null],
    ['an empty one', ''],
    ['a parameter before any scheme', 'a=b, Bearer c=d'],
    ['a parameter that comes twice, in whatever letters', 'Bearer error="a", ERROR="b"'],
    ['a quote that does not end', 'Bearer a="b'],
    ['a backslash at the end', 'Bearer a="b\\'],
    ['no comma between parameters', 'Bearer a=b c=d'],
    ['text behind a quote', 'Bearer a="b"c'],
    ['a parameter without a value', 'Bearer a=b, c='],
    ['characters of no token', 'Bearer a=b, <x>'],
    ['a header of more than 8192 characters', `Bearer a="${'x'.repeat(8192)}"`],
  ])('reads nothing of %s', (_what, header) => {
    expect(read(header)).toEqual([])
  })

  it('reads 8192 characters', () => {
    expect(read(`Bearer a="${'x'.repeat(8192 - 11)}"`)).toHaveLength(1)
  })
})
