// Client authentication at the token endpoint (RFC 6749 section 2.3): basic, post and none.

import { type Answer, errorAnswer } from './answer.ts'
import type { TestClient } from './parties.ts'
import { findClient, type ProviderContext } from './provider-context.ts'
import type { TestRequest } from './test-request.ts'

/** The client that made the request, or the answer that refuses it. */
export function authenticateClient(
  context: ProviderContext,
  request: TestRequest,
): { client: TestClient } | { refusal: Answer } {
  const form = request.body ?? new URLSearchParams()
  const authorization = request.headers.authorization
  if (authorization === undefined) return authenticateByForm(context, form)
  if (form.has('client_secret')) {
    return { refusal: errorAnswer('invalid_request', 'More than one method of client authentication.') }
  }
  const client = findByBasic(context, authorization)
  const isOther = client && form.has('client_id') && form.get('client_id') !== client.clientId
  return client && !isOther ? { client } : { refusal: refuseBasic() }
}

function authenticateByForm(
  context: ProviderContext,
  form: URLSearchParams,
): { client: TestClient } | { refusal: Answer } {
  const client = findClient(context, form.get('client_id'))
  const secret = form.get('client_secret') ?? undefined
  // A public client that sends a secret is as wrong as a confidential one that sends none.
  if (client && client.clientSecret === secret) return { client }
  return { refusal: errorAnswer('invalid_client', 'Client authentication failed.', 401) }
}

function refuseBasic(): Answer {
  const answer = errorAnswer('invalid_client', 'Client authentication failed.', 401)
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Basic realm="test provider"' } }
}

function findByBasic(context: ProviderContext, authorization: string): TestClient | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const credentials = Buffer.from(encoded, 'base64').toString()
  const colon = credentials.indexOf(':')
  if (colon === -1) return undefined
  const [clientId, secret] = [credentials.slice(0, colon), credentials.slice(colon + 1)]
  return context.clients.find((client) => {
    const expected = client.clientSecret
    return expected !== undefined && isSame(clientId, client.clientId) && isSame(secret, expected)
  })
}

/** Servers differ in whether they decode (RFC 6749 section 2.3.1 says yes, many compare the bytes): both are accepted. */
function isSame(received: string, expected: string): boolean {
  return received === expected || formDecode(received) === expected
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text.replaceAll('&', '%26')}`).get('value') ?? ''
}
