// Token revocation (RFC 7009): tells the provider that a refresh token is no longer used.
import * as openid from 'openid-client'
import { describeCauses } from '../errors.ts'
import { explainFailure } from '../providers/failed-request.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'

/** Revokes a refresh token, where the provider announces that it can be; a failure is logged, and rejects unchanged. */
export async function revokeRefreshToken(provider: Provider, refreshToken: string): Promise<void> {
  const configuration = await provider.configuration()
  const server = metadataOf(configuration)
  if (!server.revocation_endpoint) return
  try {
    // Section 2.1: the access tokens of the same grant end with it.
    await openid.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
  } catch (cause) {
    await warn(provider, { refreshToken, server, cause })
    throw cause
  }
}

interface FailedRevocation {
  readonly refreshToken: string
  readonly server: openid.ServerMetadata
  readonly cause: unknown
}

/** No one waits for a revocation, so that its failure would go unnoticed. */
async function warn({ settings }: Provider, { refreshToken, server, cause }: FailedRevocation): Promise<void> {
  const { reason, advice = otherwise } = await explainFailure(cause, { settings, secrets: [refreshToken], server })
  const message =
    `The revocation request to ${settings.issuer} failed: ${reason}. ${advice} ` +
    'The tokens of the login stay valid at the provider.'
  settings.log.warn('WARN_RP_REVOCATION', message, { provider: settings.issuer, causes: describeCauses(cause) })
}

const otherwise = 'Check that the provider allows this client to revoke its tokens.'
