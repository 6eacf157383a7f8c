// Who is asking: a person's page navigation, which may be redirected, or a program, which gets a status and JSON.
import Negotiator from 'negotiator'
import type { HttpRequest } from './messages.ts'

const pageTypes = ['text/html', 'application/xhtml+xml']
const problemTypes = ['application/problem+json', 'application/json']

/** Headers by which scripts and not browsers say who asks: over plain http off localhost there are no Sec-Fetch headers. */
const scriptHeaders = [
  'hx-request', // htmx, also boosted
  'turbo-frame',
  'x-turbo-request-id',
  'x-up-version', // Unpoly
  'x-inertia',
  'x-livewire',
  'x-alpine-request',
  'datastar-request',
  'x-pjax',
  'sec-websocket-key', // a browser's own: Chromium says nothing else of a WebSocket
]

/** By the names they have had: Speculation Rules, Chrome and Safari, Safari, Firefox, Turbo. */
const purposeHeaders = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz', 'x-sec-purpose']

/**
 * Whether the request is a page navigation: only that may be redirected to a provider, where a `fetch()` would fail
 * by CORS, an iframe be refused and a prefetch start a login nobody asked for (Fetch Metadata, W3C).
 */
export function isPageNavigation(request: HttpRequest): boolean {
  const { method } = request
  return (
    (method === 'GET' || method === 'HEAD') &&
    (isNavigationOrUnknown(request) || isPassedOn(request)) &&
    !isByScript(request) &&
    asksForPage(request)
  )
}

/** Whether a person sent a form: its answer is a page, so it may be another one than the form's own. */
export function isFormNavigation(request: HttpRequest): boolean {
  return request.method === 'POST' && isNavigationOrUnknown(request) && !isByScript(request) && namesPage(request)
}

/** Whether the browser says it navigates, or says nothing; what is fetched ahead of time must change nothing. */
export function isNavigationOrUnknown(request: HttpRequest): boolean {
  const { headers } = request
  return (
    (headers['sec-fetch-mode'] ?? 'navigate') === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document' &&
    !isAheadOfTime(request)
  )
}

/**
 * Whether a service worker passes a navigation on by `fetch(event.request)`: that keeps the mode, which no script can
 * choose, and loses the destination (Fetch, section 5.4). It also makes a foreign page's link look like our own, so
 * this must not count for what changes state.
 */
function isPassedOn(request: HttpRequest): boolean {
  const { headers } = request
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'empty' && !isAheadOfTime(request)
}

function isAheadOfTime({ headers }: HttpRequest): boolean {
  return purposeHeaders.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')))
}

/** Not any `X-Requested-With`: the web views of Android put the app's name there. */
function isByScript({ headers }: HttpRequest): boolean {
  const library = String(headers['x-requested-with'] ?? '').toLowerCase()
  return library === 'xmlhttprequest' || scriptHeaders.some((name) => headers[name] !== undefined)
}

/**
 * Names HTML and not JSON before it, or names no type at all, as curl. A list without HTML that ends in "anything" is
 * that of a program (axios: `application/json, text/plain`) or of an image or a style in a browser without Fetch Metadata.
 */
function asksForPage(request: HttpRequest): boolean {
  const types = new Negotiator(request).mediaTypes().map((type) => type.toLowerCase())
  const isForPages = types.some((type) => pageTypes.includes(type)) || types.every((type) => type === '*/*')
  return isForPages && prefersHtml(request)
}

/** Whether an answer in HTML suits the client better than problem+json. */
export function prefersPage(request: HttpRequest): boolean {
  if ((request.headers['sec-fetch-mode'] ?? 'navigate') !== 'navigate') return false
  return prefersHtml(request)
}

function prefersHtml(request: HttpRequest): boolean {
  const best = new Negotiator(request).mediaType([...pageTypes, ...problemTypes])
  return best !== undefined && pageTypes.includes(best)
}

/** Whether the client named HTML, as every browser does when it navigates and hardly any program does. */
export function namesPage(request: HttpRequest): boolean {
  const accepts = new Negotiator(request).mediaType(pageTypes) !== undefined
  return accepts && /\btext\/html\b/i.test(request.headers.accept ?? '')
}
