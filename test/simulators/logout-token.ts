// Logout Tokens to the clients of an ended session, in the vendor's variant (wire 1.8, 2.6).

import { randomUUID } from 'node:crypto'
import type { SimulatorClient } from './clients.ts'
import type { Context, LoginSession, LogoutTokenDelivery } from './context.ts'

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Tells every client of the session, the one that asked for the logout too. */
export function sendLogoutTokens(context: Context, session: LoginSession): void {
  for (const client of session.clients) {
    if (client.backchannelLogoutUri === undefined) continue
    const logoutToken = createLogoutToken(context, session, client)
    context.deliveries.push(post(client.backchannelLogoutUri, logoutToken))
  }
}

function createLogoutToken(context: Context, session: LoginSession, client: SimulatorClient): string {
  const { lifetimeSeconds, subjectClaim, sid } = context.profile.logoutToken
  const issuedAt = context.clock.nowAt()
  const hasSid = sid === 'always' || client.isBackchannelLogoutSessionRequired
  const claims = {
    // WSO2 names the user as it was typed, which is not always the `sub` of the ID Token (wire 1.8).
    sub: session.user[subjectClaim] ?? session.user.sub,
    iss: context.issuer,
    aud: [client.clientId],
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    ...(hasSid ? { sid: session.sid } : {}),
    events: { [LOGOUT_EVENT]: {} },
  }
  return context.keys.sign({ claims })
}

async function post(url: string, logoutToken: string): Promise<LogoutTokenDelivery> {
  const body = new URLSearchParams({ logout_token: logoutToken })
  const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  )
  return { url, logoutToken, status: response?.status }
}
