// How the user is authenticated: as strongly and as newly as was asked for (OpenID Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1).

import { nowAt } from './clock.ts'
import type { ProviderContext } from './provider-context.ts'

/** What an ID Token says about it. */
export interface Authentication {
  readonly acr: string | undefined
  readonly authTimeAt: number
}

/** Undefined when an essential `acr` cannot be delivered (Unmet Authentication Requirements 1.0). */
export function authenticate(context: ProviderContext, parameters: URLSearchParams): Authentication | undefined {
  const { values, essential } = requestedAcr(parameters)
  const supported = context.acrValues
  const acr = supported === undefined ? values[0] : values.find((value) => supported.includes(value))
  if (acr === undefined && essential) return undefined
  const isAnew = parameters.get('prompt') === 'login' || isTooOld(context, parameters.get('max_age'))
  if (isAnew && context.signedInAt !== undefined) context.signedInAt = nowAt()
  return { acr: acr ?? supported?.[0], authTimeAt: context.signedInAt ?? nowAt() }
}

function isTooOld({ signedInAt }: ProviderContext, maxAge: string | null): boolean {
  return maxAge !== null && signedInAt !== undefined && nowAt() - signedInAt >= Number(maxAge)
}

interface RequestedAcr {
  readonly values: readonly string[]
  readonly essential: boolean
}

function requestedAcr(parameters: URLSearchParams): RequestedAcr {
  const claims = JSON.parse(parameters.get('claims') ?? '{}') as {
    id_token?: { acr?: { essential?: boolean; value?: string; values?: string[] } }
  }
  const { essential = false, value, values } = claims.id_token?.acr ?? {}
  const asked = values ?? (value === undefined ? undefined : [value])
  return { values: asked ?? parameters.get('acr_values')?.split(' ') ?? [], essential }
}
