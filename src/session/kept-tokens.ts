// The access tokens inside a login record: which one is meant, whether it is still good, and what a refresh puts there.
import { type Claims, renewClaims } from '../protocol/claims.ts'
import type { RefreshedTokens, TokenParameters } from '../protocol/refresh-request.ts'
import { epochsOf } from './epochs.ts'
import type { KeptToken, LoginRecord } from './login-record.ts'

/** More would let an app that asks for ever new scopes grow the record without end; the oldest goes first. */
const mostOtherTokens = 8
const mostLaterEpochs = 16

/** The token that those parameters ask for; undefined when none was asked for yet. */
export function tokenOf(record: LoginRecord, parameters: TokenParameters): KeptToken | undefined {
  return isOwn(parameters) ? record : record.otherTokens?.[nameOf(parameters)]
}

/** Whether the token is not at its end yet. Without `expires_in` that is not known, which is not "now". */
export function isAlive(token: KeptToken | undefined, now: number): token is KeptToken {
  return token !== undefined && (token.expiresAt === undefined || token.expiresAt > now)
}

/** Whether it lives for so much longer; one that lives shortly is not used up when it comes, but at half its life. */
export function isFresh(token: KeptToken | undefined, now: number, beforeExpirySeconds: number): boolean {
  const half = (token?.lifetimeSeconds ?? Number.POSITIVE_INFINITY) / 2
  return isAlive(token, now + Math.min(beforeExpirySeconds, half))
}

/** How long ago a refresh brought it; unbounded for the one of the login itself, and where its end is not known. */
export function secondsSinceRefresh({ expiresAt, lifetimeSeconds, tokenVersion }: KeptToken, now: number): number {
  if (tokenVersion === 1 || expiresAt === undefined || lifetimeSeconds === undefined) return Number.POSITIVE_INFINITY
  return now - (expiresAt - lifetimeSeconds)
}

/** What a refresh changes in the record; the refresh token stays when no new one came (RFC 6749 section 6). */
export function renewedMembers(
  record: LoginRecord,
  parameters: TokenParameters,
  tokens: RefreshedTokens,
): Partial<LoginRecord> {
  const { accessToken, expiresAt, lifetimeSeconds } = tokens
  const token = { accessToken, expiresAt, lifetimeSeconds, tokenVersion: record.version + 1 }
  const refreshToken = tokens.refreshToken ?? record.refreshToken
  if (isOwn(parameters)) {
    const { idToken = record.idToken } = tokens
    const claims = renewClaims(record, tokens.claims)
    const scope = tokens.scope ?? record.scope
    return { ...token, refreshToken, scope, idToken, claims, laterEpochs: laterEpochsOf(record, claims) }
  }
  const name = nameOf(parameters)
  const { [name]: _replaced, ...others } = record.otherTokens ?? {}
  const kept = Object.entries(others).slice(-(mostOtherTokens - 1))
  const scope = tokens.scope ?? parameters.scope ?? record.scope
  return { refreshToken, otherTokens: { ...Object.fromEntries(kept), [name]: { ...token, scope } } }
}

/** A logout at the provider may name the session of any ID token that this login has had. */
function laterEpochsOf(record: LoginRecord, claims: Claims): readonly string[] | undefined {
  if (claims['sid'] === record.claims['sid']) return record.laterEpochs
  return [...new Set([...(record.laterEpochs ?? []), ...epochsOf(claims)])].slice(-mostLaterEpochs)
}

function isOwn({ resource, scope }: TokenParameters): boolean {
  return resource === undefined && scope === undefined
}

/** JSON, so that no two parameters are written alike. */
function nameOf({ resource, scope }: TokenParameters): string {
  return JSON.stringify([resource, scope])
}
