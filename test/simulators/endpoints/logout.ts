// The logout endpoint by the vendor's rules: which hint, which URIs, and what happens when something is missing (wire 1.8, 2.6, 3.6, 4.7).

import escapeHtml from 'escape-html'
import { type Answer, redirectAnswer } from '../../../src/testing/answer.ts'
import { appendQuery, errorPageAnswer, htmlAnswer, textPage } from '../answers.ts'
import type { SimulatorClient } from '../clients.ts'
import { type Context, findClient, type LoginSession } from '../context.ts'
import type { LogoutFailure } from '../failures.ts'
import { type Hint, readHint } from '../logout-hint.ts'
import { sendLogoutTokens } from '../logout-token.ts'
import { findSession, withoutSessionCookie } from '../sessions.ts'
import { parameterOf, parametersOf, type SimulatorRequest } from '../wire-request.ts'

interface LogoutRequest {
  readonly parameters: URLSearchParams
  readonly hint: Hint | undefined
  readonly session: LoginSession | undefined
  readonly client: SimulatorClient | undefined
  readonly uri: string | undefined
}

/** Ends the session and goes back to the application, or to a page of the provider. */
export function logoutEndpoint(context: Context, request: SimulatorRequest): Answer {
  const parameters = parametersOf(request)
  const session = findSession(context, request)
  const hint = readHint(context, parameters, session)
  if (typeof hint === 'string') return errorPageAnswer(context, hint)
  const logout = readLogoutRequest(context, parameters, { hint, session })
  const failure = logoutFailure(context, logout)
  if (failure) return errorPageAnswer(context, failure)
  if (context.switches.logoutConsent === 'denied') return deniedAnswer(logout)
  const answer = finishedAnswer(context, logout)
  if (logout.session) endSession(context, logout.session)
  return withoutSessionCookie(context, answer)
}

/** PingOne's logout without the cookie: the hint names the session (wire 3.6). */
export function idpSignoffEndpoint(context: Context, request: SimulatorRequest): Answer {
  const parameters = parametersOf(request)
  const hint = readHint(context, parameters, undefined)
  if (typeof hint === 'string') return errorPageAnswer(context, hint)
  if (!hint) return errorPageAnswer(context, 'missingHint')
  const session = [...context.sessions.values()].find(({ sid }) => sid === hint.sid)
  const logout = { ...readLogoutRequest(context, parameters, { hint, session }), session }
  if (!logout.client?.isIdpSignoffAllowed) return errorPageAnswer(context, 'invalidHint')
  if (logout.uri !== undefined && !isRegistered(context, logout)) return errorPageAnswer(context, 'unregisteredUri')
  const answer = finishedAnswer(context, logout)
  if (session) endSession(context, session)
  const isJson = request.headers.accept?.includes('application/json') === true
  return isJson ? { status: 204, headers: { 'cache-control': 'no-store' }, body: '' } : answer
}

function readLogoutRequest(
  context: Context,
  parameters: URLSearchParams,
  { hint, session }: Pick<LogoutRequest, 'hint' | 'session'>,
): LogoutRequest {
  const rules = context.switches.logout
  const named = rules.isClientIdAccepted ? findClient(context, parameterOf(parameters, 'client_id')) : undefined
  const [current] = session?.clients ?? []
  const hinted = [...context.sessions.values()].find(({ sid }) => sid === hint?.sid)
  return {
    parameters,
    hint,
    session: session ?? (rules.sessionFrom === 'hint-or-cookie' ? hinted : undefined),
    client: findClient(context, hint?.clientId) ?? named ?? current,
    uri: parameterOf(parameters, 'post_logout_redirect_uri'),
  }
}

function logoutFailure(context: Context, logout: LogoutRequest): LogoutFailure | undefined {
  const { hint, uri, parameters, session } = logout
  const rules = context.switches.logout
  if ((uri ?? '').length + (parameters.get('state') ?? '').length >= rules.maxLength) return 'tooLong'
  if (rules.hint === 'required' && !hint) return 'missingHint'
  const isUnregistered = uri !== undefined && !isRegistered(context, logout)
  if (isUnregistered && rules.onUnregisteredUri === 'error-page') return 'unregisteredUri'
  return rules.onMissingSession === 'error-page' && !session ? 'missingSession' : undefined
}

/** Without a client (PingOne needs no hint) the URI of any application is good. */
function isRegistered(context: Context, { client, uri = '' }: LogoutRequest): boolean {
  const { registeredUris } = context.switches.logout
  const clients = client ? [client] : context.clients
  return clients.some((candidate) => candidate[registeredUris].includes(uri))
}

function finishedAnswer(context: Context, logout: LogoutRequest): Answer {
  const { hint, uri, client, parameters, session } = logout
  const rules = context.switches.logout
  const isNamed = hint !== undefined || rules.hint !== 'for-redirect'
  const isKnown = client !== undefined || rules.hint === 'optional'
  const isReturning = uri !== undefined && isNamed && isKnown && isRegistered(context, logout)
  if (!isReturning) return textPage(200, 'Signed out', 'You are signed out.')
  const state = parameterOf(parameters, 'state')
  const target = appendQuery(uri, new URLSearchParams(state === undefined ? {} : { state }))
  const frames = session ? frontchannelUris(context, session) : []
  return frames.length === 0 ? redirectAnswer(target) : framesPage(target, frames)
}

function deniedAnswer({ uri, parameters }: LogoutRequest): Answer {
  if (uri === undefined) return textPage(200, 'Still signed in', 'You are still signed in.')
  const state = parameterOf(parameters, 'state')
  const error = { error: 'access_denied', error_description: 'End User denied the logout request' }
  return redirectAnswer(appendQuery(uri, new URLSearchParams({ ...error, ...(state === undefined ? {} : { state }) })))
}

function endSession(context: Context, session: LoginSession): void {
  context.sessions.delete(session.id)
  sendLogoutTokens(context, session)
}

function frontchannelUris({ issuer }: Context, { clients, sid }: LoginSession): string[] {
  const uris = [...clients].flatMap(({ frontchannelLogoutUri }) => frontchannelLogoutUri ?? [])
  return uris.map((uri) => appendQuery(uri, new URLSearchParams({ iss: issuer, sid })))
}

function framesPage(target: string, uris: readonly string[]): Answer {
  const frames = uris.map((uri) => `<iframe src="${escapeHtml(uri)}" title="Signing out" hidden></iframe>`)
  const refresh = `<meta http-equiv="refresh" content="1; url=${escapeHtml(target)}">`
  return htmlAnswer(200, 'Signed out', `${frames.join('')}${refresh}<a href="${escapeHtml(target)}">Continue</a>`)
}
