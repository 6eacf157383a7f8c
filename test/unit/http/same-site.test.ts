import { describe, expect, it } from 'vitest'
import { isOwnSiteRequest, isSameOriginPost } from '../../../src/http/same-site.ts'
import { type RequestParts, requestOf } from '../exchange.ts'

const origin = 'https://app.example'

type Row = readonly [what: string, request: RequestParts]

const own: readonly Row[] = [
  ['a form of the same origin', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }],
  ['a form of a sister host', { method: 'POST', headers: { 'sec-fetch-site': 'same-site' } }],
  ['a form whose browser sends Origin alone', { method: 'POST', headers: { origin } }],
  ['a program that posts without any of the headers', { method: 'POST' }],
  [
    'fetch() of the same origin',
    { method: 'POST', headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' } },
  ],
  ['a link of the same origin', { headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' } }],
]

const foreign: readonly Row[] = [
  [
    'the address bar: a typed page may have redirected',
    { headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' } },
  ],
  ['a form of another site', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }],
  [
    'a form of another site with a forged-looking Origin',
    { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', origin } },
  ],
  ['an unknown value of Sec-Fetch-Site', { method: 'POST', headers: { 'sec-fetch-site': 'sideways' } }],
  ['an empty Sec-Fetch-Site', { method: 'POST', headers: { 'sec-fetch-site': '' } }],
  ['Sec-Fetch-Site sent twice', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin, cross-site' } }],
  ['a form whose Origin is another', { method: 'POST', headers: { origin: 'https://evil.example' } }],
  ['a form whose Origin is null', { method: 'POST', headers: { origin: 'null' } }],
  [
    'a form whose Origin only begins like ours',
    { method: 'POST', headers: { origin: 'https://app.example.evil.example' } },
  ],
  ['a form whose Origin differs by the scheme', { method: 'POST', headers: { origin: 'http://app.example' } }],
  ['a form whose Origin differs by the port', { method: 'POST', headers: { origin: 'https://app.example:8443' } }],
  ['a link of another site', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } }],
  ['an image of the same site', { headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'image' } }],
  ['a script of the same site by GET', { headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' } }],
  ['a prefetch of the same site', { headers: { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch' } }],
  ['a GET without any of the headers', {}],
]

describe('isOwnSiteRequest', () => {
  it.each(own)('accepts %s (Fetch Metadata)', (_what, parts) => {
    expect(isOwnSiteRequest(requestOf(parts), origin)).toBe(true)
  })

  it.each(foreign)('refuses %s (logout CSRF, Fetch Metadata)', (_what, parts) => {
    expect(isOwnSiteRequest(requestOf(parts), origin)).toBe(false)
  })
})

describe('isSameOriginPost', () => {
  it.each<Row>([
    ['a form of the same origin', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }],
    ['a form whose browser sends Origin alone', { method: 'POST', headers: { origin } }],
  ])('accepts %s (Fetch Metadata; RFC 6454 section 7)', (_what, parts) => {
    expect(isSameOriginPost(requestOf(parts), origin)).toBe(true)
  })

  it.each<Row>([
    ['a GET of the same origin', { headers: { 'sec-fetch-site': 'same-origin' } }],
    ['a form of a sister host', { method: 'POST', headers: { 'sec-fetch-site': 'same-site' } }],
    [
      'a form of another site that shows our Origin',
      { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', origin } },
    ],
    ['a form whose Origin is null', { method: 'POST', headers: { origin: 'null' } }],
    ['a program that sends neither', { method: 'POST' }],
  ])('refuses %s', (_what, parts) => {
    expect(isSameOriginPost(requestOf(parts), origin)).toBe(false)
  })
})
