// jose verified tokens here before; it stays the measure. What ours refuses and jose accepts is named in a test of its own.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JwtRules } from '../../src/protocol/jwt.ts'
import {
  type Alg,
  algs,
  createPairs,
  encode,
  ourVerdict,
  secretOf,
  signerWith,
  theirVerdict,
  tokenOf,
  type Verdict,
} from './jwt-verdicts.ts'
import { runs } from './runs.ts'

const now = 1_700_000_000
const pairs = createPairs()
const strangers = createPairs()
const right = { iss: 'https://id.example', aud: 'me', sub: 'alice', iat: now, exp: now + 300 }
const rules: JwtRules = {
  algorithms: algs,
  issuers: ['https://id.example'],
  audiences: ['me'],
  requiredClaims: ['exp'],
  clockToleranceSeconds: 30,
  now,
}

const alg = fc.constantFrom(...algs)
/** Signed and verified often, these cost least. */
const quick = fc.constantFrom<Alg>('HS256', 'ES256', 'EdDSA')

/** Both verdicts on one token, verified by the key that was agreed on for `alg`. */
function verdicts(token: string, agreed: Alg, held = rules): Promise<[ours: Verdict, theirs: Verdict]> {
  const key = pairs[agreed].verifier
  return Promise.all([ourVerdict(token, () => key, held), theirVerdict(token, async () => key, held)])
}

async function expectAgreement(token: string, agreed: Alg, held = rules): Promise<Verdict> {
  const [ours, theirs] = await verdicts(token, agreed, held)
  expect(ours).toEqual(theirs)
  return ours
}

function rightToken(of: Alg): string {
  return tokenOf(of, JSON.stringify({ alg: of }), JSON.stringify(right), pairs[of].signer)
}

describe('a right token', () => {
  it.each(algs)('of %s is accepted by both, with the same claims, and with nobody else as its signer', async (each) => {
    await expect(expectAgreement(rightToken(each), each)).resolves.toEqual({ header: { alg: each }, claims: right })
    const forged = tokenOf(each, JSON.stringify({ alg: each }), JSON.stringify(right), strangers[each].signer)
    await expect(expectAgreement(forged, each)).resolves.toBe('refused')
  })
})

describe('claims', () => {
  const instant = fc.oneof(
    fc.integer({ min: -33, max: 33 }).map((offset) => String(now + offset)),
    fc.integer({ min: -95, max: -85 }).map((offset) => String(now + offset)),
    fc.constantFrom(`${now - 30}.5`, `${now - 29}.999999`, `${now + 30}.0000001`, `${now - 90}.25`),
    fc.constantFrom('0', '-0', '-1', '1e3', '1e308', '1e400', '-1e400', `${now * 1000}`, '9007199254740993'),
    fc.constantFrom('null', 'true', `"${now}"`, `[${now}]`, '{}', '""'),
  )
  const party = fc.constantFrom(
    ...['"https://id.example"', '"me"', '"other"', '["me"]', '["x","me"]', '["x"]', '[["me"]]', '[]', '["me",1]'],
    ...['"ME"', '"me "', '""', 'null', '1', '{"me":"me"}', '{"0":"me","length":1}', '"\\u006de"'],
  )
  const other = fc.jsonValue().map((value) => JSON.stringify(value))
  const member = fc.oneof(
    fc.tuple(fc.constantFrom('iat', 'nbf', 'exp'), instant),
    fc.tuple(fc.constantFrom('iss', 'aud', 'sub', 'jti'), party),
    fc.tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'x'), other),
  )
  // Members that are right come first, so that most tokens fail by one fault and not by ten; later ones win.
  const wellBegun = Object.entries({ ...right, nbf: now }).map(
    ([name, value]) => [name, JSON.stringify(value)] as const,
  )
  const payload = fc
    .tuple(fc.subarray(wellBegun, { minLength: 5 }), fc.array(member, { maxLength: 2 }))
    .map(([begun, more]) => `{${[...begun, ...more].map(([name, value]) => `"${name}":${value}`).join()}}`)
  const mostly = <T>(usual: T, ...others: T[]) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(usual, ...others) })
  const held = fc.record(
    {
      issuers: mostly(['https://id.example'], ['x', 'https://id.example'], []),
      audiences: mostly(['me'], ['x', 'me'], ['https://id.example'], ['']),
      requiredClaims: mostly(
        [],
        ['exp'],
        ['iss', 'sub', 'aud', 'exp', 'iat'],
        ['jti', 'exp'],
        ['toString'],
        ['__proto__'],
      ),
      clockToleranceSeconds: mostly(30, 0, 1, 0.5),
      maxAgeSeconds: fc.constantFrom(0, 60, 600, 0.5),
      now: mostly(now, now + 0.999, now - 0.001, 0),
    },
    { requiredKeys: ['audiences', 'requiredClaims', 'clockToleranceSeconds', 'now'] },
  )

  it('are judged as jose judges them: missing, foreign, doubled, at the edges of the tolerance, in any type', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(payload, held, async (text, given) => {
        const token = tokenOf('HS256', '{"alg":"HS256"}', text, pairs.HS256.signer)
        if ((await expectAgreement(token, 'HS256', { ...given, algorithms: ['HS256'] })) !== 'refused') accepted += 1
      }),
      runs(3000),
    )
    expect(accepted).toBeGreaterThan(100)
  })

  it('are judged as jose judges them where the payload is not one JSON object of UTF-8', async () => {
    const bytes = fc.oneof(
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array)),
      fc
        .constantFrom('', '{', '{}{}', ' {} ', '\uFEFF{"aud":"me"}', '{"aud":"me"}\n', '{"aud":"me",}')
        .map(Buffer.from),
      fc
        .uint8Array({ maxLength: 3 })
        .map((array) => Buffer.concat([Buffer.from('{"aud":"me","x":"'), array, Buffer.from('"}')])),
    )
    const loose = { algorithms: algs, audiences: ['me'], requiredClaims: [], clockToleranceSeconds: 0, now }
    await fc.assert(
      fc.asyncProperty(bytes, async (given) => {
        await expectAgreement(tokenOf('HS256', '{"alg":"HS256"}', given, pairs.HS256.signer), 'HS256', loose)
      }),
      runs(1000),
    )
  })
})

describe('headers', () => {
  const nones = ['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null'].map((name) => JSON.stringify(name))
  const named = algs.map((name) => JSON.stringify(name))
  const value = fc.constantFrom(
    ...named,
    ...nones,
    'null',
    '1',
    '["HS256"]',
    '"constructor"',
    '"hs256"',
    '"Ed25519"',
    '"dir"',
  )
  const extra = fc.constantFrom(
    ...['"b64":false', '"b64":true', '"typ":"JWT"', '"typ":1', '"kid":"x"', '"kid":null', '"cty":"JWT"'],
    ...[
      '"jwk":{"kty":"oct","k":"AAAA"}',
      '"jku":"https://evil.example"',
      '"x5c":["AA"]',
      '"__proto__":{"alg":"HS256"}',
    ],
  )

  it('are judged as jose judges them: any alg, doubled, forged keys in them, b64 without crit', async () => {
    await fc.assert(
      fc.asyncProperty(
        quick,
        fc.array(value, { maxLength: 2 }),
        fc.array(extra, { maxLength: 2 }),
        async (key, given, more) => {
          const members = [`"alg":"${key}"`, ...given.map((each) => `"alg":${each}`), ...more]
          for (const header of [members, members.slice(1), [...members].reverse()]) {
            const token = tokenOf(key, `{${header.join()}}`, JSON.stringify(right), pairs[key].signer)
            await expectAgreement(token, key)
            await expectAgreement(token.replace(/[^.]*$/, ''), key)
            await expectAgreement(token, key, { ...rules, algorithms: [key] })
          }
        },
      ),
      runs(300),
    )
  })

  it('with crit are refused, also with the one that jose knows (RFC 7515 section 4.1.11, RFC 7797 section 6)', async () => {
    const crit = fc.constantFrom('["b64"]', '["b64","x"]', '["exp"]', '[]', '"b64"', 'null', '["b64","b64"]', '[1]')
    await fc.assert(
      fc.asyncProperty(crit, fc.constantFrom('true', 'false', '1'), async (names, b64) => {
        const header = `{"alg":"EdDSA","crit":${names},"b64":${b64},"x":1}`
        const token = tokenOf('EdDSA', header, JSON.stringify(right), pairs.EdDSA.signer)
        const [ours, theirs] = await verdicts(token, 'EdDSA')
        expect(ours).toBe('refused')
        if (theirs !== 'refused') expect([names.replace('"b64","b64"', '"b64"'), b64]).toEqual(['["b64"]', 'true'])
      }),
      runs(100),
    )
  })

  it('that are no JSON object of UTF-8 are judged as jose judges them', async () => {
    const bytes = fc.oneof(
      fc.jsonValue().map((each) => Buffer.from(JSON.stringify(each))),
      fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array)),
      fc
        .constantFrom('[{"alg":"HS256"}]', '"HS256"', 'null', '\uFEFF{"alg":"HS256"}', '{"alg":"HS256"} ')
        .map(Buffer.from),
      fc
        .uint8Array({ maxLength: 3 })
        .map((array) => Buffer.concat([Buffer.from('{"alg":"HS256","x":"'), array, Buffer.from('"}')])),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (header) => {
        await expectAgreement(tokenOf('HS256', header, JSON.stringify(right), pairs.HS256.signer), 'HS256')
      }),
      runs(1000),
    )
  })
})

describe('signatures', () => {
  it('with any bit of any part flipped are refused by both', async () => {
    await fc.assert(
      fc.asyncProperty(alg, fc.nat({ max: 2 }), fc.nat(), fc.nat({ max: 7 }), async (of, part, at, bit) => {
        const parts = rightToken(of).split('.')
        const bytes = Buffer.from(parts[part] ?? '', 'base64url')
        const index = at % bytes.length
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index)
        parts[part] = encode(bytes)
        await expect(expectAgreement(parts.join('.'), of)).resolves.toBe('refused')
      }),
      runs(600),
    )
  })

  it('that are cut off, longer, empty or of other bytes are refused by both', async () => {
    const change = fc.record({ cut: fc.nat({ max: 600 }), more: fc.uint8Array({ maxLength: 3 }) })
    await fc.assert(
      fc.asyncProperty(alg, change, async (of, { cut, more }) => {
        const [header, payload, signature = ''] = rightToken(of).split('.')
        const bytes = Buffer.from(signature, 'base64url')
        const changed = Buffer.concat([bytes.subarray(0, Math.max(0, bytes.length - (cut % 8 === 0 ? 0 : cut))), more])
        fc.pre(!changed.equals(bytes))
        await expect(expectAgreement(`${header}.${payload}.${encode(changed)}`, of)).resolves.toBe('refused')
        const zeros = encode(Buffer.alloc(bytes.length))
        await expect(expectAgreement(`${header}.${payload}.${zeros}`, of)).resolves.toBe('refused')
      }),
      runs(300),
    )
  })

  it('by any algorithm under the name of any other are judged alike, whatever key was agreed on', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(alg, alg, alg, async (signed, named, agreed) => {
        const token = tokenOf(signed, JSON.stringify({ alg: named }), JSON.stringify(right), pairs[signed].signer)
        if ((await expectAgreement(token, agreed)) !== 'refused') accepted += 1
        await expectAgreement(token, agreed, { ...rules, algorithms: [agreed] })
      }),
      runs(500),
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it.each(algs.filter((each) => /^[REP]S|EdDSA/.test(each)))(
    'by HMAC with the public key of %s as its secret are refused by both (RFC 8725 section 2.1)',
    async (of) => {
      const { verifier } = pairs[of]
      const texts = [
        verifier.export({ type: 'spki', format: 'pem' }).toString(),
        verifier.export({ type: 'spki', format: 'pem' }).toString().trim(),
        JSON.stringify(verifier.export({ format: 'jwk' })),
        verifier.export({ type: 'spki', format: 'der' }).toString('latin1'),
      ]
      for (const text of texts) {
        for (const hmac of ['HS256', 'HS384', 'HS512'] as const) {
          const token = tokenOf(hmac, JSON.stringify({ alg: hmac }), JSON.stringify(right), secretOf(text).signer)
          await expect(expectAgreement(token, of)).resolves.toBe('refused')
        }
      }
    },
  )

  it.each([
    ['R and S in DER (RFC 7518 section 3.4)', 'der', ['ES256', 'ES384', 'ES512']],
    ['another salt (RFC 7518 section 3.5)', 'salt', ['PS256', 'PS384', 'PS512']],
  ] as const)('with %s are refused by both', async (_what, deviation, of) => {
    for (const each of of) {
      const header = JSON.stringify({ alg: each })
      const token = tokenOf(each, header, JSON.stringify(right), pairs[each].signer, signerWith(deviation))
      await expect(expectAgreement(token, each)).resolves.toBe('refused')
    }
  })
})

describe('the serialization', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  /** Whether each part is what an encoder writes: the alphabet alone, no rest of one character, no bits behind the last byte. */
  function isStrict(token: string): boolean {
    return token.split('.').every((part) => {
      const unused = [0, 0, 4, 2][part.length % 4] ?? 0
      const last = alphabet.indexOf(part.charAt(part.length - 1))
      return /^[\w-]*$/.test(part) && part.length % 4 !== 1 && (part === '' || last % (1 << unused) === 0)
    })
  }

  it('is judged as jose judges it where it is base64url, and refused where it is not (RFC 7515 section 2)', async () => {
    const piece = fc.oneof(
      fc.constantFrom('=', '==', ' ', '\n', '\t', '.', '..', '+', '/', '\u0000', '\u00e9', 'A', '_', ''),
      fc.string({ maxLength: 2 }),
    )
    const place = fc.oneof(fc.nat(), fc.constantFrom('start', 'end', 'dot', 'last'))
    const change = fc.record({ place, remove: fc.nat({ max: 2 }), insert: piece })
    await fc.assert(
      fc.asyncProperty(quick, change, async (of, { place: at, remove, insert }) => {
        const token = rightToken(of)
        const places = { start: 0, end: token.length, dot: token.indexOf('.'), last: token.length - 1 }
        const start = typeof at === 'number' ? at % token.length : places[at as 'dot']
        const changed = token.slice(0, start) + insert + token.slice(start + remove)
        const [ours, theirs] = await verdicts(changed, of)
        expect(ours).toEqual(isStrict(changed) ? theirs : 'refused')
      }),
      runs(3000),
    )
  })

  it('with padding, white space or bits behind the last byte is accepted by some versions of jose, and never by ours', async () => {
    const token = rightToken('HS256')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const last = alphabet.indexOf(signature.slice(-1))
    for (const other of [
      `${signature}=`,
      `${signature}\n`,
      ` ${signature}`,
      signature.slice(0, -1) + alphabet.charAt(last + 1),
    ]) {
      const [ours] = await verdicts(`${header}.${payload}.${other}`, 'HS256')
      expect(ours).toBe('refused')
    }
  })
})
