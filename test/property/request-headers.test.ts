import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNavigationOrUnknown, isPageNavigation, namesPage, prefersPage } from '../../src/http/navigation.ts'
import { mountPath, originalUrl, requestPath, requestQuery } from '../../src/http/request-url.ts'
import { isOwnSiteRequest } from '../../src/http/same-site.ts'
import { requestOf } from '../unit/exchange.ts'
import { runs } from './runs.ts'

const origin = 'https://app.example'
const words = [
  ...[
    'navigate',
    'cors',
    'document',
    'iframe',
    'same-origin',
    'same-site',
    'cross-site',
    'none',
    'prefetch',
    origin,
    'null',
  ],
  ...[
    'text/html',
    '*/*',
    'application/json',
    'text/html;q=0',
    ';q=',
    ',',
    ';',
    '"',
    'q=NaN',
    'q=1e999',
    'text/',
    '/html',
  ],
]
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
)
const value = fc.oneof(text, fc.constant(undefined), fc.constantFrom(...words))
const headerNames = ['accept', 'sec-fetch-mode', 'sec-fetch-dest', 'sec-fetch-site', 'sec-purpose', 'purpose', 'origin']
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom(...headerNames, 'cookie', 'x-requested-with'), fc.string()),
  value,
)
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'get', '')
const request = fc.record({ method, headers, url: text }).map((parts) => requestOf(parts))
const many = runs(1500)

describe('the judgement of request headers', () => {
  it('is true or false and never throws, whatever a client sends (threat V15)', () => {
    const judges = [isPageNavigation, isNavigationOrUnknown, prefersPage, namesPage]
    fc.assert(
      fc.property(request, (given) => {
        for (const judge of judges) expect(judge(given)).toBeTypeOf('boolean')
        expect(isOwnSiteRequest(given, origin)).toBeTypeOf('boolean')
      }),
      many,
    )
  })

  it('never takes a request for a page navigation that its browser says is none', () => {
    const other = fc.string().filter((mode) => mode !== 'navigate')
    fc.assert(
      fc.property(request, other, (given, mode) => {
        Object.assign(given.headers, { 'sec-fetch-mode': mode })
        expect(isPageNavigation(given)).toBe(false)
        expect(prefersPage(given)).toBe(false)
      }),
      many,
    )
  })

  it('never takes a request of another site for our own, whatever else it says (logout CSRF)', () => {
    fc.assert(
      fc.property(request, (given) => {
        Object.assign(given.headers, { 'sec-fetch-site': 'cross-site' })
        expect(isOwnSiteRequest(given, origin)).toBe(false)
      }),
      many,
    )
  })

  it('never takes a GET for our own that has no Fetch Metadata and no Origin of ours', () => {
    fc.assert(
      fc.property(request, (given) => {
        const { headers: sent } = given
        delete sent['sec-fetch-site']
        if (sent.origin === origin || given.method === 'POST') return
        expect(isOwnSiteRequest(given, origin)).toBe(false)
      }),
      many,
    )
  })
})

describe('the reading of request URLs', () => {
  it('never throws, and cuts a URL into what is before and after its first question mark', () => {
    fc.assert(
      fc.property(request, text, (given, original) => {
        Object.assign(given, { originalUrl: original })
        const url = given.url ?? '/'
        expect(url.startsWith(requestPath(given))).toBe(true)
        expect(requestPath(given)).not.toContain('?')
        expect(requestQuery(given)).toBeInstanceOf(URLSearchParams)
        expect(originalUrl(given).startsWith(mountPath(given, url))).toBe(true)
      }),
      many,
    )
  })

  it('finds every mount again that a router cut off', () => {
    const segment = fc.stringMatching(/^[a-z]{1,5}$/)
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 3 }),
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        text,
        (outer, inner, query) => {
          const mount = outer.map((name) => `/${name}`).join('')
          const url = `/${inner.join('/')}?${query}`
          expect(mountPath(requestOf({ url, originalUrl: mount + url }), url)).toBe(mount)
        },
      ),
      runs(500),
    )
  })
})
