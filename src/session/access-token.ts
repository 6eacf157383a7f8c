// The access token of a login: the one at hand while it is good, else a refreshed one.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import type { TokenParameters } from '../protocol/refresh-request.ts'
import { isAlive, isFresh, secondsSinceRefresh, tokenOf } from './kept-tokens.ts'
import type { KeptToken } from './login-record.ts'
import type { Login } from './login-records.ts'
import type { OneRefresh, RefreshOrder } from './one-refresh.ts'
import { noRefreshToken } from './refresh.ts'

/** Which access token is wanted. */
export interface WantedToken extends TokenParameters {
  /** Also when the one at hand still seems good: an API refused it. */
  readonly forceRefresh?: boolean | undefined
}

/** A good token, and the login as it is then. */
export interface GoodToken {
  readonly accessToken: string
  /** Unbounded for the token of the login itself, and where its end is not known. */
  readonly secondsSinceRefresh: number
  readonly login: Login
}

/** Rejects with `ERR_RP_LOGIN_REQUIRED` when the login has ended, with another error when no token could be had now. */
export type GetAccessToken = (request: HttpRequest, login: Login, wanted: WantedToken) => Promise<GoodToken>

/** Makes what gets access tokens. */
export function createGetAccessToken(settings: Settings, oneRefresh: OneRefresh): GetAccessToken {
  const { clock, log } = settings

  function orderOf(login: Login, wanted: WantedToken): RefreshOrder {
    const { resource, scope, forceRefresh = false } = wanted
    const begunWith = tokenOf(login.record, wanted)?.tokenVersion ?? 0
    // One that came after the one that the request began with is as new as can be, whoever brought it.
    const isNewer = (token: KeptToken | undefined) => token !== undefined && token.tokenVersion > begunWith
    const isGood = (token: KeptToken | undefined) => isFresh(token, clock(), settings.refresh.beforeExpirySeconds)
    return {
      name: JSON.stringify([resource, scope, forceRefresh && begunWith]),
      wanted,
      isDone: ({ record }) => isNewer(tokenOf(record, wanted)) || (!forceRefresh && isGood(tokenOf(record, wanted))),
    }
  }

  async function freshLogin(request: HttpRequest, login: Login, wanted: WantedToken): Promise<Login> {
    const order = orderOf(login, wanted)
    if (order.isDone(login)) return login
    // A provider that is down, or gave no refresh token, costs nobody a token that still lives.
    const isUsable = () => wanted.forceRefresh !== true && isAlive(tokenOf(login.record, wanted), clock())
    if (login.record.refreshToken === undefined && isUsable()) return login
    if (login.record.refreshToken === undefined) throw isAlive(login.record, clock()) ? notRefreshable() : usedUp()
    return await oneRefresh(request, login, order).catch((error: unknown) => {
      if (!isUsable() || isLoginRequired(error)) throw error
      if (hasAskedProvider(error)) log.report(error, 'req.oidc.getAccessToken()')
      return login
    })
  }

  return async function getAccessToken(request, login, wanted) {
    const fresh = await freshLogin(request, login, wanted)
    const token = tokenOf(fresh.record, wanted)
    if (token === undefined) throw notKept()
    const { accessToken } = token
    return { accessToken, secondsSinceRefresh: secondsSinceRefresh(token, clock()), login: fresh }
  }
}

function isLoginRequired(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_LOGIN_REQUIRED'
}

/** During the pause after a failure nothing new has failed, and a line for each request would bury the one that says why. */
function hasAskedProvider(error: unknown): boolean {
  return error instanceof Error && error.cause !== undefined
}

function notRefreshable(): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_NO_REFRESH_TOKEN', { message: noRefreshToken })
}

/** Only a new login brings another access token. */
function usedUp(): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message: `The access token has ended. ${noRefreshToken}` })
}

/** Another refresh of the same login won, without the token that was wanted here. */
function notKept(): RelyingPartyError {
  const message =
    'Another refresh of this login came first, so the token for that resource or scope was not kept. Try again.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}
