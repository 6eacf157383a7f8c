// Who is asking: a person's page navigation, which may be redirected, or a program, which gets a status and JSON.
import Negotiator from 'negotiator'
import type { HttpRequest } from './messages.ts'

const pageTypes = ['text/html', 'application/xhtml+xml']
const problemTypes = ['application/problem+json', 'application/json']

/**
 * Whether the request is a page navigation: only that may be redirected to a provider, where a `fetch()` would fail
 * by CORS, an iframe be refused and a prefetch start a login nobody asked for (Fetch Metadata, W3C).
 */
export function isPageNavigation(request: HttpRequest): boolean {
  const { headers, method } = request
  return (
    (method === 'GET' || method === 'HEAD') &&
    isNavigationOrUnknown(request) &&
    String(headers['x-requested-with'] ?? '').toLowerCase() !== 'xmlhttprequest' &&
    acceptsPage(request)
  )
}

/** Whether a person sent a form: its answer is a page, so it may be another one than the form's own. */
export function isFormNavigation(request: HttpRequest): boolean {
  const { headers, method } = request
  return (
    method === 'POST' &&
    isNavigationOrUnknown(request) &&
    String(headers['x-requested-with'] ?? '').toLowerCase() !== 'xmlhttprequest' &&
    namesPage(request)
  )
}

/** Whether the browser says it navigates, or says nothing; a prefetch (Speculation Rules) must change nothing. */
export function isNavigationOrUnknown(request: HttpRequest): boolean {
  const { headers } = request
  const purpose = String(headers['sec-purpose'] ?? headers['purpose'] ?? '')
  return (
    (headers['sec-fetch-mode'] ?? 'navigate') === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document' &&
    !purpose.toLowerCase().includes('prefetch')
  )
}

/** Whether an answer in HTML suits the client better than problem+json. */
export function prefersPage(request: HttpRequest): boolean {
  if ((request.headers['sec-fetch-mode'] ?? 'navigate') !== 'navigate') return false
  const best = new Negotiator(request).mediaType([...pageTypes, ...problemTypes])
  return best !== undefined && pageTypes.includes(best)
}

/** Whether the client named HTML, as every browser does when it navigates and hardly any program does. */
export function namesPage(request: HttpRequest): boolean {
  return acceptsPage(request) && /\btext\/html\b/i.test(request.headers.accept ?? '')
}

function acceptsPage(request: HttpRequest): boolean {
  return new Negotiator(request).mediaType(pageTypes) !== undefined
}
