import { describe, expect, it } from 'vitest'
import { mountPath, originalUrl, requestPath, requestQuery } from '../../../src/http/request-url.ts'
import { requestOf } from '../exchange.ts'

describe('requestPath', () => {
  it.each([
    ['/login', '/login'],
    ['/login?return_to=/a', '/login'],
    ['/login?a?b', '/login'],
    ['/%6Cogin', '/%6Cogin'],
    ['//login', '//login'],
    ['/', '/'],
    ['?a', ''],
    [undefined, '/'],
  ])('of %j is %j: as it came, without the query', (url, expected) => {
    expect(requestPath(requestOf({ url }))).toBe(expected)
  })
})

describe('requestQuery', () => {
  it.each([
    [
      '/callback?state=a&state=b',
      [
        ['state', 'a'],
        ['state', 'b'],
      ],
    ],
    [
      '/callback?a[b]=1&a[c]=2',
      [
        ['a[b]', '1'],
        ['a[c]', '2'],
      ],
    ],
    ['/callback?a=?b', [['a', '?b']]],
    ['/callback?a=b+c%2B', [['a', 'b c+']]],
    ['/callback?__proto__=1', [['__proto__', '1']]],
    ['/callback?a=%ff', [['a', '\ufffd']]],
    ['/callback?', []],
    ['/callback', []],
    [undefined, []],
  ])('of %j keeps what is repeated and nests nothing', (url, expected) => {
    expect([...requestQuery(requestOf({ url }))]).toEqual(expected)
  })
})

describe('mountPath', () => {
  it.each([
    ['/login', '/login', ''],
    ['/', '/', ''],
    ['/login?a=/b', '/login?a=/b', ''],
    ['/app/login', '/login', '/app'],
    ['/app/login?a=/x', '/login?a=/x', '/app'],
    ['/app/', '/', '/app'],
    ['/app', '/', '/app'],
    ['/app?a=1', '/?a=1', '/app'],
    ['/app/app', '/app', '/app'],
    ['/a/b/c', '/c', '/a/b'],
  ])('of the request for %j that the middleware saw as %j is %j', (original, url, expected) => {
    expect(mountPath(requestOf({ url, originalUrl: original }), url)).toBe(expected)
  })

  it('is judged by the URL that the middleware saw, not by what later routers cut off', () => {
    expect(mountPath(requestOf({ url: '/7', originalUrl: '/app/orders/7' }), '/orders/7')).toBe('/app')
  })
})

describe('originalUrl', () => {
  it.each([
    [{ url: '/b', originalUrl: '/a/b' }, '/a/b'],
    [{ url: '/b' }, '/b'],
    [{ url: undefined }, '/'],
  ])('of %j is %j', (parts, expected) => {
    expect(originalUrl(requestOf(parts))).toBe(expected)
  })
})
