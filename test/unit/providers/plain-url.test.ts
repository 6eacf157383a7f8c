import { describe, expect, it } from 'vitest'
import { plainLocation, plainUrl } from '../../../src/providers/plain-url.ts'

describe('plainUrl', () => {
  it.each([
    'https://id.example',
    'https://id.example/',
    'http://localhost:8080/realms/shop',
    'https://[::1]:8443/a%20b',
    'https://login.microsoftonline.com/{tenantid}/v2.0',
    `https://id.example/${'a'.repeat(181)}`,
  ])('gives %s as it is', (url) => {
    expect(plainUrl(url)).toBe(url)
  })

  it.each([
    `https://id.example/${'a'.repeat(182)}`,
    'https://user:password@id.example',
    'https://id.example/?token=x',
    'https://id.example/#x',
    'https://id.example/\nforged line',
    'https://id.example/\u202e',
    'https://id.example/<script>',
    'https://id.example/"',
    'javascript:alert(1)',
    'ftp://id.example',
    'https://',
    'https://[',
    'id.example',
    '',
    5,
    null,
    undefined,
    { href: 'https://id.example' },
  ])('gives nothing of %j', (value) => {
    expect(plainUrl(value)).toBeUndefined()
  })
})

describe('plainLocation', () => {
  it.each([
    ['/a?token=x#y', 'https://id.example/a'],
    ['b', 'https://id.example/.well-known/b'],
    ['//other.example/c', 'https://other.example/c'],
    ['', 'https://id.example/.well-known/openid-configuration'],
  ])('gives origin and path of %j', (location, expected) => {
    expect(plainLocation(location, 'https://id.example/.well-known/openid-configuration')).toBe(expected)
  })

  it.each(['https://user@other.example/', 'javascript:alert(1)', 'https://[', `/${'a'.repeat(300)}`])(
    'gives nothing of %j',
    (location) => {
      expect(plainLocation(location, 'https://id.example/')).toBeUndefined()
    },
  )
})
