// @ts-check
// What programs get when something is wrong: Problem Details (RFC 9457). People get pages.
import { errorTable, RelyingPartyError } from 'express-relying-party'

/**
 * @param {import('express').Response} res
 * @param {{ status: number, title: string, [member: string]: unknown }} problem
 */
export function sendProblem(res, problem) {
  res
    .status(problem.status)
    .type('application/problem+json')
    .send({ type: 'about:blank', ...problem })
}

/**
 * Whether a person is going to read the answer: browsers that navigate ask for HTML by name, programs hardly ever do.
 *
 * @param {import('express').Request} req
 */
export function wantsPage(req) {
  const { accept = '', 'sec-fetch-mode': mode = 'navigate' } = req.headers
  return mode === 'navigate' && accept.includes('text/html')
}

/**
 * Tells programs the errors of the library, which `errorPage()` would show as a page to all who do not refuse HTML.
 *
 * @type {import('express').ErrorRequestHandler}
 */
export function apiErrors(error, req, res, next) {
  if (!(error instanceof RelyingPartyError) || res.headersSent || wantsPage(req)) return next(error)
  const { status, title } = errorTable[error.code]
  const login = status === 401 ? { login_url: req.oidc.loginUrl } : {}
  sendProblem(res, { status, title, code: error.code, ...login })
}
