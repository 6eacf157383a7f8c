import { createHmac, createSecretKey } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { type JwtRules, readUnverifiedClaims, verifyJwt } from '../../../src/protocol/jwt.ts'

const now = 1_700_000_000
const key = createSecretKey('a secret of these tests', 'utf8')
const rightClaims = { iss: 'https://id.example', aud: 'me', iat: now, exp: now + 300 }
const rules: JwtRules = {
  algorithms: ['HS256'],
  issuers: ['https://id.example'],
  audiences: ['me'],
  requiredClaims: ['exp'],
  clockToleranceSeconds: 30,
  now,
}

function encode(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url')
}

/** Rightly signed, whatever the parts are. */
function sign(header: string | Buffer, payload: string | Buffer): string {
  return signEncoded(encode(header), encode(payload))
}

function signEncoded(header: string, payload: string): string {
  return `${header}.${payload}.${createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')}`
}

const headerText = JSON.stringify({ alg: 'HS256', typ: 'JWT' })
const payloadText = JSON.stringify(rightClaims)
const rightToken = sign(headerText, payloadText)

function verify(token: string, changes: Partial<JwtRules> = {}) {
  return verifyJwt(token, () => key, { ...rules, ...changes })
}

function verifyClaims(changes: object, rulesChanged: Partial<JwtRules> = {}) {
  return verify(sign(headerText, JSON.stringify({ ...rightClaims, ...changes })), rulesChanged)
}

describe('verifyJwt', () => {
  it('gives header and claims, with a key at hand or one that has to be waited for', async () => {
    const verified = { header: { alg: 'HS256', typ: 'JWT' }, claims: rightClaims }
    await expect(verify(rightToken)).resolves.toEqual(verified)
    await expect(verifyJwt(rightToken, async () => key, rules)).resolves.toEqual(verified)
  })

  it.each<[what: string, token: string]>([
    ['nothing', ''],
    ['two parts', 'e30.e30'],
    ['four parts', `${rightToken}.`],
    ['a JWE of five parts', `${rightToken}.e30.e30`],
    ['padding (RFC 7515 section 2)', `${rightToken}=`],
    [
      'padding of a part that needs it (RFC 7515 section 2)',
      signEncoded(`${encode(headerText)}==`, encode(payloadText)),
    ],
    ['a line break behind it (RFC 7515 section 2)', `${rightToken}\n`],
    ['a space in the payload (RFC 7515 section 2)', signEncoded(encode(headerText), ` ${encode(payloadText)}`)],
    ['the alphabet of base64 (RFC 7515 section 2)', `${rightToken.slice(0, -1)}+`],
    ['bits behind the last byte (RFC 4648 section 3.5)', rightToken.slice(0, -1) + following(rightToken.slice(-1))],
    ['a header that is no JSON', sign('{', payloadText)],
    ['a header that is a list', sign('[{"alg":"HS256"}]', payloadText)],
    ['a header that is null', sign('null', payloadText)],
    [
      'a header that is no UTF-8',
      sign(Buffer.from('7b22616c67223a224853323536222c2278223a22ff227d', 'hex'), payloadText),
    ],
    ['a payload that is no JSON', sign(headerText, '{')],
    ['a payload that is a list', sign(headerText, '[]')],
    ['a payload that is a text', sign(headerText, '"me"')],
    ['a payload that is null', sign(headerText, 'null')],
    ['an empty payload', sign(headerText, '')],
    ['a payload that is no UTF-8', sign(headerText, Buffer.from('7b2278223a22ff227d', 'hex'))],
  ])('refuses %s', async (_what, token) => {
    await expect(verify(token)).rejects.toMatchObject({ reason: 'malformed' })
  })

  /** The next character of the alphabet, which in the last place of 32 bytes changes only bits that count for nothing. */
  function following(character: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return alphabet.charAt(alphabet.indexOf(character) + 1)
  }

  it.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'hs256',
    'HS256 ',
    'HS384',
    'constructor',
    'toString',
    '__proto__',
    null,
    1,
  ])('refuses the alg %j before it looks for a key (RFC 8725 section 3.1)', async (alg) => {
    const findKey = vi.fn(() => key)
    for (const token of [
      sign(JSON.stringify({ alg }), payloadText),
      `${encode(JSON.stringify({ alg }))}.${encode(payloadText)}.`,
    ]) {
      await expect(verifyJwt(token, findKey, rules)).rejects.toMatchObject({ reason: 'alg_not_allowed' })
    }
    expect(findKey).not.toHaveBeenCalled()
  })

  it('refuses a header without alg, also with a list of which one is right', async () => {
    for (const header of ['{}', '{"alg":["HS256"]}']) {
      await expect(verify(sign(header, payloadText))).rejects.toMatchObject({ reason: 'alg_not_allowed' })
    }
  })

  it.each([
    ['["exp"]'],
    ['["b64"],"b64":true'],
    ['["b64"],"b64":false'],
    ['[]'],
    ['null'],
    ['"x"'],
    ['["constructor"]'],
  ])('refuses the header crit %s: no extension is supported (RFC 7515 section 4.1.11)', async (crit) => {
    const header = `{"alg":"HS256","crit":${crit}}`
    await expect(verify(sign(header, payloadText))).rejects.toMatchObject({ reason: 'critical_header' })
  })

  it('refuses another signature, and none', async () => {
    const [header, payload, encoded = ''] = rightToken.split('.')
    const right = Buffer.from(encoded, 'base64url')
    for (const other of [Buffer.alloc(0), Buffer.alloc(32), right.subarray(1), Buffer.concat([right, right])]) {
      const token = `${header}.${payload}.${encode(other)}`
      await expect(verify(token)).rejects.toMatchObject({ reason: 'wrong_signature' })
    }
  })

  it('passes on what kept the key from being found', async () => {
    const error = new Error('down')
    const failing = () => {
      throw error
    }
    await expect(verifyJwt(rightToken, failing, rules)).rejects.toBe(error)
    await expect(verifyJwt(rightToken, () => Promise.reject(error), rules)).rejects.toBe(error)
  })

  it('shows nothing of the token in what it throws (threat V42)', async () => {
    const marked = 'MARKED'
    const tokens = [
      sign('{"alg":"MARKED"}', payloadText),
      sign('MARKED', payloadText),
      sign('{"alg":"HS256","crit":["MARKED"]}', payloadText),
      sign(headerText, '{"MARKED'),
      sign(headerText, JSON.stringify({ ...rightClaims, iss: marked })),
      sign(headerText, JSON.stringify({ ...rightClaims, aud: marked })),
      sign(headerText, JSON.stringify({ ...rightClaims, exp: marked })),
    ]
    for (const token of tokens) {
      const error: unknown = await verify(token).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(Error)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(marked)
    }
  })
})

describe('verifyJwt and the claims', () => {
  it.each<[what: string, changes: object, fault: object, rulesChanged?: Partial<JwtRules>]>([
    ['no iss', { iss: undefined }, { reason: 'missing_claim', claim: 'iss' }],
    ['another iss', { iss: 'x' }, { reason: 'unfit_claim', claim: 'iss' }],
    ['a list as iss', { iss: ['https://id.example'] }, { reason: 'unfit_claim', claim: 'iss' }],
    ['no aud', { aud: undefined }, { reason: 'missing_claim', claim: 'aud' }],
    ['another aud', { aud: 'x' }, { reason: 'unfit_claim', claim: 'aud' }],
    ['a list without us as aud', { aud: ['x', ['me']] }, { reason: 'unfit_claim', claim: 'aud' }],
    ['an object as aud', { aud: { me: 'me' } }, { reason: 'unfit_claim', claim: 'aud' }],
    ['no exp, where that is required', { exp: undefined }, { reason: 'missing_claim', claim: 'exp' }],
    ['an exp that is a text', { exp: String(now + 300) }, { reason: 'unfit_claim', claim: 'exp' }],
    ['an exp that is null', { exp: null }, { reason: 'unfit_claim', claim: 'exp' }],
    ['an exp at the end of the tolerance', { exp: now - 30 }, { reason: 'expired', claim: 'exp' }],
    ['an nbf after the tolerance', { nbf: now + 31 }, { reason: 'unfit_claim', claim: 'nbf' }],
    ['an nbf that is a text', { nbf: 'x' }, { reason: 'unfit_claim', claim: 'nbf' }],
    ['an iat that is a text', { iat: 'x' }, { reason: 'unfit_claim', claim: 'iat' }],
    [
      'no iat, where an age is allowed',
      { iat: undefined },
      { reason: 'missing_claim', claim: 'iat' },
      { maxAgeSeconds: 60 },
    ],
    ['an iat too long ago', { iat: now - 91 }, { reason: 'expired', claim: 'iat' }, { maxAgeSeconds: 60 }],
    ['an iat to come', { iat: now + 31 }, { reason: 'unfit_claim', claim: 'iat' }, { maxAgeSeconds: 60 }],
    [
      'a claim of the prototype, where that is required',
      {},
      { reason: 'missing_claim', claim: 'toString' },
      { requiredClaims: ['toString'] },
    ],
  ])('refuses %s', async (_what, changes, fault, rulesChanged) => {
    await expect(verifyClaims(changes, rulesChanged)).rejects.toMatchObject(fault)
  })

  it.each<[what: string, changes: object, rulesChanged?: Partial<JwtRules>]>([
    ['us among several audiences', { aud: ['x', 'me'] }],
    ['an audience among several of ours', { aud: 'me' }, { audiences: ['x', 'me'] }],
    ['an issuer among several', {}, { issuers: ['x', 'https://id.example'] }],
    ['an exp within the tolerance', { exp: now - 29 }],
    ['an nbf within the tolerance', { nbf: now + 30 }],
    ['an iat to come, where nobody asked for its age', { iat: now + 10 ** 6 }],
    ['an iat as old as allowed', { iat: now - 90 }, { maxAgeSeconds: 60 }],
    ['an iat as early as allowed', { iat: now + 30 }, { maxAgeSeconds: 60 }],
  ])('accepts %s', async (_what, changes, rulesChanged) => {
    await expect(verifyClaims(changes, rulesChanged)).resolves.toBeDefined()
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'accepts nothing by a clock that gives %d',
    async (instant) => {
      await expect(verifyClaims({}, { now: instant })).rejects.toThrow(TypeError)
    },
  )
})

describe('readUnverifiedClaims', () => {
  it('reads the claims without a look at header and signature', () => {
    expect(readUnverifiedClaims(`x.${encode('{"sub":"alice"}')}.x`)).toEqual({ sub: 'alice' })
  })

  it.each([
    '',
    'x',
    'e30.e30',
    'e30..e30',
    'e30.W10.e30',
    'e30.bnVsbA.e30',
    'e30.e30=.e30',
    'a.b.c.d.e',
    'e30. e30.e30',
  ])('takes %j for no signed JWT', (token) => {
    expect(() => readUnverifiedClaims(token)).toThrow(expect.objectContaining({ reason: 'malformed' }))
  })
})
