// The UserInfo request (OpenID Connect Core 1.0 section 5.3), and its like at plain OAuth 2.0 providers.
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { UserClaims } from '../options-client.ts'
import { describeFailure } from '../providers/failure.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

/** Whether the provider announces one: some put every claim into the ID token and have none. */
export async function hasUserinfoEndpoint(provider: Provider): Promise<boolean> {
  return Boolean(metadataOf(await provider.configuration()).userinfo_endpoint)
}

/** Claims of the UserInfo endpoint, of the same `sub` as the ID token (section 5.3.2); throws `ERR_RP_USERINFO`. */
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
    throw userinfoError(provider, cause)
  }
}

/** Claims that the provider's own `userClaims` makes of an answer in a form of its own; throws `ERR_RP_USERINFO`. */
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
    if (response.status !== 200) throw new Error(`it answered with HTTP ${response.status}`)
    const claims = userClaims((await response.json()) as Record<string, unknown>)
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new TypeError('userClaims gave no sub')
    return claims
  } catch (cause) {
    throw userinfoError(provider, cause)
  }
}

function userinfoError({ settings: { issuer } }: Provider, cause: unknown): RelyingPartyError {
  const message =
    `The UserInfo of ${issuer} could not be used: ${describeFailure(cause)}. ` +
    'Check that the provider has a UserInfo endpoint and that the scope reaches it.'
  return new RelyingPartyError('ERR_RP_USERINFO', { message, cause, provider: issuer })
}
