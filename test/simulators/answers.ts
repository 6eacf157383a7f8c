// The answers of a simulator in its vendor's shape.

import { randomUUID } from 'node:crypto'
import escapeHtml from 'escape-html'
import type { Answer } from '../../src/testing/answer.ts'
import { jsonAnswer } from '../../src/testing/answer.ts'
import { type Context, pathOf } from './context.ts'
import type { AuthorizationFailure, LogoutFailure, OAuthError, TokenFailure } from './failures.ts'

/** What a description is filled with. */
export interface FailureDetails {
  /** The challenge method of the code. */
  readonly method?: string
}

/** An error of the token endpoint and its like. */
export function tokenErrorAnswer(context: Context, failure: TokenFailure, details: FailureDetails = {}): Answer {
  const { profile } = context
  const error = profile.tokenErrors[failure]
  const body = profile.errorBody({ error: error.error, error_description: describe(error, details) })
  const answer = jsonAnswer(body, error.status ?? 400)
  const headers: Record<string, string> = { ...answer.headers, pragma: 'no-cache' }
  if (answer.status === 401 && profile.clientChallenge !== undefined)
    headers['www-authenticate'] = profile.clientChallenge
  if (failure === 'dpopNonceRequired') headers['dpop-nonce'] = context.dpopNonce
  return { ...answer, headers }
}

/** The vendor's own page about an error. */
export function errorPageAnswer(context: Context, failure: AuthorizationFailure | LogoutFailure): Answer {
  const { profile, origin } = context
  const error = { ...profile.authorizationErrors, ...profile.logoutErrors }[failure]
  const filled = { ...error, description: describe(error, {}) }
  return profile.page({ failure, error: filled, origin, errorPagePath: pathOf(context, 'errorPage') })
}

/** The description with its blanks filled. */
export function describe(error: OAuthError, { method = '' }: FailureDetails): string {
  return error.description.replace('{uuid}', randomUUID()).replace('{method}', method)
}

/** A page; title and text are ours, `content` is HTML. */
export function htmlAnswer(status: number, title: string, content: string): Answer {
  const body = [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>`,
    `<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body>`,
    '</html>',
    '',
  ].join('\n')
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body }
}

/** A page of one sentence. */
export function textPage(status: number, title: string, text: string): Answer {
  return htmlAnswer(status, title, `<p>${escapeHtml(text)}</p>`)
}

/** Text and not URL arithmetic: a redirect URI comes back byte by byte, `https://localhost:5000` without a slash (A11). */
export function appendQuery(uri: string, parameters: URLSearchParams): string {
  const query = parameters.toString()
  return query === '' ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}
