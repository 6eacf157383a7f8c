import { describe, expect, it } from 'vitest'
import { isSecureUrl, mayUse } from '../../../src/http/secure-url.ts'

const publicIssuer = { issuer: 'https://id.example', allowInsecureRequests: false }
const localIssuer = { issuer: 'http://127.0.0.1:9000', allowInsecureRequests: false }
const insecureIssuer = { issuer: 'http://id.example', allowInsecureRequests: true }

describe('isSecureUrl', () => {
  it.each([
    'https://id.example',
    'https://127.0.0.1',
    'http://localhost:5000/x',
    'http://LOCALHOST',
    'http://127.0.0.1',
    'http://127.255.0.9:1',
    'http://127.1',
    'http://[::1]:80',
  ])('is true for %s: encrypted, or it stays on this machine (RFC 6761 section 6.3)', (url) => {
    expect(isSecureUrl(new URL(url))).toBe(true)
  })

  it.each([
    'http://id.example',
    'http://localhost.example',
    'http://id.localhost',
    'http://a.b.localhost:5000',
    'http://localhost.',
    'http://notlocalhost',
    'http://127.0.0.1.example',
    'http://127.0.0.1@id.example',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://[::2]',
    'http://[::ffff:127.0.0.1]',
    'http://192.168.0.1',
    'ftp://localhost',
    'file:///etc/passwd',
    'data:text/plain,localhost',
  ])('is false for %s', (url) => {
    expect(isSecureUrl(new URL(url))).toBe(false)
  })
})

describe('mayUse', () => {
  it.each([
    ['https', 'of a public provider', 'https://keys.example', publicIssuer, true],
    ['http', 'of a public provider', 'http://id.example', publicIssuer, false],
    ['http on our machine', 'of a public provider (SSRF)', 'http://127.0.0.1/admin', publicIssuer, false],
    ['http on localhost', 'of a public provider (SSRF)', 'http://localhost/admin', publicIssuer, false],
    ['http on loopback', 'of a provider on loopback', 'http://127.0.0.1:9000/token', localIssuer, true],
    ['http off loopback', 'of a provider on loopback', 'http://id.example/token', localIssuer, false],
    ['http below localhost', 'of a provider on loopback', 'http://id.localhost/token', localIssuer, false],
    ['https', 'of a provider on loopback', 'https://id.example/token', localIssuer, true],
    ['http', 'with allowInsecureRequests', 'http://id.example/token', insecureIssuer, true],
    ['another scheme', 'with allowInsecureRequests', 'ftp://id.example/token', insecureIssuer, false],
    ['a file', 'with allowInsecureRequests', 'file:///etc/passwd', insecureIssuer, false],
    ['another scheme', 'of a provider on loopback', 'ftp://127.0.0.1/', localIssuer, false],
  ])('for %s %s, %s (OpenID Connect Core 1.0 section 16.17)', (_scheme, _whose, url, provider, expected) => {
    expect(mayUse(new URL(url), provider)).toBe(expected)
  })
})
