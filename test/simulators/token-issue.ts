// Tokens and the token response in the vendor's shape (wire 1.5, 2.3, 3.3, 3.4, 4.5).

import { type Answer, jsonAnswer } from '../../src/testing/answer.ts'
import { type Context, takeUpcoming } from './context.ts'
import { createUuid3 } from './identifiers.ts'
import type { AccessTokenRecord, Grant, RefreshTokenRecord } from './ledger.ts'
import type { TokenOccasion } from './profile.ts'
import { halfHash } from './token-keys.ts'

/** What a token response is for. */
export interface ResponseOccasion {
  readonly grant: Grant
  readonly scopes: readonly string[]
  /** Absent on refresh. */
  readonly code: string | undefined
  /** The refresh token to give back; without one the profile decides whether there is a first one. */
  readonly refreshToken: RefreshTokenRecord | undefined
  readonly dpopKey: string | undefined
}

/** A successful token response. */
export function tokenResponse(context: Context, occasion: ResponseOccasion): Answer {
  const { grant, scopes } = occasion
  const access = accessTokenFor(context, occasion)
  const refreshToken = occasion.refreshToken ?? firstRefreshToken(context, grant)
  const body = context.profile.tokenResponse({
    accessToken: access.accessToken,
    tokenType: access.dpopKey === undefined ? 'Bearer' : 'DPoP',
    expiresInSeconds: access.expiresAt - context.clock.nowAt(),
    idTokenExpiresInSeconds: context.switches.idTokenLifetimeSeconds,
    refreshToken: refreshToken?.refreshToken,
    idToken: scopes.includes('openid') ? createIdToken(context, occasion, access.accessToken) : undefined,
    scopes,
    user: userOf(context, grant),
  })
  const answer = jsonAnswer(body)
  return { ...answer, headers: { ...answer.headers, pragma: 'no-cache' } }
}

/** A new refresh token of this grant. */
export function createRefreshToken(context: Context, grant: Grant, expiresAt?: number): RefreshTokenRecord {
  const nowAt = context.clock.nowAt()
  const record: RefreshTokenRecord = {
    refreshToken: takeUpcoming(context, 'refreshToken') ?? createUuid3(),
    grant,
    expiresAt: expiresAt ?? nowAt + context.switches.refreshTokenLifetimeSeconds,
    lastUsedAt: nowAt,
    rotatedAt: undefined,
    successor: undefined,
    predecessor: undefined,
    replays: 0,
    isRevoked: false,
  }
  context.ledger.refreshTokens.set(record.refreshToken, record)
  return record
}

/** What the profile needs to know to fill a token of this grant. */
export function tokenOccasion(
  context: Context,
  grant: Grant,
  token: Pick<TokenOccasion, 'scopes' | 'issuedAt' | 'expiresAt'> & Partial<TokenOccasion>,
): TokenOccasion {
  const { issuer, origin } = context
  return {
    issuer,
    origin,
    client: grant.client,
    user: userOf(context, grant),
    nonce: grant.nonce,
    sid: grant.sid,
    authTimeAt: grant.authTimeAt,
    accessTokenHash: undefined,
    codeHash: undefined,
    ...token,
  }
}

/** The user as the provider knows it now: a test may have changed a claim since. */
export function userOf(context: Context, grant: Grant): TokenOccasion['user'] {
  return context.user.sub === grant.user.sub ? context.user : grant.user
}

function accessTokenFor(context: Context, { grant, scopes, dpopKey }: ResponseOccasion): AccessTokenRecord {
  const nowAt = context.clock.nowAt()
  if (context.switches.isAccessTokenServedAgain) {
    const same = context.ledger.findSame(grant, nowAt)
    if (same) return same
  }
  const expiresAt = nowAt + context.switches.accessTokenLifetimeSeconds
  const times = { scopes, issuedAt: nowAt, expiresAt }
  const accessToken = takeUpcoming(context, 'accessToken') ?? createAccessToken(context, grant, times)
  const record: AccessTokenRecord = { accessToken, grant, ...times, dpopKey, isRevoked: false }
  context.ledger.accessTokens.set(accessToken, record)
  return record
}

function createAccessToken(
  context: Context,
  grant: Grant,
  times: Pick<TokenOccasion, 'scopes' | 'issuedAt' | 'expiresAt'>,
): string {
  if (grant.client.accessTokenFormat === 'opaque') return createUuid3()
  return context.keys.sign(context.profile.accessToken(tokenOccasion(context, grant, times)))
}

function firstRefreshToken(context: Context, grant: Grant): RefreshTokenRecord | undefined {
  const isAllowed = grant.client.refresh !== 'none'
  const isAskedFor = grant.scopes.includes('offline_access')
  const isIssued = {
    client: isAllowed,
    scope: isAllowed && isAskedFor,
    'client-or-scope': isAllowed || isAskedFor,
  }[context.profile.refreshTokenFor]
  return isIssued ? createRefreshToken(context, grant) : undefined
}

function createIdToken(context: Context, { grant, scopes, code }: ResponseOccasion, accessToken: string): string {
  const issuedAt = context.clock.nowAt()
  const occasion = tokenOccasion(context, grant, {
    scopes,
    issuedAt,
    expiresAt: issuedAt + context.switches.idTokenLifetimeSeconds,
    accessTokenHash: halfHash(accessToken),
    codeHash: code === undefined ? undefined : halfHash(code),
    // OpenID Connect Core section 12.2: a refreshed ID token should have no nonce.
    nonce: code === undefined ? undefined : grant.nonce,
  })
  const { header, claims } = context.profile.idToken(occasion)
  const kept = context.switches.idTokenClaims === 'full' ? claims : withoutProfile(claims)
  return context.keys.sign({ claims: kept, ...(header ? { header } : {}) })
}

// Okta's org server keeps these for the UserInfo response (wire 4.5).
const PROFILE_CLAIMS: readonly string[] = [
  'given_name',
  'family_name',
  'email',
  'email_verified',
  'locale',
  'zoneinfo',
  'groups',
  'roles',
]

function withoutProfile(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !PROFILE_CLAIMS.includes(name)))
}
