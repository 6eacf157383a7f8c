import { describe, expect, it } from 'vitest'
import { parseReturnTo } from '../../../src/http/return-to.ts'
import { createLoginHints, type LoginHint } from '../../../src/session/login-hint.ts'
import { createSeal } from '../../../src/session/seal.ts'

const secret = 'the secret of these tests'
const registration = 'registration__16'
const hint: LoginHint = { returnTo: '/orders/7?sort=date', attempt: 0, isSilent: false, startedAt: 1_700_000_000 }
const hints = createLoginHints({ secrets: [secret], basePath: '' })

/** Every character another one of base64url, one at a time. */
function neighbours(state: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return [...state].map((character, index) => {
    const next = alphabet[(alphabet.indexOf(character) + 1) % 64] ?? ''
    return state.slice(0, index) + next + state.slice(index + 1)
  })
}

describe('createState', () => {
  it.each([
    hint,
    { ...hint, returnTo: '/' },
    { ...hint, attempt: 8 },
    { ...hint, startedAt: 0 },
    { ...hint, isSilent: true, attempt: 5 },
    { ...hint, isStrict: true, attempt: 1 },
    { ...hint, returnTo: `/${'a'.repeat(511)}` },
  ])('says where the login is to lead, how often it began and when', (given) => {
    expect(hints.open(hints.createState(given, registration), registration)).toEqual(given)
  })

  it('leaves the fractions of a second away', () => {
    const state = hints.createState({ ...hint, startedAt: 1_700_000_000.9 }, registration)
    expect(hints.open(state, registration)?.startedAt).toBe(1_700_000_000)
  })

  it('has at most 128 characters of base64url for a path of 59 characters, and at least 128 random bits', () => {
    const paths = Array.from({ length: 60 }, (_, length) => `/${'p'.repeat(length)}`.slice(0, 59))
    for (const returnTo of paths) {
      expect(hints.createState({ ...hint, returnTo }, registration)).toMatch(/^[A-Za-z0-9_-]{43,128}$/)
    }
  })

  it('is another one each time, in the sealed part too', () => {
    const states = Array.from({ length: 500 }, () => hints.createState(hint, registration))
    expect(new Set(states.map((state) => state.slice(0, 16))).size).toBe(500)
    expect(new Set(states.map((state) => state.slice(-16))).size).toBe(500)
  })

  it('begins its plaintext with 32 random bits of its own: with the 96 of the IV that makes 128 (RFC 6749 section 10.10)', () => {
    const seal = createSeal([secret])
    const beginnings = Array.from({ length: 50 }, () => {
      const state = hints.createState(hint, registration)
      return seal.openBrief(state, { purpose: 'login-hint', id: registration })?.subarray(0, 4).toString('hex')
    })
    expect(new Set(beginnings).size).toBe(50)
  })

  it('shows nothing of the path to the provider and its logs', () => {
    const state = hints.createState({ ...hint, returnTo: '/MARKED/MARKED/MARKED' }, registration)
    expect(state + Buffer.from(state, 'base64url').toString('latin1')).not.toContain('MARKED')
  })

  it.each([
    ['', '/'],
    ['/shop', '/shop/'],
  ])('knows of a path above 512 characters only the start page, below %j %s', (basePath, returnTo) => {
    const mounted = createLoginHints({ secrets: [secret], basePath })
    const state = mounted.createState({ ...hint, returnTo: `/${'a'.repeat(512)}` }, registration)
    expect(mounted.open(state, registration)).toEqual({ ...hint, returnTo, isPathCut: true })
    expect(state.length).toBeLessThan(128)
  })

  it.each(['', '/shop'])('says of a path that was cut before that it was cut, below %j', (basePath) => {
    const mounted = createLoginHints({ secrets: [secret], basePath })
    const given = { ...hint, returnTo: `${basePath}/`, isPathCut: true, attempt: 1 }
    expect(mounted.open(mounted.createState(given, registration), registration)).toEqual(given)
  })

  it.each(['/', '/#a', '/#a#', '/##', '/orders#'])('does not take %s for a path that was cut', (path) => {
    const returnTo = parseReturnTo(path) ?? ''
    const state = hints.createState({ ...hint, returnTo }, registration)
    expect(hints.open(state, registration)).toEqual({ ...hint, returnTo })
  })

  it('marks a path that was cut in a way that version 0.1 reads as the start page, with the same attempt', () => {
    const state = hints.createState({ ...hint, isPathCut: true, attempt: 3 }, registration)
    const plaintext = createSeal([secret]).openBrief(state, { purpose: 'login-hint', id: registration })
    expect([plaintext?.readUInt8(4), parseReturnTo(plaintext?.subarray(9).toString())]).toEqual([3, '/'])
  })
})

describe('open', () => {
  const state = hints.createState(hint, registration)

  it.each([
    ['nothing', ''],
    ['another alphabet', '!!!!'],
    ['base64 with its padding', `${state}=`],
    ['base64 in the old alphabet', Buffer.from(state, 'base64url').toString('base64')],
    ['a space before', ` ${state}`],
    ['a line break behind', `${state}\n`],
    ['a NUL behind', `${state}\u0000`],
    ['the same twice', state + state],
    ['a huge text', 'A'.repeat(1_000_000)],
    ['a text beyond ASCII', state.replace(/^./, '\u00e4')],
    ['a name of Object.prototype', '__proto__'],
    ['random base64url', Buffer.alloc(60, 7).toString('base64url')],
  ])('finds nothing in %s', (_what, given) => {
    expect(hints.open(given, registration)).toBeUndefined()
  })

  it('finds nothing where one character was changed, also in the bits that base64url does not use (RFC 4648 section 3.5)', () => {
    for (const returnTo of ['/', '/a', '/ab']) {
      const made = hints.createState({ ...hint, returnTo }, registration)
      expect(neighbours(made).filter((changed) => hints.open(changed, registration) !== undefined)).toEqual([])
    }
  })

  it('finds nothing where the end or the beginning is missing', () => {
    const parts = [...state].flatMap((_, index) => [state.slice(0, index), state.slice(index + 1)])
    expect(parts.filter((part) => hints.open(part, registration) !== undefined)).toEqual([])
  })

  it('finds nothing in the state of another registration (mix-up, threat V19)', () => {
    expect(hints.open(state, 'another__________')).toBeUndefined()
    expect(hints.open(state, '')).toBeUndefined()
  })

  it('finds nothing in the state of another app, with another secret', () => {
    const other = createLoginHints({ secrets: ['another secret, as long'], basePath: '' })
    expect(other.open(state, registration)).toBeUndefined()
  })

  it('finds nothing in what was sealed for another purpose (threat V16)', () => {
    const seal = createSeal([secret])
    const plaintext = Buffer.concat([Buffer.alloc(9), Buffer.from('/')])
    const record = seal.sealBriefly(plaintext, { purpose: 'login-record', id: registration })
    const ours = seal.sealBriefly(plaintext, { purpose: 'login-hint', id: registration })
    expect(hints.open(record, registration)).toBeUndefined()
    expect(hints.open(ours, registration)).toEqual({ returnTo: '/', attempt: 0, isSilent: false, startedAt: 0 })
  })

  it('reads the states of an earlier secret while it is in the list, and not after', () => {
    const rotated = createLoginHints({ secrets: ['a newer secret, long enough', secret], basePath: '' })
    const later = createLoginHints({ secrets: ['a newer secret, long enough'], basePath: '' })
    expect(rotated.open(state, registration)).toEqual(hint)
    expect(later.open(state, registration)).toBeUndefined()
    expect(later.open(rotated.createState(hint, registration), registration)).toEqual(hint)
  })
})
