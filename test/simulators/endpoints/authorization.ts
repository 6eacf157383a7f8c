// The authorization endpoint: checks in WSO2's order, then a code at once, or the login form first.

import { randomUUID } from 'node:crypto'
import { type Answer, redirectAnswer } from '../../../src/testing/answer.ts'
import { errorPageAnswer } from '../answers.ts'
import { codeResponse, errorResponse, scopesOf } from '../authorization-response.ts'
import type { SimulatorClient } from '../clients.ts'
import { type Context, findClient, type LoginSession, pathOf } from '../context.ts'
import type { AuthorizationFailure } from '../failures.ts'
import { challengeFailure } from '../pkce.ts'
import { establishSession, findSession, isFreshEnough, withSessionCookie } from '../sessions.ts'
import { hasRepeatedParameter, parameterOf, parametersOf, type SimulatorRequest } from '../wire-request.ts'

/** Answers an Authentication Request. */
export function authorizationEndpoint(context: Context, request: SimulatorRequest): Answer {
  const parameters = readPushed(context, parametersOf(request))
  if (!parameters) return errorPageAnswer(context, 'invalidRequestUri')
  const client = findClient(context, parameterOf(parameters, 'client_id'))
  if (!client || parameters.getAll('client_id').length > 1) return errorPageAnswer(context, 'unknownClient')
  const untold = redirectUriFailure(client, parameters)
  if (untold) return errorPageAnswer(context, untold)
  const isPushed = request.query.has('request_uri')
  const failure = client.isParRequired && !isPushed ? 'parRequired' : requestFailure(context, client, parameters)
  if (failure) return errorResponse(context, parameters, failure)
  return signIn(context, parameters, findSession(context, request))
}

/** The pushed request in the place of its `request_uri`, once; `undefined` when there is none such. */
function readPushed(context: Context, parameters: URLSearchParams): URLSearchParams | undefined {
  const requestUri = parameterOf(parameters, 'request_uri')
  if (requestUri === undefined) return parameters
  const pushed = context.pushed.get(requestUri)
  context.pushed.delete(requestUri)
  const isGood = pushed?.clientId === parameters.get('client_id') && context.clock.nowAt() < pushed.expiresAt
  return isGood ? pushed.parameters : undefined
}

/** What must never be told to the redirect URI (RFC 6749 section 4.1.2.1). */
function redirectUriFailure(client: SimulatorClient, parameters: URLSearchParams): AuthorizationFailure | undefined {
  const redirectUris = parameters.getAll('redirect_uri')
  const [redirectUri] = redirectUris
  if (redirectUri === undefined || redirectUri === '') return 'missingRedirectUri'
  return redirectUris.length === 1 && client.redirectUris.includes(redirectUri) ? undefined : 'redirectUriMismatch'
}

function requestFailure(
  context: Context,
  client: SimulatorClient,
  parameters: URLSearchParams,
): AuthorizationFailure | undefined {
  const { requiredParameters: required, responseModes } = context.profile
  if (hasRepeatedParameter(parameters)) return 'repeatedParameter'
  if (parameters.get('response_type') !== 'code') return 'unsupportedResponseType'
  if (!responseModes.includes(parameterOf(parameters, 'response_mode') ?? 'query')) return 'unsupportedResponseType'
  if (required.includes('state') && parameterOf(parameters, 'state') === undefined) return 'missingState'
  if (required.includes('scope') && parameterOf(parameters, 'scope') === undefined) return 'missingScope'
  return scopeFailure(context, parameters) ?? challengeFailure(context.profile.pkcePolicy(client), parameters)
}

function scopeFailure({ profile }: Context, parameters: URLSearchParams): AuthorizationFailure | undefined {
  const { allowedScopes } = profile
  if (!allowedScopes) return undefined
  return scopesOf(parameters).every((scope) => allowedScopes.includes(scope)) ? undefined : 'invalidScope'
}

function signIn(context: Context, parameters: URLSearchParams, session: LoginSession | undefined): Answer {
  const isFresh = session !== undefined && isFreshEnough(context, session, parameters)
  if (!isFresh && parameters.get('prompt') === 'none') return errorResponse(context, parameters, 'loginRequired')
  if (!isFresh && context.switches.interactive) return redirectToLogin(context, parameters)
  if (context.switches.consent === 'denied') return errorResponse(context, parameters, 'accessDenied')
  const current = isFresh ? session : establishSession(context, session)
  return withSessionCookie(context, codeResponse(context, parameters, current), current)
}

function redirectToLogin(context: Context, parameters: URLSearchParams): Answer {
  const id = randomUUID()
  context.pending.set(id, parameters)
  return redirectAnswer(`${context.urls.login}?${context.profile.loginParameter}=${id}`)
}

/** Goes on with an interrupted Authentication Request once its user is signed in. */
export function resumeEndpoint(context: Context, request: SimulatorRequest): Answer {
  const id = request.query.get(context.profile.loginParameter) ?? ''
  const parameters = context.pending.get(id)
  const session = findSession(context, request)
  if (!parameters) return context.profile.notFound(pathOf(context, 'resume'))
  if (!session) return redirectAnswer(`${context.urls.login}?${context.profile.loginParameter}=${id}`)
  context.pending.delete(id)
  return withSessionCookie(context, codeResponse(context, parameters, session), session)
}
