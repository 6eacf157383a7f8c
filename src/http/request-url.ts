// Where a request is: its path below the mount, its query, and its path as the browser knows it.
import type { HttpRequest } from './messages.ts'

/** The path below the mount, as it came (not decoded), without the query. */
export function requestPath(request: HttpRequest): string {
  return cut(request.url ?? '/', '?')
}

/**
 * The query, read from the URL itself: an app's `query parser` setting may fold or nest repeated parameters.
 */
export function requestQuery(request: HttpRequest): URLSearchParams {
  const url = request.url ?? '/'
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

/**
 * The path that `app.use('/path', ...)` cut off, '' at the root.
 *
 * @param url - `request.url` as the middleware saw it: routers behind it cut off more
 */
export function mountPath(request: HttpRequest, url: string): string {
  const path = cut(url, '?')
  const originalPath = cut(originalUrl(request), '?')
  if (originalPath.endsWith(path)) return originalPath.slice(0, -path.length)
  return originalPath // the mount itself was asked for: the framework made its empty rest a '/'
}

/** The URL with its path as it came to the app, before any mount cut some of it off. */
export function originalUrl(request: HttpRequest): string {
  return request.originalUrl ?? request.url ?? '/'
}

function cut(text: string, separator: string): string {
  const end = text.indexOf(separator)
  return end === -1 ? text : text.slice(0, end)
}
