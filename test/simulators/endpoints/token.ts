// The token endpoint: codes and refresh tokens, with the vendor's words for each refusal (wire 1.4 to 1.7, 2.4, 3.3, 4.3 to 4.6).

import type { Answer } from '../../../src/testing/answer.ts'
import { tokenErrorAnswer } from '../answers.ts'
import { authenticateClient, type ClientRequest } from '../client-authentication.ts'
import type { Context } from '../context.ts'
import { readProof } from '../dpop.ts'
import type { TokenFailure } from '../failures.ts'
import type { CodeRecord } from '../ledger.ts'
import { verifierFailure } from '../pkce.ts'
import { redeemRefreshToken } from '../refresh.ts'
import { tokenResponse } from '../token-issue.ts'
import { parameterOf, type SimulatorRequest } from '../wire-request.ts'

interface TokenRequest extends ClientRequest {
  readonly dpopKey: string | undefined
}

/** Answers with tokens or with the vendor's error. */
export function tokenEndpoint(context: Context, request: SimulatorRequest): Answer {
  const authentication = authenticateClient(context, request)
  if ('refusal' in authentication) return authentication.refusal
  const isBound = authentication.client.isDpopRequired || request.headers['dpop'] !== undefined
  const proof = isBound ? readProof(context, request) : undefined
  if (typeof proof === 'string') return tokenErrorAnswer(context, proof)
  const tokenRequest = { ...authentication, dpopKey: proof?.key }
  const grantType = authentication.form.get('grant_type')
  if (grantType === 'authorization_code') return redeemCode(context, tokenRequest)
  if (grantType === 'refresh_token') return refresh(context, tokenRequest)
  return tokenErrorAnswer(context, 'unsupportedGrantType')
}

function redeemCode(context: Context, { client, form, dpopKey }: TokenRequest): Answer {
  const record = context.ledger.codes.get(form.get('code') ?? '')
  if (!record) return tokenErrorAnswer(context, 'unknownCode')
  const failure = codeFailure(context, record, { client, form })
  if (failure) {
    noteFailure(context, record, failure)
    return tokenErrorAnswer(context, failure, { method: record.grant.codeChallengeMethod })
  }
  record.state = 'used'
  const { code, grant } = record
  return tokenResponse(context, { grant, scopes: grant.scopes, code, refreshToken: undefined, dpopKey })
}

function codeFailure(
  context: Context,
  { state, expiresAt, grant }: CodeRecord,
  { client, form }: ClientRequest,
): TokenFailure | undefined {
  if (grant.client !== client) return 'codeOfOtherClient'
  if (state === 'used') return 'reusedCode'
  if (state === 'burnt' || context.clock.nowAt() >= expiresAt) return 'expiredCode'
  if (form.get('redirect_uri') !== grant.redirectUri) return 'redirectUriMismatch'
  return verifierFailure(context.profile.pkcePolicy(client), grant, parameterOf(form, 'code_verifier'))
}

/** A failed try may cost the code, and a second use the tokens of the first (wire 1.6). */
function noteFailure({ switches }: Context, record: CodeRecord, failure: TokenFailure): void {
  if (failure === 'reusedCode' && switches.isGrantRevokedByCodeReuse) record.grant.isRevoked = true
  if (record.state === 'fresh' && switches.isCodeBurntByFailure) record.state = 'burnt'
}

function refresh(context: Context, { client, form, dpopKey }: TokenRequest): Answer {
  const record = context.ledger.refreshTokens.get(form.get('refresh_token') ?? '')
  if (!record) return tokenErrorAnswer(context, client.refresh === 'none' ? 'grantNotAllowed' : 'unknownRefreshToken')
  if (record.grant.client !== client) return tokenErrorAnswer(context, 'refreshTokenOfOtherClient')
  const scopes = parameterOf(form, 'scope')?.split(' ') ?? record.grant.scopes
  if (!scopes.every((scope) => record.grant.scopes.includes(scope))) return tokenErrorAnswer(context, 'invalidScope')
  const next = redeemRefreshToken(context, record)
  if (!next) return tokenErrorAnswer(context, 'deadRefreshToken')
  return tokenResponse(context, { grant: record.grant, scopes, code: undefined, refreshToken: next, dpopKey })
}
