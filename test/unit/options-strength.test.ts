// Secrets and addresses that are unsafe: what can never be right is refused, the rest is warned about once.
import { randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import { isGuessable } from '../../src/options-strength.ts'
import { keepLogLines, type LogLine } from '../log-lines.ts'

const required = {
  provider: { issuer: 'https://id.example' },
  clientId: 'orders',
  baseUrl: 'https://app.example',
  secret: 'a secret of at least 16 characters',
} satisfies Options

/** What is logged when the options are accepted. */
function linesOf(changes: Partial<Options>): readonly LogLine[] {
  const { lines, logger } = keepLogLines()
  parseOptions({ ...required, log: logger, ...changes })
  return lines
}

describe('secret', () => {
  it.each([
    'aaaaaaaaaaaaaaaa',
    'aaaaaaaaaaaaaaaab',
    'abababababababab',
    'aaaabbbbccccdddd',
    '0123456789abcdef',
    'abcdefghijklmnop',
    '1234567890123456',
    'changemechangeme',
    'changeme-0123456789',
    'please-change-me-now',
    'keyboard cat keyboard cat',
    'passwordpassword',
    'password password password',
    'secret-secret-secret-secret',
  ])('refuses %j, which anyone can guess, and says how to make one', (secret) => {
    const text =
      'secret must be random, not a pattern or a placeholder; make one by ' +
      `node -p "crypto.randomBytes(32).toString('base64url')"`
    expect(() => parseOptions({ ...required, secret })).toThrow(text)
    expect(() => parseOptions({ ...required, secret: [required.secret, secret] })).toThrow(text.replace(' ', '.1 '))
  })

  it.each([
    'the secret of these tests',
    'a secret for tests of 32 bytes..',
    'sixteen characters',
    'correct horse battery staple',
    '9f86d081884c7d65',
  ])('accepts %j: how random a text is cannot be measured', (secret) => {
    expect(() => parseOptions({ ...required, secret })).not.toThrow()
  })

  it.each(['hex', 'base64url', 'base64'] as const)('accepts 10,000 random ones in %s, of 16 characters', (encoding) => {
    const secrets = Array.from({ length: 10_000 }, () => randomBytes(16).toString(encoding).slice(0, 16))
    expect(secrets.filter(isGuessable)).toEqual([])
  })
})

describe('clientSecret as the key of a MAC (RFC 7518 section 3.2, OpenID Connect Core 1.0 section 16.19)', () => {
  const jwt = { clientAuthentication: 'client_secret_jwt' } as const

  it.each([
    [{ idTokenSignedResponseAlg: 'HS256' }, "idTokenSignedResponseAlg 'HS256'"],
    [{ idTokenSignedResponseAlg: 'HS512' }, "idTokenSignedResponseAlg 'HS512'"],
    [jwt, "clientAuthentication 'client_secret_jwt'"],
  ] as const)('is refused below 16 octets with %j', (changes, option) => {
    const text = `${option} needs a clientSecret of at least 16 octets: it is the key of the signature`
    const clientSecret = 's'.repeat(15)
    expect(() => parseOptions({ ...required, ...changes, clientSecret })).toThrow(text)
    const providers = { a: { ...required.provider, ...changes, clientSecret } }
    expect(() => parseOptions({ ...required, provider: undefined, providers })).toThrow(`providers.a: ${text}`)
  })

  it.each([
    [{ idTokenSignedResponseAlg: 'HS256' }, 31, 'requires 32 octets'],
    [{ idTokenSignedResponseAlg: 'HS384' }, 47, 'requires 48 octets'],
    [{ idTokenSignedResponseAlg: 'HS512' }, 63, 'requires 64 octets'],
    [jwt, 31, 'requires 32 octets'],
  ] as const)('is warned about below the octets of the hash: %j', (changes, octets, text) => {
    const lines = linesOf({ ...changes, clientSecret: 's'.repeat(octets) })
    expect(lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_CLIENT_SECRET', provider: 'https://id.example' }])
    expect(lines[0]?.message).toContain(text)
    expect(linesOf({ ...changes, clientSecret: 's'.repeat(octets + 1) })).toEqual([])
  })

  it('is counted in octets, not in characters', () => {
    expect(linesOf({ idTokenSignedResponseAlg: 'HS256', clientSecret: '\u00e4'.repeat(16) })).toEqual([])
  })

  it('may be short where it is only sent', () => {
    expect(linesOf({ clientSecret: 's' })).toEqual([])
    expect(linesOf({ clientSecret: 's', clientAuthentication: 'client_secret_post' })).toEqual([])
  })
})

describe('baseUrl', () => {
  it.each(['http://app.example', 'http://10.0.0.5:3000', 'http://app.localhost'])(
    'is warned about, and not refused, as %s, which is off loopback and without TLS',
    (baseUrl) => {
      vi.stubEnv('NODE_ENV', 'production')
      const lines = linesOf({ baseUrl })
      vi.unstubAllEnvs()
      expect(lines).toMatchObject([{ level: 'warn', code: 'WARN_RP_BASE_URL_INSECURE' }])
      expect(lines[0]?.message).toContain(baseUrl)
    },
  )

  it('is warned about once for a list, with the entries without TLS alone', () => {
    const lines = linesOf({ baseUrl: ['https://a.example', 'http://b.example', 'http://c.example'] })
    expect(lines.map(({ message }) => message)).toEqual([expect.stringContaining('http://b.example, http://c.example')])
    expect(lines[0]?.message).not.toContain('a.example')
  })

  it.each(['https://app.example', 'http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:3000'])(
    'is accepted without a word as %s',
    (baseUrl) => {
      expect(linesOf({ baseUrl })).toEqual([])
    },
  )
})
