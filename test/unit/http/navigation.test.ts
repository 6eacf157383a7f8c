import { describe, expect, it } from 'vitest'
import { isNavigationOrUnknown, isPageNavigation, namesPage, prefersPage } from '../../../src/http/navigation.ts'
import { type RequestParts, requestOf } from '../exchange.ts'

const browserAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const navigation = {
  accept: browserAccept,
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}

type Row = readonly [who: string, request: RequestParts]

const pageNavigations: readonly Row[] = [
  ['a browser that navigates', { headers: navigation }],
  ['a browser that navigates by HEAD', { method: 'HEAD', headers: navigation }],
  ['a browser without Fetch Metadata', { headers: { accept: browserAccept } }],
  ['a client that sends only Sec-Fetch-Dest: document', { headers: { 'sec-fetch-dest': 'document' } }],
  ['a client that accepts anything', { headers: { accept: '*/*' } }],
  ['a client that says nothing', {}],
  ['a client that accepts XHTML alone', { headers: { accept: 'application/xhtml+xml' } }],
  ['a browser whose Purpose is no prefetch', { headers: { ...navigation, purpose: 'audit' } }],
  ['a service worker that passes a navigation on', { headers: { ...navigation, 'sec-fetch-dest': 'empty' } }],
  ['the web view of an app that names itself', { headers: { ...navigation, 'x-requested-with': 'com.example.app' } }],
]

const others: readonly Row[] = [
  ['a form post', { method: 'POST', headers: navigation }],
  ['a PUT', { method: 'PUT', headers: navigation }],
  ['a DELETE', { method: 'DELETE' }],
  ['an OPTIONS request', { method: 'OPTIONS' }],
  ['a method in lower case', { method: 'get', headers: navigation }],
  ['fetch() with CORS', { headers: { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }],
  ['fetch() of the same origin', { headers: { ...navigation, 'sec-fetch-mode': 'same-origin' } }],
  ['an image', { headers: { ...navigation, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } }],
  ['a WebSocket', { headers: { ...navigation, 'sec-fetch-mode': 'websocket' } }],
  ['an iframe', { headers: { ...navigation, 'sec-fetch-dest': 'iframe' } }],
  ['an embedded object', { headers: { ...navigation, 'sec-fetch-dest': 'object' } }],
  ['a repeated Sec-Fetch-Mode', { headers: { ...navigation, 'sec-fetch-mode': 'navigate, cors' } }],
  ['a prefetch by speculation rules', { headers: { ...navigation, 'sec-purpose': 'prefetch' } }],
  ['a prerender by speculation rules', { headers: { ...navigation, 'sec-purpose': 'prefetch;prerender' } }],
  ['a prefetch of an older browser', { headers: { ...navigation, purpose: 'Prefetch' } }],
  ['a preview of Safari', { headers: { ...navigation, 'x-purpose': 'preview' } }],
  [
    'a prefetch that a service worker passes on',
    { headers: { ...navigation, 'sec-fetch-dest': 'empty', purpose: 'prefetch' } },
  ],
  ['a script that names a destination but no mode', { headers: { 'sec-fetch-dest': 'empty' } }],
  ['htmx without Fetch Metadata', { headers: { accept: '*/*', 'hx-request': 'true' } }],
  ['a WebSocket without Fetch Metadata', { headers: { 'sec-websocket-key': 'dGVzdC10ZXN0LXRlc3QtMQ==' } }],
  ['JSON before anything', { headers: { accept: 'application/json, text/plain, */*' } }],
  ['JSON before HTML', { headers: { accept: 'application/json, text/html;q=0.9' } }],
  ['an image before anything', { headers: { accept: 'image/webp,*/*' } }],
  ['XMLHttpRequest as libraries mark it', { headers: { accept: '*/*', 'x-requested-with': 'XMLHttpRequest' } }],
  ['XMLHttpRequest in lower case', { headers: { accept: '*/*', 'x-requested-with': 'xmlhttprequest' } }],
  ['a client that accepts JSON alone', { headers: { accept: 'application/json' } }],
  ['a client that refuses HTML', { headers: { accept: 'text/html;q=0, application/xhtml+xml;q=0, */*' } }],
  ['a client that accepts images alone', { headers: { accept: 'image/*' } }],
]

describe('isPageNavigation', () => {
  it.each(pageNavigations)('is true for %s (Fetch Metadata)', (_who, parts) => {
    expect(isPageNavigation(requestOf(parts))).toBe(true)
  })

  it.each(others)(
    'is false for %s, which could not follow a redirect to a provider (Fetch Metadata)',
    (_who, parts) => {
      expect(isPageNavigation(requestOf(parts))).toBe(false)
    },
  )
})

describe('isNavigationOrUnknown', () => {
  it.each([
    ['a navigation', navigation, true],
    ['silence', {}, true],
    ['a navigation by POST', { ...navigation, accept: 'application/json' }, true],
    ['a script', { 'sec-fetch-mode': 'cors' }, false],
    ['a frame', { ...navigation, 'sec-fetch-dest': 'frame' }, false],
    ['a prefetch that says nothing else', { 'sec-purpose': 'prefetch' }, false],
    ['what a service worker passes on, from whatever page', { ...navigation, 'sec-fetch-dest': 'empty' }, false],
  ])('judges %s by what the browser says of it, whatever the method and Accept', (_who, headers, expected) => {
    expect(isNavigationOrUnknown(requestOf({ method: 'POST', headers }))).toBe(expected)
  })
})

describe('prefersPage', () => {
  it.each([
    ['a browser', { accept: browserAccept }, true],
    ['a form post of a browser', navigation, true],
    ['a frame, which shows pages too', { ...navigation, 'sec-fetch-dest': 'iframe' }, true],
    ['a client that accepts anything', { accept: '*/*' }, true],
    ['a client that says nothing', {}, true],
    ['JSON before HTML', { accept: 'application/json, text/html;q=0.9' }, false],
    ['problem+json alone', { accept: 'application/problem+json' }, false],
    ['a script, whatever it accepts', { accept: browserAccept, 'sec-fetch-mode': 'cors' }, false],
    ['a client that accepts nothing of ours', { accept: 'image/png' }, false],
  ])('judges %s by the best type it accepts (RFC 9110 section 12.5.1)', (_who, headers, expected) => {
    expect(prefersPage(requestOf({ method: 'POST', headers }))).toBe(expected)
  })
})

describe('namesPage', () => {
  it.each([
    ['a browser', browserAccept, true],
    ['text/html in capitals', 'TEXT/HTML', true],
    ['a program that accepts anything', '*/*', false],
    ['a program that accepts any text', 'text/*', false],
    ['a program that refuses HTML by name', 'text/html;q=0', false],
    ['a client that says nothing', undefined, false],
  ])('judges %s by whether it names HTML', (_who, accept, expected) => {
    expect(namesPage(requestOf({ headers: { accept } }))).toBe(expected)
  })
})
