// The Logout Token (OpenID Connect Back-Channel Logout 1.0 section 2.4), right or as wrong as its caller says.

import { randomBytes } from 'node:crypto'

import { nowAt } from './clock.ts'
import { signClaims } from './id-token.ts'
import type { Claims } from './parties.ts'
import type { ProviderContext } from './provider-context.ts'

const LOGOUT_TOKEN_LIFETIME_SECONDS = 120

/** A Logout Token about the user for the first client; claims and header are merged over the right ones. */
export function issueLogoutToken(
  context: ProviderContext,
  claims: Claims = {},
  header: Record<string, unknown> = {},
): string {
  const issuedAt = nowAt()
  const right = {
    iss: context.issuer,
    aud: context.clients[0]?.clientId,
    sub: context.user?.sub,
    iat: issuedAt,
    exp: issuedAt + LOGOUT_TOKEN_LIFETIME_SECONDS,
    jti: randomBytes(12).toString('base64url'),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  return signClaims(context, { ...right, ...claims }, { typ: 'logout+jwt', ...header })
}
