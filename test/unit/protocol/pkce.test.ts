import { describe, expect, it } from 'vitest'
import { codeChallenge, createCodeVerifier, isCodeVerifier } from '../../../src/protocol/pkce.ts'

describe('codeChallenge', () => {
  it.each([
    [
      'RFC 7636 appendix B',
      'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    ],
    [
      "Okta's guide",
      'M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag',
      'qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es',
    ],
  ])('makes the challenge of %s (RFC 7636 section 4.2)', (_source, verifier, challenge) => {
    expect(codeChallenge(verifier)).toBe(challenge)
  })
})

describe('createCodeVerifier', () => {
  it('makes verifiers that are allowed and never the same (RFC 7636 section 4.1)', () => {
    const verifiers = Array.from({ length: 50 }, createCodeVerifier)
    expect(verifiers.filter((verifier) => !isCodeVerifier(verifier))).toEqual([])
    expect(new Set(verifiers).size).toBe(50)
  })

  it('makes them of 256 bits (RFC 7636 section 7.1)', () => {
    expect(Buffer.from(createCodeVerifier(), 'base64url')).toHaveLength(32)
  })
})

describe('isCodeVerifier', () => {
  it.each([
    [42, false],
    [43, true],
    [58, true],
    [72, true],
    [128, true],
    [129, false],
  ])('says of %i characters: %s (RFC 7636 section 4.1)', (length, allowed) => {
    expect(isCodeVerifier('a'.repeat(length))).toBe(allowed)
  })

  it.each(['+', '/', '=', ' ', '%', '\n', '\u00e9'])('refuses a character outside the alphabet: %j', (character) => {
    expect(isCodeVerifier(`${'a'.repeat(50)}${character}`)).toBe(false)
    expect(isCodeVerifier(`${character}${'a'.repeat(50)}`)).toBe(false)
  })

  it('takes the whole alphabet', () => {
    expect(isCodeVerifier('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~')).toBe(true)
  })
})
