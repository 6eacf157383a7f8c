// The UserInfo request (OpenID Connect Core 1.0 section 5.3).
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { Settings } from '../options.ts'
import { describeFailure } from '../providers/failure.ts'
import type { Provider } from '../providers/provider.ts'

/** Whether the provider announces one: some put every claim into the ID token and have none. */
export async function hasUserinfoEndpoint(provider: Provider): Promise<boolean> {
  return (await provider.configuration()).serverMetadata().userinfo_endpoint !== undefined
}

/** Claims of the UserInfo endpoint, of the same `sub` as the ID token (section 5.3.2); throws `ERR_RP_USERINFO`. */
export async function requestUserinfo(
  provider: Provider,
  settings: Settings,
  accessToken: string,
  sub: string,
): Promise<Record<string, unknown>> {
  const configuration = await provider.configuration()
  try {
    // openid-client compares the subjects: a UserInfo of somebody else is refused.
    return await openid.fetchUserInfo(configuration, accessToken, sub)
  } catch (cause) {
    const message =
      `The UserInfo of ${settings.provider.issuer} could not be used: ${describeFailure(cause)}. ` +
      'Check that the provider has a UserInfo endpoint and that the scope reaches it.'
    throw new RelyingPartyError('ERR_RP_USERINFO', { message, cause, provider: settings.provider.issuer })
  }
}
