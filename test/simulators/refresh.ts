// The life of a refresh token: the same again, rotated, rotated with grace, and what reuse does (wire 1.7, 3.5, 4.6).

import type { Context } from './context.ts'
import type { RefreshTokenRecord } from './ledger.ts'
import { createRefreshToken } from './token-issue.ts'

/** The refresh token to give back for this one, or `undefined` when this one is no good. */
export function redeemRefreshToken(context: Context, record: RefreshTokenRecord): RefreshTokenRecord | undefined {
  if (!isAlive(context, record)) return undefined
  const { grant } = record
  if (record.rotatedAt !== undefined) return replay(context, record)
  endPredecessor(record)
  record.lastUsedAt = context.clock.nowAt()
  return grant.client.refresh === 'rotate' ? rotate(context, record) : record
}

function isAlive(context: Context, { isRevoked, grant, expiresAt, lastUsedAt }: RefreshTokenRecord): boolean {
  const nowAt = context.clock.nowAt()
  const idleEndsAt = lastUsedAt + context.switches.refreshTokenIdleSeconds
  return !isRevoked && !grant.isRevoked && nowAt < Math.min(expiresAt, idleEndsAt)
}

function rotate(context: Context, record: RefreshTokenRecord): RefreshTokenRecord {
  const expiresAt = context.profile.isRefreshExpiryKept ? record.expiresAt : undefined
  const successor = createRefreshToken(context, record.grant, expiresAt)
  successor.predecessor = record
  record.successor = successor
  record.rotatedAt ??= context.clock.nowAt()
  return successor
}

/** A rotated token that comes again: a lost answer within the grace, a thief after it. */
function replay(context: Context, record: RefreshTokenRecord): RefreshTokenRecord | undefined {
  const { client } = record.grant
  const graceEndsAt = (record.rotatedAt ?? 0) + client.refreshGraceSeconds
  const isGraced = context.clock.nowAt() < graceEndsAt && record.replays < client.refreshReplayLimit
  if (!isGraced) {
    if (client.isFamilyRevokedByReuse) record.grant.isRevoked = true
    return undefined
  }
  record.replays += 1
  if (context.profile.graceReplay === 'revokes-successor' && record.successor) record.successor.isRevoked = true
  return rotate(context, record)
}

/** Who uses the new token has received it, so the old one needs no grace any more (wire 1.7). */
function endPredecessor({ predecessor, grant }: RefreshTokenRecord): void {
  if (predecessor && !grant.client.isFamilyRevokedByReuse) predecessor.isRevoked = true
}
