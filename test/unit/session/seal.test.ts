import { describe, expect, it } from 'vitest'
import { createSeal, type SealContext } from '../../../src/session/seal.ts'

const context: SealContext = { purpose: 'login-record', id: 'an-id' }
const plaintext = 'a login record with \u00fc and \u20ac'
const seal = createSeal(['the secret of these tests'])

/** A sealed text in its three parts. */
function partsOf(sealed: string): { head: string; bytes: Buffer } {
  const [version, keyId, text = ''] = sealed.split('.')
  return { head: `${version}.${keyId}.`, bytes: Buffer.from(text, 'base64url') }
}

describe('createSeal', () => {
  it.each([plaintext, '', '{}', 'x'.repeat(100_000)])('opens what it sealed', (text) => {
    expect(seal.open(seal.seal(text, context), context)).toBe(text)
  })

  it('shows nothing of the plaintext', () => {
    const sealed = seal.seal('MARKED-REFRESH-TOKEN', context)
    expect(sealed).toMatch(/^v1\.[\w-]{8}\.[\w-]+$/)
    expect(Buffer.concat([Buffer.from(sealed), partsOf(sealed).bytes]).toString('latin1')).not.toContain('MARKED')
  })

  it('takes a new 96-bit IV each time, so that the same plaintext never looks alike (NIST SP 800-38D, threat V18)', () => {
    const ivs = Array.from({ length: 500 }, () =>
      partsOf(seal.seal(plaintext, context)).bytes.subarray(0, 12).toString('hex'),
    )
    expect(new Set(ivs).size).toBe(500)
  })

  it('adds an IV of 12 bytes and a tag of 16 bytes and nothing else', () => {
    expect(partsOf(seal.seal('four', context)).bytes).toHaveLength(12 + 4 + 16)
  })

  it('does not open a sealed text of which any one byte was changed (AES-GCM)', () => {
    const { head, bytes } = partsOf(seal.seal(plaintext, context))
    const opened = [...bytes.keys()].flatMap((index) =>
      [0x01, 0x80, 0xff].map((flip) => {
        const changed = Buffer.from(bytes)
        changed[index] = (changed[index] ?? 0) ^ flip
        return seal.open(head + changed.toString('base64url'), context)
      }),
    )
    expect(opened).toHaveLength(bytes.length * 3)
    expect(opened.filter((text) => text !== undefined)).toEqual([])
  })

  it('does not open a sealed text that was cut short or made longer', () => {
    const { head, bytes } = partsOf(seal.seal(plaintext, context))
    const shortened = [...bytes.keys()].map((length) => bytes.subarray(0, length))
    const changed = [...shortened, Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.concat([Buffer.alloc(1), bytes])]
    expect(changed.filter((given) => seal.open(head + given.toString('base64url'), context) !== undefined)).toEqual([])
  })

  it.each(['', '.', '..', 'v1', 'v1..', 'v1.x.y', 'junk', 'v1.constructor.x', '\u0000'])(
    'does not open %j',
    (sealed) => {
      expect(seal.open(sealed, context)).toBeUndefined()
    },
  )

  it('does not open a sealed text of another version or under another key id', () => {
    const sealed = seal.seal(plaintext, context)
    expect(seal.open(sealed.replace('v1', 'v2'), context)).toBeUndefined()
    expect(seal.open(sealed.replace(/\.[\w-]{8}\./, '.AAAAAAAA.'), context)).toBeUndefined()
  })

  it('does not open what was sealed for another purpose (threat V16)', () => {
    const other = { purpose: 'state-hint', id: context.id } as unknown as SealContext
    expect(seal.open(seal.seal(plaintext, other), context)).toBeUndefined()
  })

  it('does not open what was sealed under another id: a record cannot be moved to another login', () => {
    const sealed = seal.seal(plaintext, context)
    expect(seal.open(sealed, { ...context, id: 'another-id' })).toBeUndefined()
    expect(seal.open(sealed, { ...context, id: '' })).toBeUndefined()
  })

  it('keeps purpose and id apart, however they are cut', () => {
    const one = { purpose: 'login-record', id: 'a","b' } as SealContext
    const other = { purpose: 'login-record","a', id: 'b' } as unknown as SealContext
    expect(seal.open(seal.seal(plaintext, one), other)).toBeUndefined()
  })

  it('does not open what another secret sealed', () => {
    expect(createSeal(['another secret, as long']).open(seal.seal(plaintext, context), context)).toBeUndefined()
  })

  it('does not open what another secret sealed, even under our key id', () => {
    const { head } = partsOf(seal.seal(plaintext, context))
    const { bytes } = partsOf(createSeal(['another secret, as long']).seal(plaintext, context))
    expect(seal.open(head + bytes.toString('base64url'), context)).toBeUndefined()
  })

  it('needs a secret', () => {
    expect(() => createSeal([])).toThrow(TypeError)
  })
})

describe('createSeal with several secrets', () => {
  const [old, current] = ['the old secret, long enough', 'the current secret, long enough']
  const rotated = createSeal([current, old])

  it('opens what each of them sealed', () => {
    for (const secret of [old, current]) {
      expect(rotated.open(createSeal([secret]).seal(plaintext, context), context)).toBe(plaintext)
    }
  })

  it('seals with the first', () => {
    const sealed = rotated.seal(plaintext, context)
    expect(createSeal([current]).open(sealed, context)).toBe(plaintext)
    expect(createSeal([old]).open(sealed, context)).toBeUndefined()
  })

  it('opens nothing of a secret that was taken out', () => {
    expect(createSeal([current]).open(createSeal([old]).seal(plaintext, context), context)).toBeUndefined()
  })
})

describe('sealBriefly', () => {
  const text = Buffer.from('a hint')
  const hint: SealContext = { purpose: 'login-hint', id: 'an-id' }
  const sealed = seal.sealBriefly(text, hint)

  it.each([0, 1, 2, 3, 500])('gives base64url alone, which openBrief reads again: %i bytes', (length) => {
    const plain = Buffer.alloc(length, 'x')
    const given = seal.sealBriefly(plain, hint)
    expect(given).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(given).toHaveLength(Math.ceil(((length + 28) * 4) / 3))
    expect(seal.openBrief(given, hint)).toEqual(plain)
  })

  it('is opened under its own purpose and id alone (threat V16)', () => {
    expect(seal.openBrief(sealed, { ...hint, purpose: 'login-record' })).toBeUndefined()
    expect(seal.openBrief(sealed, { ...hint, id: 'other' })).toBeUndefined()
  })

  it('is no sealed record, nor a record a brief one', () => {
    expect(seal.open(sealed, hint)).toBeUndefined()
    expect(seal.openBrief(seal.seal('x', hint), hint)).toBeUndefined()
    expect(seal.openBrief(seal.seal('x', hint).split('.')[2] ?? '', hint)).toEqual(Buffer.from('x'))
  })

  it.each(['', 'A', 'A'.repeat(36), '=', `${sealed}=`, `${sealed} `, `${sealed}.`, `\u00e9${sealed}`, 'A'.repeat(1e6)])(
    'opens nothing else',
    (given) => {
      expect(seal.openBrief(given, hint)).toBeUndefined()
    },
  )

  it('is written in one way: what differs in unused bits of its last character does not open (RFC 4648 section 3.5)', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
    for (const plain of ['', 'x', 'xy']) {
      const given = seal.sealBriefly(Buffer.from(plain), hint)
      const opened = alphabet.filter((last) => seal.openBrief(given.slice(0, -1) + last, hint) !== undefined)
      expect(opened).toEqual([given.at(-1)])
    }
  })

  it('is sealed by the first secret and opened by all of them', () => {
    const rotated = createSeal(['the newer secret of these tests', 'the secret of these tests'])
    expect(rotated.openBrief(sealed, hint)).toEqual(text)
    expect(seal.openBrief(rotated.sealBriefly(text, hint), hint)).toBeUndefined()
    expect(createSeal(['the newer secret of these tests']).openBrief(sealed, hint)).toBeUndefined()
  })
})
