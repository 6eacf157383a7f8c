// A request to the provider that failed: the reason, what to do about it, and what the error for it carries.
import type * as openid from 'openid-client'
import type { RelyingPartyErrorDetails } from '../errors.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { statusOf } from './causes.ts'
import { credentialsAdvice } from './client-authentication.ts'
import { describeFailure, type Explanations, isUnavailable, outageAdvice, retryAfterHeader } from './failure.ts'
import { type Refusal, readRefusal } from './refusal.ts'

/** What one kind of request knows about itself. */
export interface RequestKind {
  readonly settings: ProviderSettings
  /** What the request carried: it is cut out of what the provider said. */
  readonly secrets: readonly string[]
  /** What codes of openid-client mean here. */
  readonly explanations?: Explanations
  /** Of a request by which the client authenticates: the metadata. */
  readonly server?: openid.ServerMetadata
  /** Where the client's credentials are in the options, when they are not at the top. */
  readonly optionsAt?: string
}

/** A failure, explained. */
export interface FailedRequest {
  /** One clause that fits behind a colon. */
  readonly reason: string
  /** What to do when the provider is unavailable or refuses the client; undefined otherwise. */
  readonly advice: string | undefined
  readonly isOutage: boolean
  /** Everything of the error but its message. */
  readonly details: Omit<RelyingPartyErrorDetails, 'message'>
}

/** Explains why a request failed. */
export async function explainFailure(cause: unknown, kind: RequestKind): Promise<FailedRequest> {
  const { settings, explanations = {} } = kind
  const refusal = await readRefusal(cause, [...kind.secrets, ...clientSecretOf(settings)])
  const isOutage = isUnavailable(cause)
  return {
    reason: describeFailure(cause, { error: refusal.error, explanations }),
    advice: isOutage ? outageAdvice(cause) : adviceOnClient(cause, refusal, kind),
    isOutage,
    details: { ...refusal, cause, provider: settings.issuer, headers: retryAfterHeader(cause, settings.clock()) },
  }
}

function adviceOnClient(cause: unknown, refusal: Refusal, { settings, server, optionsAt }: RequestKind) {
  if (server === undefined) return undefined
  return credentialsAdvice(settings, server, { status: statusOf(cause), refusal, optionsAt })
}

/** A shorter one would be found in ordinary words. */
const shortestSecretCharacters = 8

function clientSecretOf({ clientSecret = '' }: ProviderSettings): string[] {
  return clientSecret.length < shortestSecretCharacters ? [] : [clientSecret]
}
