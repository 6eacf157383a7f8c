// Bearer credentials of a request (RFC 6750 section 2.1) and the challenge that refuses them (section 3).
import type { HttpRequest, HttpResponse } from './messages.ts'
import { sendProblem } from './problem.ts'
import { requestQuery } from './request-url.ts'

/** Why a request is refused; without `error` it came without credentials (section 3.1). */
export interface BearerRefusal {
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  /** Printable ASCII without quotes and backslashes. */
  readonly description?: string | undefined
  /** What would be enough. */
  readonly scope?: string
}

/** What a request is made with. */
export type BearerCredentials = { readonly token: string } | BearerRefusal

/**
 * The token of the Authorization header, and of nowhere else: URLs end in logs and in Referer (RFC 9700 section 4.3.2).
 * A repeated header, or a second token elsewhere, is refused: which one counts must not depend on who reads.
 */
export function readBearer(request: HttpRequest): BearerCredentials {
  const { authorization = '' } = request.headers
  const names = request.rawHeaders.filter((_text, index) => index % 2 === 0) // names and values take turns
  if (names.filter((name) => name.toLowerCase() === 'authorization').length > 1) {
    return malformed('more than one Authorization header')
  }
  if (!/^bearer( |$)/i.test(authorization)) return {}
  const token = /^bearer +([\w\-.~+/]+=*) *$/i.exec(authorization)?.[1]
  if (token === undefined) return malformed('the Authorization header is not Bearer and one token')
  if (requestQuery(request).has('access_token') || hasTokenInForm(request)) {
    return malformed('more than one way of sending a token')
  }
  return { token }
}

function malformed(description: string): BearerRefusal {
  return { error: 'invalid_request', description }
}

/** Section 2.2 knows forms only, and only a body that the app has parsed already can be looked at. */
function hasTokenInForm(request: HttpRequest & { readonly body?: unknown }): boolean {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')
  return isForm && Object.hasOwn(Object(request.body), 'access_token')
}

const answers = {
  invalid_request: { status: 400, title: 'The credentials of this request cannot be read' },
  invalid_token: { status: 401, title: 'The access token is not valid here' },
  insufficient_scope: { status: 403, title: 'The access token does not allow this' },
}
const missing = { status: 401, title: 'An access token is needed' }

/** Answers with the challenge, as problem+json. */
export function sendChallenge(
  request: HttpRequest,
  response: HttpResponse,
  { error, description, scope }: BearerRefusal,
  { code, realm }: { readonly code: string; readonly realm: string | undefined },
): void {
  const { status, title } = error === undefined ? missing : answers[error]
  response.setHeader('WWW-Authenticate', challenge({ realm, error, error_description: description, scope }))
  sendProblem(request, response, { type: 'about:blank', title, status, code, error, detail: description, scope })
}

function challenge(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return `Bearer ${given.map(([name, value]) => `${name}="${value}"`).join(', ')}`.trim()
}
