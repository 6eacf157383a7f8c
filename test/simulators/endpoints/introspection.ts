// Introspection (RFC 7662) and revocation (RFC 7009) of tokens (wire 1.7, 2.5, 4.5).

import { type Answer, jsonAnswer } from '../../../src/testing/answer.ts'
import { authenticateClient } from '../client-authentication.ts'
import type { Context } from '../context.ts'
import { isGoodAccessToken } from '../ledger.ts'
import { tokenOccasion } from '../token-issue.ts'
import type { SimulatorRequest } from '../wire-request.ts'

/** Says whether a token is good, and what it is. */
export function introspectionEndpoint(context: Context, request: SimulatorRequest): Answer {
  if (!isAdministrator(context, request)) {
    const authentication = authenticateClient(context, request)
    if ('refusal' in authentication) return authentication.refusal
  }
  const token = request.form?.get('token') ?? ''
  return jsonAnswer(describeToken(context, token) ?? { active: false })
}

/** Ends a token; of an unknown one nothing is said (RFC 7009 section 2.2). */
export function revocationEndpoint(context: Context, request: SimulatorRequest): Answer {
  const authentication = authenticateClient(context, request)
  if ('refusal' in authentication) return authentication.refusal
  const { ledger } = context
  const token = authentication.form.get('token') ?? ''
  const record = ledger.accessTokens.get(token) ?? ledger.refreshTokens.get(token)
  if (record?.grant.client === authentication.client) {
    record.isRevoked = true
    // RFC 7009 section 2.1: with the refresh token its access tokens end.
    if (ledger.refreshTokens.has(token)) record.grant.isRevoked = true
  }
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: '' }
}

/** The root tenant of WSO2 wants an administrator or a client (wire 1.7). */
function isAdministrator({ profile: { administrator } }: Context, request: SimulatorRequest): boolean {
  if (!administrator) return false
  const credentials = Buffer.from(`${administrator.name}:${administrator.password}`).toString('base64')
  return request.headers.authorization === `Basic ${credentials}`
}

function describeToken(context: Context, token: string): object | undefined {
  const nowAt = context.clock.nowAt()
  const access = context.ledger.accessTokens.get(token)
  if (access && isGoodAccessToken(access, nowAt)) {
    const { scopes, issuedAt, expiresAt } = access
    return context.profile.introspection(tokenOccasion(context, access.grant, { scopes, issuedAt, expiresAt }))
  }
  const refresh = context.ledger.refreshTokens.get(token)
  if (!refresh || refresh.isRevoked || refresh.grant.isRevoked || nowAt >= refresh.expiresAt) return undefined
  const { grant, expiresAt: exp } = refresh
  return {
    active: true,
    token_type: 'refresh_token',
    scope: grant.scopes.join(' '),
    client_id: grant.client.clientId,
    exp,
  }
}
