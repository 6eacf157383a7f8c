import { describe, expect, it } from 'vitest'
import { parseTargetLinkUri } from '../../../src/http/target-link-uri.ts'

const atRoot = { origin: 'https://app.example', basePath: '' }
const belowShop = { origin: 'https://app.example', basePath: '/shop' }
const onPort = { origin: 'http://[::1]:3000', basePath: '' }

type Place = typeof atRoot

describe('parseTargetLinkUri', () => {
  it.each<[string, Place, string]>([
    ['https://app.example/orders/7?a=b#c', atRoot, '/orders/7?a=b#c'],
    ['https://app.example', atRoot, '/'],
    ['https://app.example/', atRoot, '/'],
    ['HTTPS://APP.example:443/orders', atRoot, '/orders'],
    ['http://[::1]:3000/orders', onPort, '/orders'],
    ['https://app.example/shop', belowShop, '/shop'],
    ['https://app.example/shop/orders', belowShop, '/shop/orders'],
    ['https://app.example/shop?a=b', belowShop, '/shop?a=b'],
    ['https://app.example/other/../shop/orders', belowShop, '/shop/orders'],
    ['/orders', atRoot, '/orders'],
    ['/shop/orders', belowShop, '/shop/orders'],
  ])('takes %s as a page of our own (OpenID Connect Core 1.0 section 4)', (value, place, path) => {
    expect(parseTargetLinkUri(value, place)).toBe(path)
  })

  it.each<[string, Place]>([
    ['https://evil.example/orders', atRoot],
    ['https://app.example.evil.example/', atRoot],
    ['https://evil-app.example/', atRoot],
    ['http://app.example/', atRoot],
    ['https://app.example:8443/', atRoot],
    ['https://app.example./', atRoot],
    ['https://app.example@evil.example/', atRoot],
    ['https://user@app.example/orders', atRoot],
    ['https://user:password@app.example/orders', atRoot],
    ['https://@app.example/orders', atRoot],
    ['https://evil.example\\@app.example/', atRoot],
    ['https:\\\\app.example\\orders', atRoot],
    ['https:/app.example/orders', atRoot],
    ['https:app.example/orders', atRoot],
    ['https://app.example\\orders', atRoot],
    ['https://app.example/\\evil.example', atRoot],
    ['https://app.example//evil.example', atRoot],
    ['https://app.example/.//evil.example', atRoot],
    ['https://app.example/%5Cevil.example', atRoot],
    ['https://app.example/%2Fevil.example', atRoot],
    ['https://app.example/a b', atRoot],
    ['https://app.example/\t/evil.example', atRoot],
    [' https://app.example/orders', atRoot],
    ['https://app.example\n/orders', atRoot],
    ['https://app.example/\r\nSet-Cookie: a=b', atRoot],
    ['javascript:alert(1)', atRoot],
    ['data:text/html,https://app.example/', atRoot],
    ['//app.example/orders', atRoot],
    ['//evil.example', atRoot],
    ['/\\evil.example', atRoot],
    ['orders', atRoot],
    ['', atRoot],
    [`https://app.example/${'a'.repeat(8000)}`, atRoot],
    ['https://[::1:3000/orders', onPort],
    ['https://app.example/', belowShop],
    ['https://app.example/other', belowShop],
    ['https://app.example/shopping', belowShop],
    ['https://app.example/shop/../other', belowShop],
    ['https://app.example/shop/%2e%2e/other', belowShop],
    ['/other', belowShop],
  ])('refuses %j (RFC 9700 section 4.11.1)', (value, place) => {
    expect(parseTargetLinkUri(value, place)).toBeUndefined()
  })

  it('has nothing to say where there is none', () => {
    expect(parseTargetLinkUri(undefined, atRoot)).toBeUndefined()
  })
})
