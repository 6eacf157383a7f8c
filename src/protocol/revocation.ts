// Token revocation (RFC 7009): tells the provider that a refresh token is of no use any more.
import * as openid from 'openid-client'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

/** Revokes a refresh token, where the provider announces that it can be; rejects with whatever went wrong. */
export async function revokeRefreshToken(provider: Provider, refreshToken: string): Promise<void> {
  const configuration = await provider.configuration()
  if (!metadataOf(configuration).revocation_endpoint) return
  // Section 2.1: the access tokens of the same grant end with it.
  await openid.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
}
