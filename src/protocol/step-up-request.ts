// What a step-up asks the provider for (OpenID Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1).
import type { AuthenticationDemand } from '../errors.ts'
import type { AuthorizationParameters } from '../options-client.ts'

/** A demand, and how it is put to the provider. */
export interface RequestedDemand extends AuthenticationDemand {
  /** Asks for the `acr` as an essential claim, which a provider that cannot give it must answer by an error. */
  readonly essential?: boolean | undefined
}

/** The parameters with the demand in them; `claims` and `max_age` are readable (`checksOf`). */
export function withDemand(parameters: AuthorizationParameters, demand: RequestedDemand = {}): AuthorizationParameters {
  return { ...withAcr(parameters, demand), ...maxAgeOf(parameters, demand) }
}

/** A configured `max_age` that is stricter stays: its answer is checked against that. */
function maxAgeOf({ max_age: configured }: AuthorizationParameters, { maxAgeSeconds }: RequestedDemand) {
  if (maxAgeSeconds === undefined) return {}
  return { max_age: String(Math.min(maxAgeSeconds, Number(configured ?? maxAgeSeconds))) }
}

interface RequestedClaims {
  readonly id_token?: { readonly acr?: { readonly essential?: boolean } | null } | null
}

/** What is asked for by `acr_values` and by `claims` at once is unspecified (section 5.5.1.1): one of them, never both. */
function withAcr(parameters: AuthorizationParameters, { acrValues, essential = false }: RequestedDemand) {
  if (acrValues === undefined) return parameters
  const { acr_values: _replaced, claims, ...others } = parameters
  const requested = JSON.parse(claims ?? '{}') as RequestedClaims
  const acr = requested.id_token?.acr
  const isByClaims = essential || (acr !== undefined && acr !== null)
  if (!isByClaims) return { ...parameters, acr_values: acrValues.join(' ') }
  const wanted = { essential: essential || acr?.essential === true, values: acrValues }
  return { ...others, claims: JSON.stringify({ ...requested, id_token: { ...requested.id_token, acr: wanted } }) }
}
