// The hint of a logout request: an ID token, or at cidaas an access token as well (wire 2.6).

import { type Context, findClient, type LoginSession } from './context.ts'
import type { LogoutFailure } from './failures.ts'
import { parameterOf } from './wire-request.ts'

/** Whom the hint speaks of. */
export interface Hint {
  readonly clientId: string
  readonly sid: unknown
}

/** The hint, the reason to refuse it, or `undefined` when there is none. */
export function readHint(
  context: Context,
  parameters: URLSearchParams,
  session: LoginSession | undefined,
): Hint | LogoutFailure | undefined {
  const token = hintOf(context, parameters)
  if (token === undefined) return undefined
  const claims = context.keys.open(token)
  if (!claims) return 'invalidHint'
  if (claims['iss'] !== context.issuer) return 'foreignHint'
  const isExpired = Number(claims['exp']) <= context.clock.nowAt()
  const isForSessionOnly = context.switches.logout.expiredHint === 'accepted-for-session-user'
  if (isExpired && isForSessionOnly && claims['sub'] !== session?.user.sub) return 'invalidHint'
  const [clientId] = [claims['aud']].flat().map(String)
  return clientId !== undefined && findClient(context, clientId) ? { clientId, sid: claims['sid'] } : 'invalidHint'
}

function hintOf({ switches }: Context, parameters: URLSearchParams): string | undefined {
  const idToken = parameterOf(parameters, 'id_token_hint')
  if (idToken !== undefined || !switches.logout.isAccessTokenHintAccepted) return idToken
  return parameterOf(parameters, 'access_token_hint')
}
