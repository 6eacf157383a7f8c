// The UserInfo endpoint; its refusals are RFC 6750's, in Okta's words (wire 4.4).

import { type Answer, jsonAnswer } from '../../../src/testing/answer.ts'
import type { Context } from '../context.ts'
import { isGoodAccessToken } from '../ledger.ts'
import { userOf } from '../token-issue.ts'
import { userClaims } from '../user-claims.ts'
import { parameterOf, type SimulatorRequest } from '../wire-request.ts'

/** Answers with the claims that the scopes open. */
export function userinfoEndpoint(context: Context, request: SimulatorRequest): Answer {
  const record = context.ledger.accessTokens.get(accessTokenOf(request) ?? '')
  if (!record || !isGoodAccessToken(record, context.clock.nowAt())) {
    return refuse(401, 'invalid_token', 'The access token is invalid')
  }
  if (!record.scopes.includes('openid')) {
    return refuse(403, 'insufficient_scope', 'The access token must provide access to the openid scope')
  }
  const user = userOf(context, record.grant)
  return jsonAnswer({ sub: user.sub, ...userClaims(user, record.scopes) })
}

function accessTokenOf(request: SimulatorRequest): string | undefined {
  const [, token] = /^(?:Bearer|DPoP) +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  return token ?? parameterOf(request.form ?? new URLSearchParams(), 'access_token')
}

function refuse(status: number, error: string, description: string): Answer {
  const answer = jsonAnswer({ error, error_description: description }, status)
  const challenge = `Bearer error="${error}", error_description="${description}"`
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}
