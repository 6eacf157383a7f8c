// Problem Details for programs (RFC 9457).
import type { HttpRequest, HttpResponse } from './messages.ts'
import { noStore, setHeaders } from './redirect.ts'

/** The members of a problem; `code` names the heading in `docs/errors.md`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly [extension: string]: unknown
}

/** Answers with a problem; a HEAD request gets its headers alone. */
export function sendProblem(request: HttpRequest, response: HttpResponse, problem: Problem): void {
  const body = JSON.stringify(problem)
  response.statusCode = problem.status
  setHeaders(response, {
    ...noStore,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
