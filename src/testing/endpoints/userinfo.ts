// The UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).

import { type Answer, errorAnswer, jsonAnswer } from '../answer.ts'
import { currentUser } from '../id-token.ts'
import type { ProviderContext } from '../provider-context.ts'
import type { TestRequest } from '../test-request.ts'

/** Answers with the user's claims to whoever bears a good access token. */
export function userinfoEndpoint(context: ProviderContext, request: TestRequest): Answer {
  const accessToken = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
  // RFC 6750 section 3.1: who brought no token is told no error code.
  if (accessToken === undefined) return refuse('Bearer realm="test provider"')
  const grant = context.grants.findAccessToken(accessToken)
  if (!grant) return refuse('Bearer realm="test provider", error="invalid_token"')
  return jsonAnswer(currentUser(context, grant))
}

function refuse(challenge: string): Answer {
  const answer = errorAnswer('invalid_token', 'The access token is missing, unknown, expired or revoked.', 401)
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}
