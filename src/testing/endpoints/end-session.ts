// The end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3).

import { type Answer, pageAnswer, redirectAnswer } from '../answer.ts'
import type { TestClient } from '../parties.ts'
import { findClient, type ProviderContext } from '../provider-context.ts'
import { requestParameters, type TestRequest } from '../test-request.ts'

/** Redirects to the post_logout_redirect_uri of the client, or shows a page. */
export function endSessionEndpoint(context: ProviderContext, request: TestRequest): Answer {
  const parameters = requestParameters(request)
  const client = findClient(context, parameters.get('client_id') ?? audienceOf(parameters.get('id_token_hint')))
  const redirectUri = parameters.get('post_logout_redirect_uri')
  if (!client || redirectUri === null || !isPostLogoutRedirectUri(client, redirectUri)) {
    return pageAnswer(200, 'You are signed out.')
  }
  const state = parameters.get('state')
  if (state === null) return redirectAnswer(redirectUri)
  const query = new URLSearchParams({ state }).toString()
  return redirectAnswer(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`)
}

function isPostLogoutRedirectUri(client: TestClient, redirectUri: string): boolean {
  return client.postLogoutRedirectUris?.includes(redirectUri) ?? URL.canParse(redirectUri)
}

/** The client of an ID Token; its signature and expiry do not matter here (section 2 accepts expired ones). */
function audienceOf(idToken: string | null): unknown {
  const payload = idToken?.split('.')[1]
  if (payload === undefined) return undefined
  try {
    const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return Array.isArray(claims['aud']) ? claims['aud'][0] : claims['aud']
  } catch {
    // A hint that cannot be read names no client, and so the answer is the page.
    return undefined
  }
}
