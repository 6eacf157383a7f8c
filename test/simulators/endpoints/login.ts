// The login page of the interactive switch: one user, demo with the password demo.

import escapeHtml from 'escape-html'
import { type Answer, redirectAnswer } from '../../../src/testing/answer.ts'
import { htmlAnswer } from '../answers.ts'
import { errorResponse } from '../authorization-response.ts'
import { type Context, pathOf } from '../context.ts'
import { establishSession, findSession, withSessionCookie } from '../sessions.ts'
import type { SimulatorRequest } from '../wire-request.ts'

const userName = 'demo'
const password = 'demo'

/** Shows the form, checks it, and goes back to the Authentication Request. */
export function loginEndpoint(context: Context, request: SimulatorRequest): Answer {
  const { loginParameter } = context.profile
  const id = request.query.get(loginParameter) ?? ''
  const parameters = context.pending.get(id)
  if (!parameters) return context.profile.notFound(pathOf(context, 'login'))
  const { form } = request
  if (request.method !== 'POST' || !form) return loginPage(context, id, '')
  if (form.get('action') === 'cancel') {
    context.pending.delete(id)
    return errorResponse(context, parameters, 'accessDenied')
  }
  if (form.get('username') !== userName || form.get('password') !== password) {
    return loginPage(context, id, 'The user name or the password is wrong.')
  }
  const session = establishSession(context, findSession(context, request))
  return withSessionCookie(context, redirectAnswer(`${context.urls.resume}?${loginParameter}=${id}`), session)
}

function loginPage(context: Context, id: string, problem: string): Answer {
  const action = `${pathOf(context, 'login')}?${context.profile.loginParameter}=${id}`
  const lines = [
    problem === '' ? '' : `<p role="alert">${escapeHtml(problem)}</p>`,
    `<form method="post" action="${escapeHtml(action)}">`,
    '<p><label for="username">User name</label> <input id="username" name="username" autocomplete="username" required></p>',
    '<p><label for="password">Password</label>',
    '<input id="password" name="password" type="password" autocomplete="current-password" required></p>',
    '<p><button name="action" value="sign-in">Sign in</button>',
    '<button name="action" value="cancel" formnovalidate>Cancel</button></p>',
    '</form>',
  ]
  return htmlAnswer(200, `Sign in to ${context.profile.name}`, lines.join('\n'))
}
