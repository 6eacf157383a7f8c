// The token endpoint (RFC 6749 section 5, RFC 7636 section 4.6, OpenID Connect Core 1.0 sections 3.1.3 and 12).

import { createHash } from 'node:crypto'

import { type Answer, errorAnswer, jsonAnswer } from '../answer.ts'
import { authenticateClient } from '../client-authentication.ts'
import { ACCESS_TOKEN_LIFETIME_SECONDS, type Grant } from '../grants.ts'
import { issueIdToken } from '../id-token.ts'
import type { TestClient } from '../parties.ts'
import type { ProviderContext } from '../provider-context.ts'
import { hasRepeatedParameter, type TestRequest } from '../test-request.ts'

/** Answers with tokens for an authorization code or a refresh token. */
export function tokenEndpoint(context: ProviderContext, request: TestRequest): Answer {
  const form = request.body
  if (!form) return errorAnswer('invalid_request', 'The request has no form.')
  if (hasRepeatedParameter(form)) return errorAnswer('invalid_request', 'A parameter came twice.')
  const authentication = authenticateClient(context, request)
  if ('refusal' in authentication) return authentication.refusal
  const grantType = form.get('grant_type')
  if (grantType === 'authorization_code') return redeemCode(context, authentication.client, form)
  if (grantType === 'refresh_token') return redeemRefreshToken(context, authentication.client, form)
  return errorAnswer('unsupported_grant_type', 'The grant_type must be authorization_code or refresh_token.')
}

function redeemCode(context: ProviderContext, client: TestClient, form: URLSearchParams): Answer {
  // Taken before it is checked: a code that was tried with a wrong verifier is spent (RFC 9700 section 4.5).
  const grant = context.grants.takeCode(form.get('code') ?? '')
  if (!grant || grant.client !== client) {
    return errorAnswer('invalid_grant', 'The code is unknown, expired, used or of another client.')
  }
  if (form.get('redirect_uri') !== grant.redirectUri) {
    return errorAnswer('invalid_grant', 'The redirect_uri is not the one of the authorization request.')
  }
  if (codeChallengeOf(form.get('code_verifier') ?? '') !== grant.codeChallenge) {
    return errorAnswer('invalid_grant', 'The code_verifier does not match the code_challenge.')
  }
  return tokenResponse(context, { grant, scope: grant.scope, nonce: grant.nonce })
}

function redeemRefreshToken(context: ProviderContext, client: TestClient, form: URLSearchParams): Answer {
  const refreshToken = form.get('refresh_token') ?? ''
  const found = context.grants.findRefreshToken(refreshToken)
  if (found && found.client !== client) {
    return errorAnswer('invalid_grant', 'The refresh_token is of another client.')
  }
  const scope = form.get('scope') ?? found?.scope ?? ''
  if (found && !isPartOf(scope, found.scope)) {
    return errorAnswer('invalid_scope', 'The scope is more than was granted.')
  }
  const grant = context.grants.takeRefreshToken(refreshToken)
  if (!grant) return errorAnswer('invalid_grant', 'The refresh_token is unknown, used or revoked.')
  return tokenResponse(context, { grant, scope, nonce: undefined })
}

interface TokenOccasion {
  readonly grant: Grant
  readonly scope: string
  readonly nonce: string | undefined
}

function tokenResponse(context: ProviderContext, { grant, scope, nonce }: TokenOccasion): Answer {
  const accessToken = context.grants.issueAccessToken(grant)
  const response: Record<string, unknown> = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
    scope,
  }
  if (isPartOf('openid', scope)) response['id_token'] = issueIdToken(context, { grant, accessToken, nonce })
  if (isPartOf('offline_access', grant.scope)) response['refresh_token'] = context.grants.issueRefreshToken(grant)
  return jsonAnswer(response)
}

function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url')
}

function isPartOf(part: string, scope: string): boolean {
  const granted = scope.split(' ')
  return part.split(' ').every((value) => granted.includes(value))
}
