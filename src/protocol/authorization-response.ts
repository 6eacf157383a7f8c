// The Authentication Response (OpenID Connect Core 1.0 section 3.1.2.5, RFC 6749 section 4.1.2, RFC 9207).
import { RelyingPartyError } from '../errors.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

/** What a provider sent through the browser, read but not yet believed. */
export interface AuthorizationResponse {
  readonly state: string
  readonly code: string | undefined
  readonly iss: string | undefined
  readonly error: string | undefined
  readonly errorDescription: string | undefined
}

/** A repeated one is refused: which of the two counts must not depend on who reads (RFC 6749 section 3.1). */
const securityParameters = ['state', 'code', 'iss', 'error', 'error_description', 'response'] as const

/** Whether the query is an answer of a provider at all; decides where the callback is the app's own start page. */
export function isAuthorizationResponse(query: URLSearchParams): boolean {
  return query.has('state') && (query.has('code') || query.has('error'))
}

/** Reads the response; throws `ERR_RP_RESPONSE_INVALID` when it has not the form of one. Unknown parameters are fine. */
export function parseAuthorizationResponse(query: URLSearchParams): AuthorizationResponse {
  for (const name of securityParameters) {
    if (query.getAll(name).length > 1) throw invalid(`it repeats the parameter ${name}`)
  }
  const parameter = (name: (typeof securityParameters)[number]) => query.get(name) || undefined
  const state = parameter('state')
  const code = parameter('code')
  const error = parameter('error')
  if (state === undefined) throw invalid('it has no state')
  if ((code === undefined) === (error === undefined)) throw invalid('it needs either a code or an error')
  return { state, code, iss: parameter('iss'), error, errorDescription: parameter('error_description') }
}

/** The code of a success that comes from this provider; throws what the provider said otherwise. */
export async function requireCode(
  response: AuthorizationResponse,
  provider: Provider,
  { isStepUp = false }: { readonly isStepUp?: boolean } = {},
): Promise<string> {
  const metadata = metadataOf(await provider.configuration())
  // RFC 9207 section 2.4: before the code, or the error, is believed.
  const expectsIss = metadata['authorization_response_iss_parameter_supported'] === true
  if (response.iss === undefined ? expectsIss : response.iss !== metadata.issuer) {
    throw invalid('its iss is not the provider that this login was started at', metadata.issuer)
  }
  if (response.code !== undefined) return response.code
  throw isStepUp && isUnmet(response) ? unmet(response, metadata.issuer) : refusal(response, metadata.issuer)
}

/** The person, or the provider on its own, said no: never our fault, so never a 5xx. */
function refusal({ error, errorDescription }: AuthorizationResponse, provider: string): RelyingPartyError {
  const denied = error === 'access_denied'
  const message = denied
    ? 'The provider answered access_denied: the person cancelled, or may not use this client.'
    : 'The provider refused the authentication request: see error and errorDescription of this error.'
  const code = denied ? 'ERR_RP_ACCESS_DENIED' : 'ERR_RP_AUTHORIZATION_RESPONSE'
  return new RelyingPartyError(code, { message, provider, error, errorDescription })
}

/** OpenID Connect Core Unmet Authentication Requirements 1.0 section 2, Core section 3.1.2.6, OAuth 2.0 Step-up section 5. */
const unmetErrors: readonly (string | undefined)[] = [
  'unmet_authentication_requirements',
  'login_required',
  'interaction_required',
]

function isUnmet({ error }: AuthorizationResponse): boolean {
  return unmetErrors.includes(error)
}

/** Who is signed in stays signed in, and is not strong enough for that page. */
function unmet({ error, errorDescription }: AuthorizationResponse, provider: string): RelyingPartyError {
  const message =
    'The provider could not authenticate the person as strongly or as newly as was asked for. Nothing was changed.'
  return new RelyingPartyError('ERR_RP_AUTHENTICATION_INSUFFICIENT', { message, provider, error, errorDescription })
}

function invalid(reason: string, provider?: string): RelyingPartyError {
  const message = `The authorization response was refused: ${reason}. Nobody was signed in.`
  return new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message, provider })
}
