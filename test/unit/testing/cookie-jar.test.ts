import { afterEach, describe, expect, it, vi } from 'vitest'

import { CookieJar } from '../../../src/testing/cookie-jar.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** The Cookie header for `to` after `from` has set these cookies. */
function sent(cookies: string | string[], from: string, to: string): string | undefined {
  const jar = new CookieJar()
  for (const cookie of [cookies].flat()) jar.store(cookie, new URL(from))
  return jar.header(new URL(to))
}

describe('CookieJar', () => {
  const rules: [string, string | string[], string, string, string | undefined][] = [
    ['sends a cookie back to its host', 'a=1', 'https://a.test/', 'https://a.test/x', 'a=1'],
    ['does not mind the port (RFC 6265 section 8.5)', 'a=1', 'http://localhost:1/', 'http://localhost:2/', 'a=1'],
    ['keeps a host cookie from subdomains', 'a=1', 'https://a.test/', 'https://b.a.test/', undefined],
    ['keeps a host cookie from other hosts', 'a=1', 'http://127.0.0.1/', 'http://localhost/', undefined],
    ['sends a Domain cookie to subdomains', 'a=1; Domain=.A.test', 'https://b.a.test/', 'https://c.a.test/', 'a=1'],
    ['ignores a Domain of somebody else', 'a=1; Domain=b.test', 'https://a.test/', 'https://b.test/', undefined],
    ['ignores a Domain of one label', 'a=1; Domain=test', 'https://a.test/', 'https://a.test/', undefined],
    [
      'takes Domain=localhost for localhost only',
      'a=1; Domain=localhost',
      'http://localhost/',
      'http://localhost/',
      'a=1',
    ],
    ['matches no address by its end', 'a=1; Domain=0.0.1', 'http://127.0.0.1/', 'http://127.0.0.1/', undefined],
    ['keeps to Path', 'a=1; Path=/app', 'https://a.test/', 'https://a.test/application', undefined],
    ['sends below Path', 'a=1; Path=/app', 'https://a.test/', 'https://a.test/app/x', 'a=1'],
    ['defaults Path to the directory', 'a=1', 'https://a.test/app/login', 'https://a.test/app/x', 'a=1'],
    ['defaults Path to no more than the directory', 'a=1', 'https://a.test/app/login', 'https://a.test/', undefined],
    ['keeps a Secure cookie from http', 'a=1; Secure', 'https://a.test/', 'http://a.test/', undefined],
    ['ignores a Secure cookie over http', 'a=1; Secure', 'http://a.test/', 'https://a.test/', undefined],
    ['trusts http on localhost', 'a=1; Secure', 'http://localhost/', 'http://localhost/', 'a=1'],
    ['trusts http on 127.0.0.1', 'a=1; Secure', 'http://127.0.0.1/', 'http://127.0.0.1/', 'a=1'],
    ['trusts http on ::1', 'a=1; Secure', 'http://[::1]/', 'http://[::1]/', 'a=1'],
    [
      'does not mind HttpOnly, nor SameSite on the same site',
      'a=1; HttpOnly; SameSite=Strict',
      'https://a.test/',
      'https://a.test/',
      'a=1',
    ],
    ['replaces a cookie', ['a=1', 'a=2'], 'https://a.test/', 'https://a.test/', 'a=2'],
    ['sends longer paths first', ['a=1; Path=/', 'b=2; Path=/x'], 'https://a.test/', 'https://a.test/x', 'b=2; a=1'],
    ['sends older cookies first', ['a=1', 'b=2', 'a=3'], 'https://a.test/', 'https://a.test/', 'a=3; b=2'],
    ['deletes by Max-Age=0', ['a=1', 'a=; Max-Age=0'], 'https://a.test/', 'https://a.test/', undefined],
    [
      'deletes by Expires in the past',
      ['a=1', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      'https://a.test/',
      'https://a.test/',
      undefined,
    ],
    [
      'lets Max-Age win over Expires',
      'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'https://a.test/',
      'https://a.test/',
      'a=1',
    ],
    [
      'deletes only the cookie of the same path',
      ['a=1; Path=/', 'a=; Max-Age=0; Path=/x'],
      'https://a.test/',
      'https://a.test/',
      'a=1',
    ],
    ['ignores an Expires that is no date', 'a=1; Expires=soon', 'https://a.test/', 'https://a.test/', 'a=1'],
    ['keeps equal signs in the value', 'a=b=c==', 'https://a.test/', 'https://a.test/', 'a=b=c=='],
    ['ignores a cookie without a name', '=1', 'https://a.test/', 'https://a.test/', undefined],
    ['accepts 4096 bytes', `a=${'x'.repeat(4095)}`, 'https://a.test/', 'https://a.test/', `a=${'x'.repeat(4095)}`],
    ['ignores more than 4096 bytes', `a=${'x'.repeat(4096)}`, 'https://a.test/', 'https://a.test/', undefined],
    ['accepts a __Host- cookie', '__Host-a=1; Secure; Path=/', 'https://a.test/x', 'https://a.test/', '__Host-a=1'],
    [
      'ignores a __Host- cookie without Path',
      '__Host-a=1; Secure',
      'https://a.test/x/y',
      'https://a.test/x/',
      undefined,
    ],
    [
      'ignores a __Host- cookie with Domain',
      '__Host-a=1; Secure; Path=/; Domain=a.test',
      'https://a.test/',
      'https://a.test/',
      undefined,
    ],
    ['ignores a __Secure- cookie without Secure', '__Secure-a=1', 'https://a.test/', 'https://a.test/', undefined],
  ]
  it.each(rules)('%s', (_name, cookies, from, to, expected) => {
    expect(sent(cookies, from, to)).toBe(expected)
  })

  it('forgets a cookie when its time has come', () => {
    vi.useFakeTimers()
    const jar = new CookieJar()
    jar.store('a=1; Max-Age=60', new URL('https://a.test/'))
    vi.advanceTimersByTime(59_000)
    expect(jar.list()).toHaveLength(1)
    vi.advanceTimersByTime(1_000)
    expect(jar.list()).toEqual([])
    expect(jar.header(new URL('https://a.test/'))).toBeUndefined()
  })

  it('lists what it knows of a cookie', () => {
    const jar = new CookieJar()
    jar.store('sid=x; Path=/app; Secure; HttpOnly; SameSite=Lax', new URL('https://a.test/'))
    expect(jar.list()).toEqual([
      {
        name: 'sid',
        value: 'x',
        host: 'a.test',
        isHostOnly: true,
        path: '/app',
        isSecure: true,
        isHttpOnly: true,
        sameSite: 'Lax',
        expiresAt: undefined,
      },
    ])
    jar.clear()
    expect(jar.list()).toEqual([])
  })
})
