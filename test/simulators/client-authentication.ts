// Client authentication at the back-channel endpoints, as exact as the vendor is (wire 1.4, 1.6, 3.3, 4.3, 4.4).

import type { Answer } from '../../src/testing/answer.ts'
import { tokenErrorAnswer } from './answers.ts'
import { assertionFailure, clientOfAssertion } from './client-assertion.ts'
import type { ClientAuthenticationMethod, SimulatorClient } from './clients.ts'
import { type Context, findClient } from './context.ts'
import type { TokenFailure } from './failures.ts'
import { hasRepeatedParameter, parameterOf, type SimulatorRequest } from './wire-request.ts'

const SECRETS: readonly string[] = ['client_secret', 'code_verifier', 'code', 'refresh_token', 'client_assertion']

/** A request of a known client. */
export interface ClientRequest {
  readonly client: SimulatorClient
  readonly form: URLSearchParams
}

interface Credentials {
  readonly method: ClientAuthenticationMethod
  readonly clientId: string
  readonly secret: string
}

/** The client and the form, or the answer that refuses the request. */
export function authenticateClient(context: Context, request: SimulatorRequest): ClientRequest | { refusal: Answer } {
  const refuse = (failure: TokenFailure): { refusal: Answer } => ({ refusal: tokenErrorAnswer(context, failure) })
  if (SECRETS.some((name) => request.query.has(name))) return refuse('secretInQuery')
  const { form } = request
  if (!form) return refuse('malformedBody')
  if (hasRepeatedParameter(form)) return refuse('repeatedParameter')
  const credentials = readCredentials(context, request, form)
  if (typeof credentials === 'string') return refuse(credentials)
  const client = findClient(context, credentials.clientId)
  if (!client) return refuse('unknownClient')
  const failure = credentialsFailure(context, client, credentials)
  return failure ? refuse(failure) : { client, form }
}

function readCredentials(
  context: Context,
  { headers: { authorization } }: SimulatorRequest,
  form: URLSearchParams,
): Credentials | TokenFailure {
  const hasSecret = form.has('client_secret') || form.has('client_assertion')
  if (authorization === undefined) return readFormCredentials(form)
  if (hasSecret) return 'twoMethods'
  const basic = readBasic(context, authorization)
  if (!basic) return 'wrongSecret'
  const named = parameterOf(form, 'client_id')
  // The client_id alone may stand beside the header (wire 1.4), as long as it says the same.
  return named !== undefined && named !== basic.clientId ? 'wrongSecret' : basic
}

function readFormCredentials(form: URLSearchParams): Credentials | TokenFailure {
  const assertion = parameterOf(form, 'client_assertion')
  if (assertion !== undefined) return readAssertion(assertion, form)
  const clientId = parameterOf(form, 'client_id')
  if (clientId === undefined) return 'missingClientId'
  const secret = parameterOf(form, 'client_secret')
  return secret === undefined
    ? { method: 'none', clientId, secret: '' }
    : { method: 'client_secret_post', clientId, secret }
}

function readAssertion(assertion: string, form: URLSearchParams): Credentials | TokenFailure {
  if (form.has('client_secret')) return 'twoMethods'
  const found = clientOfAssertion(assertion)
  return found ? { ...found, secret: assertion } : 'wrongSecret'
}

/** WSO2's split gives exactly two parts; a colon in id or secret is only possible where they are percent-encoded. */
function readBasic(context: Context, authorization: string): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  const [clientId = '', secret = ''] = parts
  if (parts.length !== 2) return undefined
  const isKnown = context.profile.basic === 'raw' || findClient(context, clientId) !== undefined
  return { method: 'client_secret_basic', clientId: isKnown ? clientId : formDecode(clientId), secret }
}

function credentialsFailure(
  context: Context,
  client: SimulatorClient,
  { method, secret }: Credentials,
): TokenFailure | undefined {
  const isConfigured = method === client.method
  if (context.profile.clientAuthentication === 'configured-method' && !isConfigured) return 'wrongMethod'
  switch (method) {
    case 'none':
      return isConfigured ? undefined : 'missingCredentials'
    case 'client_secret_jwt':
    case 'private_key_jwt':
      return isConfigured ? assertionFailure(context, client, secret) : 'wrongMethod'
    case 'client_secret_basic':
      return isSecret(context, client, [secret, formDecode(secret)]) ? undefined : 'wrongSecret'
    case 'client_secret_post':
      return client.clientSecret === secret ? undefined : 'wrongSecret'
  }
}

function isSecret(context: Context, client: SimulatorClient, [raw, decoded]: [string, string]): boolean {
  if (client.clientSecret === undefined) return false
  return client.clientSecret === raw || (context.profile.basic !== 'raw' && client.clientSecret === decoded)
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text.replaceAll('&', '%26')}`).get('value') ?? ''
}
