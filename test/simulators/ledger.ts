// What is out at one simulator: codes, access tokens and refresh tokens, with the grant that they come from.

import type { SimulatorClient } from './clients.ts'
import type { SimulatorUser } from './profile.ts'

/** One consent of one user to one client; all its tokens share it. */
export interface Grant {
  readonly client: SimulatorClient
  readonly user: SimulatorUser
  readonly scopes: readonly string[]
  readonly redirectUri: string
  readonly codeChallenge: string | undefined
  readonly codeChallengeMethod: 'S256' | 'plain'
  readonly nonce: string | undefined
  readonly authTimeAt: number
  readonly sid: string
  isRevoked: boolean
}

/** A code that was given out. */
export interface CodeRecord {
  readonly code: string
  readonly grant: Grant
  readonly expiresAt: number
  state: 'fresh' | 'used' | 'burnt'
}

/** An access token that was given out. */
export interface AccessTokenRecord {
  readonly accessToken: string
  readonly grant: Grant
  readonly scopes: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** The thumbprint of the DPoP key (RFC 9449). */
  readonly dpopKey: string | undefined
  isRevoked: boolean
}

/** A refresh token that was given out. */
export interface RefreshTokenRecord {
  readonly refreshToken: string
  readonly grant: Grant
  readonly expiresAt: number
  lastUsedAt: number
  /** When another took its place. */
  rotatedAt: number | undefined
  successor: RefreshTokenRecord | undefined
  predecessor: RefreshTokenRecord | undefined
  replays: number
  isRevoked: boolean
}

/** All that a simulator has given out; nothing is ever forgotten, so that reuse is told from nonsense. */
export class Ledger {
  readonly codes: Map<string, CodeRecord> = new Map()
  readonly accessTokens: Map<string, AccessTokenRecord> = new Map()
  readonly refreshTokens: Map<string, RefreshTokenRecord> = new Map()

  /** An access token of the same user, client and scopes that is good. */
  findSame(grant: Grant, nowAt: number): AccessTokenRecord | undefined {
    const wanted = grant.scopes.join(' ')
    return [...this.accessTokens.values()].find(
      (record) =>
        record.grant.client === grant.client &&
        record.grant.user.sub === grant.user.sub &&
        record.scopes.join(' ') === wanted &&
        isGoodAccessToken(record, nowAt),
    )
  }
}

/** Whether an access token works. */
export function isGoodAccessToken(record: AccessTokenRecord, nowAt: number): boolean {
  return !record.isRevoked && !record.grant.isRevoked && nowAt < record.expiresAt
}
