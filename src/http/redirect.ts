// Redirects and short answers of ours: never cached, and never with a body that repeats where they go.
import type { HttpRequest, HttpResponse } from './messages.ts'

/** Headers of every answer of ours: it belongs to one person at one moment (RFC 9111 section 5.2.2.5). */
export const noStore = { 'Cache-Control': 'no-store' } as const

/** Sends the browser on: 302 after a GET, 303 after anything that carried a body (RFC 9110 section 15.4.4). */
export function redirect(request: HttpRequest, response: HttpResponse, location: string): void {
  response.statusCode = request.method === 'GET' || request.method === 'HEAD' ? 302 : 303
  setHeaders(response, { ...noStore, Location: location, 'Content-Length': '0' })
  response.end()
}

/** Sets headers one by one, so that what the app and express-session set before stays. */
export function setHeaders(response: HttpResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
