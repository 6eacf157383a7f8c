// The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2): answers at once for the user who is signed in.

import { randomBytes } from 'node:crypto'

import { type Answer, pageAnswer, redirectAnswer } from '../answer.ts'
import { type Authentication, authenticate } from '../authentication.ts'
import type { TestClient, TestUser } from '../parties.ts'
import { findClient, type ProviderContext } from '../provider-context.ts'
import type { AuthorizationFault } from '../provider-faults.ts'
import { selfPostingForm } from '../self-posting-form.ts'
import { hasRepeatedParameter, isRepeated, requestParameters, type TestRequest } from '../test-request.ts'

const RESPONSE_MODES: readonly string[] = ['query', 'form_post']

/** Sends the browser back with a code or an error, by a redirect or by a form; a client or redirect URI that cannot be trusted gets a page. */
export function authorizationEndpoint(context: ProviderContext, request: TestRequest): Answer {
  const parameters = requestParameters(request)
  const client = findClient(context, parameters.get('client_id'))
  if (!client || isRepeated(parameters, 'client_id')) return pageAnswer(400, 'The client_id is unknown.')
  const redirectUri = parameters.get('redirect_uri') ?? ''
  if (!isRedirectUri(client, redirectUri) || isRepeated(parameters, 'redirect_uri')) {
    return pageAnswer(400, 'The redirect_uri is not registered.')
  }
  const fault = context.faults.authorization ?? {}
  const response = {
    ...respond(context, { parameters, client, redirectUri, error: faultError(fault) ?? requestError(parameters) }),
    ...copyState(parameters),
    iss: context.issuer,
  }
  const sent = damageResponse(response, fault)
  if (parameters.get('response_mode') === 'form_post') return selfPostingForm(redirectUri, sent)
  return redirectAnswer(appendQuery(redirectUri, sent))
}

interface AuthorizationError {
  error: string
  error_description?: string
}

interface AuthorizationRequest {
  readonly parameters: URLSearchParams
  readonly client: TestClient
  readonly redirectUri: string
  readonly error: AuthorizationError | undefined
}

function isRedirectUri(client: TestClient, redirectUri: string): boolean {
  if (client.redirectUris) return client.redirectUris.includes(redirectUri)
  // RFC 6749 section 3.1.2: absolute, without a fragment.
  return URL.canParse(redirectUri) && !redirectUri.includes('#')
}

function faultError(fault: AuthorizationFault): AuthorizationError | undefined {
  if (fault.error === undefined) return undefined
  const { error, errorDescription } = fault
  return errorDescription === undefined ? { error } : { error, error_description: errorDescription }
}

/** The first rule that the request breaks. */
function requestError(parameters: URLSearchParams): AuthorizationError | undefined {
  if (hasRepeatedParameter(parameters)) return invalidRequest('A parameter came twice.')
  if (parameters.get('response_type') !== 'code') {
    return { error: 'unsupported_response_type', error_description: 'The response_type must be code.' }
  }
  if (!RESPONSE_MODES.includes(parameters.get('response_mode') ?? 'query')) {
    return invalidRequest('The response_mode must be query or form_post.')
  }
  if (parameters.get('code_challenge_method') !== 'S256') {
    return invalidRequest('The code_challenge_method must be S256.')
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(parameters.get('code_challenge') ?? '')) {
    return invalidRequest('The code_challenge must have 43 characters.')
  }
  return undefined
}

function invalidRequest(description: string): AuthorizationError {
  return { error: 'invalid_request', error_description: description }
}

function respond(context: ProviderContext, request: AuthorizationRequest): Record<string, string> {
  if (request.error) return { ...request.error }
  if (!context.user) return { error: 'login_required', error_description: 'Nobody is signed in at the provider.' }
  const authentication = authenticate(context, request.parameters)
  if (authentication === undefined) return { error: 'unmet_authentication_requirements' }
  return { code: issueCode(context, request, { user: context.user, ...authentication }) }
}

function issueCode(
  context: ProviderContext,
  request: AuthorizationRequest,
  authenticated: Authentication & { readonly user: TestUser },
): string {
  const { parameters, client, redirectUri } = request
  return context.grants.issueCode({
    client,
    ...authenticated,
    redirectUri,
    scope: parameters.get('scope') ?? '',
    codeChallenge: parameters.get('code_challenge') ?? '',
    nonce: parameters.get('nonce') ?? undefined,
    sid: randomBytes(12).toString('base64url'),
    isRevoked: false,
  })
}

function copyState(parameters: URLSearchParams): Record<string, string> {
  const state = parameters.get('state')
  return state === null ? {} : { state }
}

function damageResponse(response: Record<string, string>, fault: AuthorizationFault): URLSearchParams {
  const parameters = new URLSearchParams({ ...response, ...fault.replace })
  for (const name of fault.omit ?? []) parameters.delete(name)
  for (const name of fault.duplicate ?? []) parameters.append(name, parameters.get(name) ?? '')
  for (const [name, value] of Object.entries(fault.extra ?? {})) parameters.append(name, value)
  return parameters
}

/** Text and not URL arithmetic: a redirect URI comes back byte by byte, `https://localhost:5000` without a slash. */
function appendQuery(redirectUri: string, parameters: URLSearchParams): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters.toString()}`
}
