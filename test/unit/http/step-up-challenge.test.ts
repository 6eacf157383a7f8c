import { describe, expect, it } from 'vitest'
import { readStepUpChallenge, stepUpChallenge } from '../../../src/http/step-up-challenge.ts'

const error = 'error="insufficient_user_authentication"'

describe('readStepUpChallenge (RFC 9470 section 3)', () => {
  it.each<[what: string, header: string, expected: object]>([
    [
      'both parameters',
      `Bearer ${error}, acr_values="gold silver", max_age="60"`,
      { acrValues: ['gold', 'silver'], maxAgeSeconds: 60 },
    ],
    [
      'the example of the RFC',
      `Bearer ${error}, error_description="More recent authentication is required", max_age="5"`,
      { maxAgeSeconds: 5 },
    ],
    ['a max_age without quotes, of 0', `Bearer ${error}, max_age=0`, { maxAgeSeconds: 0 }],
    [
      'a URI and spaces too many',
      `Bearer ${error}, acr_values=" https://a.example/loa  x "`,
      { acrValues: ['https://a.example/loa', 'x'] },
    ],
    [
      'a challenge behind others',
      `DPoP algs="ES256", Basic realm="a", bearer ${error}, max_age=1`,
      { maxAgeSeconds: 1 },
    ],
    [
      'the one Bearer challenge that is about it',
      `Bearer error="invalid_token", Bearer ${error}, max_age=1`,
      { maxAgeSeconds: 1 },
    ],
  ])('reads %s', (_what, header, expected) => {
    expect(readStepUpChallenge(header)).toEqual(expected)
  })

  it.each<[what: string, header: string | null]>([
    ['no header', null],
    ['another error', 'Bearer error="invalid_token", max_age=1'],
    ['another scheme', `DPoP ${error}, max_age=1`],
    ['neither parameter', `Bearer ${error}`],
    ['a max_age that is no number', `Bearer ${error}, acr_values="gold", max_age="soon"`],
    ['a negative max_age', `Bearer ${error}, max_age="-1"`],
    ['a fraction', `Bearer ${error}, max_age="1.5"`],
    ['a max_age of 11 digits', `Bearer ${error}, max_age="12345678901"`],
    ['empty acr_values', `Bearer ${error}, acr_values="", max_age=1`],
    ['acr_values of spaces', `Bearer ${error}, acr_values="  "`],
    ['control characters in acr_values', `Bearer ${error}, acr_values="a\tb"`],
    ['other than ASCII in acr_values', `Bearer ${error}, acr_values="g\u00f6ld"`],
    ['acr_values of 1025 characters', `Bearer ${error}, acr_values="${'a'.repeat(1025)}"`],
    ['a header that cannot be read whole', `Bearer ${error}, max_age=1, max_age=2`],
  ])('reads nothing of %s', (_what, header) => {
    expect(readStepUpChallenge(header)).toBeUndefined()
  })

  it('reads acr_values of 1024 characters', () => {
    expect(readStepUpChallenge(`Bearer ${error}, acr_values="${'a'.repeat(1024)}"`)).toBeDefined()
  })
})

describe('stepUpChallenge', () => {
  it.each([
    [{ acrValues: ['gold', 'silver'], maxAgeSeconds: 60 }, `Bearer ${error}, acr_values="gold silver", max_age="60"`],
    [{ maxAgeSeconds: 0 }, `Bearer ${error}, max_age="0"`],
    [{ acrValues: ['a"b\\c'] }, String.raw`Bearer ${error}, acr_values="a\"b\\c"`],
  ])('writes %j so that it can be read again', (demand, header) => {
    expect(stepUpChallenge(demand)).toBe(header)
    expect(readStepUpChallenge(header)).toEqual(demand)
  })
})
