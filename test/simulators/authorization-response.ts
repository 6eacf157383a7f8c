// The authorization response: its parameters in the vendor's order, by the response mode of the request (wire 1.3, 1.9, 2.2, 3.2, 4.2).

import escapeHtml from 'escape-html'
import { type Answer, redirectAnswer } from '../../src/testing/answer.ts'
import { appendQuery, describe, errorPageAnswer, htmlAnswer } from './answers.ts'
import { type Context, findClient, type LoginSession, takeUpcoming } from './context.ts'
import type { AuthorizationFailure } from './failures.ts'
import { createCode } from './identifiers.ts'
import type { Grant } from './ledger.ts'
import { parameterOf } from './wire-request.ts'

const JARM_LIFETIME_SECONDS = 300

/** The redirect with a code. */
export function codeResponse(context: Context, parameters: URLSearchParams, session: LoginSession): Answer {
  const code = issueCode(context, parameters, session)
  const { issuer, switches } = context
  const pairs = context.profile.callbackParameters({
    clientId: parameters.get('client_id') ?? '',
    redirectUri: parameters.get('redirect_uri') ?? '',
    code,
    state: parameterOf(parameters, 'state'),
    isOpenId: scopesOf(parameters).includes('openid'),
    browserState: session.id,
    issuer,
    switches,
  })
  return deliver(context, parameters, [...pairs, ...Object.entries(switches.extraCallbackParameters)])
}

/** The redirect with an error, or the vendor's own page where that is the vendor's way. */
export function errorResponse(context: Context, parameters: URLSearchParams, failure: AuthorizationFailure): Answer {
  if (failure.startsWith('pkce') && context.switches.pkceErrorAt === 'page') return errorPageAnswer(context, failure)
  const error = context.profile.authorizationErrors[failure]
  const state = parameterOf(parameters, 'state')
  const pairs: [string, string][] = [
    ['error', error.error],
    ['error_description', describe(error, {})],
  ]
  if (state !== undefined) pairs.push(['state', state])
  if (context.switches.isFapi2) pairs.push(['iss', context.issuer])
  return deliver(context, parameters, pairs)
}

/** The scopes that were asked for; without the parameter none. */
export function scopesOf(parameters: URLSearchParams): string[] {
  return parameterOf(parameters, 'scope')?.split(' ') ?? []
}

function issueCode(context: Context, parameters: URLSearchParams, session: LoginSession): string {
  const client = findClient(context, parameterOf(parameters, 'client_id'))
  if (!client) throw new Error('A code needs a client.')
  session.clients.add(client)
  const grant: Grant = {
    client,
    user: session.user,
    scopes: scopesOf(parameters),
    redirectUri: parameters.get('redirect_uri') ?? '',
    codeChallenge: parameterOf(parameters, 'code_challenge'),
    codeChallengeMethod: parameters.get('code_challenge_method') === 'S256' ? 'S256' : 'plain',
    nonce: parameterOf(parameters, 'nonce'),
    authTimeAt: session.authTimeAt,
    sid: session.sid,
    isRevoked: false,
  }
  const code = takeUpcoming(context, 'code') ?? createCode(context.switches.codeFormat)
  const expiresAt = context.clock.nowAt() + context.switches.codeLifetimeSeconds
  context.ledger.codes.set(code, { code, grant, expiresAt, state: 'fresh' })
  return code
}

function deliver(context: Context, parameters: URLSearchParams, pairs: [string, string][]): Answer {
  const redirectUri = parameters.get('redirect_uri') ?? ''
  const asked = parameterOf(parameters, 'response_mode') ?? 'query'
  const [mode, form] = asked === 'jwt' ? ['query', 'jwt'] : asked.split('.')
  const sent = form === 'jwt' ? [['response', signResponse(context, parameters, pairs)]] : pairs
  const query = new URLSearchParams(sent as [string, string][])
  if (mode === 'form_post') return formPost(redirectUri, query)
  const location = mode === 'fragment' ? `${redirectUri}#${query.toString()}` : appendQuery(redirectUri, query)
  const answer = redirectAnswer(location)
  return { ...answer, headers: { ...answer.headers, ...context.profile.callbackHeaders } }
}

/** JARM: one signed parameter that holds the others. */
function signResponse(context: Context, parameters: URLSearchParams, pairs: [string, string][]): string {
  const claims = {
    iss: context.issuer,
    aud: parameters.get('client_id'),
    exp: context.clock.nowAt() + JARM_LIFETIME_SECONDS,
    ...Object.fromEntries(pairs),
  }
  return context.keys.sign({ claims })
}

function formPost(redirectUri: string, parameters: URLSearchParams): Answer {
  const fields = [...parameters].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  const form = `<form method="post" action="${escapeHtml(redirectUri)}">${fields.join('')}<button>Continue</button></form>`
  return htmlAnswer(200, 'One moment', `${form}<script>document.forms[0].submit()</script>`)
}
