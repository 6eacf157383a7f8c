// The revocation endpoint (RFC 7009).

import { type Answer, errorAnswer } from '../answer.ts'
import { authenticateClient } from '../client-authentication.ts'
import type { ProviderContext } from '../provider-context.ts'
import { hasRepeatedParameter, type TestRequest } from '../test-request.ts'

/** Ends the grant of a token; a token of nobody is as good as revoked (section 2.2). */
export function revocationEndpoint(context: ProviderContext, request: TestRequest): Answer {
  const token = request.body?.get('token')
  if (!request.body || !token || hasRepeatedParameter(request.body)) {
    return errorAnswer('invalid_request', 'The token is missing, or a parameter came twice.')
  }
  const authentication = authenticateClient(context, request)
  if ('refusal' in authentication) return authentication.refusal
  context.grants.revoke(token, authentication.client)
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: '' }
}
