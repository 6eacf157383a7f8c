// The UserInfo request (OpenID Connect Core 1.0 section 5.3), and its like at plain OAuth 2.0 providers.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { UserClaims } from '../options-client.ts'
import { explainFailure } from '../providers/failed-request.ts'
import { tokenFaultOf } from '../providers/library-token-fault.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

/** Whether the provider announces one: some put every claim into the ID token and have none. */
export async function hasUserinfoEndpoint(provider: Provider): Promise<boolean> {
  return Boolean(metadataOf(await provider.configuration()).userinfo_endpoint)
}

/**
 * Claims of the UserInfo endpoint, of the same `sub` as the ID token (section 5.3.2); throws `ERR_RP_USERINFO` or
 * `ERR_RP_PROVIDER_UNAVAILABLE`.
 */
export async function requestUserinfo(
  provider: Provider,
  accessToken: string,
  sub: string,
): Promise<Record<string, unknown>> {
  const configuration = await provider.configuration()
  try {
    // openid-client compares the subjects: a UserInfo of somebody else is refused.
    return await openid.fetchUserInfo(configuration, accessToken, sub)
  } catch (cause) {
    throw await userinfoError(provider, accessToken, cause)
  }
}

/**
 * Claims that the provider's own `userClaims` makes of an answer in a form of its own; throws `ERR_RP_USERINFO` or
 * `ERR_RP_PROVIDER_UNAVAILABLE`.
 */
export async function requestUserClaims(
  provider: Provider,
  accessToken: string,
  userClaims: (answer: Record<string, unknown>) => UserClaims,
): Promise<UserClaims> {
  const url = metadataOf(await provider.configuration()).userinfo_endpoint ?? ''
  try {
    const response = await provider.http(url, {
      method: 'GET',
      // GitHub refuses requests without a User-Agent.
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: 'application/json',
        'user-agent': 'express-relying-party',
      },
    })
    if (response.status !== 200) throw new Error('its status is not 200', { cause: response })
    const claims = userClaims((await response.json()) as Record<string, unknown>)
    if (claims instanceof Promise) claims.catch(() => undefined) // refused below: its rejection must not end the process
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new TypeError('userClaims gave no sub')
    return claims
  } catch (cause) {
    throw await userinfoError(provider, accessToken, cause)
  }
}

async function userinfoError({ settings }: Provider, accessToken: string, cause: unknown): Promise<RelyingPartyError> {
  const { reason, advice, isOutage, details } = await explainFailure(cause, {
    settings,
    secrets: [accessToken],
    explanations: {
      OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'it is about another user: its sub is not that of the ID token',
    },
  })
  const code = isOutage ? 'ERR_RP_PROVIDER_UNAVAILABLE' : 'ERR_RP_USERINFO'
  const check = tokenFaultOf(cause) === undefined ? checkAccess : checkSignature
  const message = `The UserInfo of ${settings.issuer} could not be used: ${reason}. ${advice ?? check}`
  return new RelyingPartyError(code, { ...details, message })
}

const checkAccess = 'Check that the provider has a UserInfo endpoint and that `scope` gives access to it.'
const checkSignature =
  'Let the provider answer UserInfo requests with JSON, or list its algorithm in userinfo_signing_alg_values_supported.'
