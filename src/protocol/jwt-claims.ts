// The registered claims of a JWT (RFC 7519 section 4.1): issuer, audience and the instants.
import { TokenFault } from '../providers/token-fault.ts'

/** What the claims are held to. Whatever is absent here is not compared, but an instant has to be a number. */
export interface ClaimRules {
  /** The accepted values of `iss`. */
  readonly issuers?: readonly string[]
  /** The values of which `aud` has to name one. */
  readonly audiences: readonly string[]
  readonly requiredClaims: readonly string[]
  /** Seconds since `iat`; with it an `iat` in the future is refused too. */
  readonly maxAgeSeconds?: number
  readonly clockToleranceSeconds: number
  /** Does not compare `exp`, which has to be a number all the same. @defaultValue `false` */
  readonly acceptsExpired?: boolean
  /** The instant to judge by. */
  readonly now: number
}

type Claims = Readonly<Record<string, unknown>>

/** Throws a `TokenFault` that names the first claim that does not fit. */
export function requireClaims(claims: Claims, rules: ClaimRules): void {
  requirePresence(claims, rules)
  requireParties(claims, rules)
  requireInstants(claims, rules)
}

function requirePresence(claims: Claims, { requiredClaims, issuers, maxAgeSeconds }: ClaimRules): void {
  const names = ['aud', ...(issuers === undefined ? [] : ['iss']), ...(maxAgeSeconds === undefined ? [] : ['iat'])]
  const claim = [...names, ...requiredClaims].find((name) => !Object.hasOwn(claims, name))
  if (claim !== undefined) throw new TokenFault('missing_claim', `missing required "${claim}" claim`, { claim })
}

function requireParties({ iss, aud }: Claims, { issuers, audiences }: ClaimRules): void {
  if (issuers !== undefined && !issuers.some((issuer) => issuer === iss)) throw unexpected('iss')
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.some((audience) => named.includes(audience))) throw unexpected('aud')
}

function unexpected(claim: string): TokenFault {
  return new TokenFault('unfit_claim', `unexpected "${claim}" claim value`, { claim })
}

function requireInstants(claims: Claims, rules: ClaimRules): void {
  const { now: instant, clockToleranceSeconds, maxAgeSeconds, acceptsExpired = false } = rules
  const now = Math.floor(instant)
  // Every comparison with NaN is false: a clock that gives no number would keep all tokens valid.
  if (!Number.isFinite(now)) throw new TypeError('the option clock gave no instant')
  const { iat = now, nbf = now, exp = Number.POSITIVE_INFINITY } = instantsOf(claims)
  if (nbf > now + clockToleranceSeconds) {
    throw new TokenFault('unfit_claim', '"nbf" claim timestamp check failed', { claim: 'nbf' })
  }
  if (!acceptsExpired && exp <= now - clockToleranceSeconds) {
    throw new TokenFault('expired', '"exp" claim timestamp check failed', { claim: 'exp' })
  }
  if (maxAgeSeconds === undefined) return
  const age = now - iat
  if (age - clockToleranceSeconds > maxAgeSeconds) {
    throw new TokenFault('expired', '"iat" claim timestamp check failed (too far in the past)', { claim: 'iat' })
  }
  if (age < -clockToleranceSeconds) {
    const message = '"iat" claim timestamp check failed (it should be in the past)'
    throw new TokenFault('unfit_claim', message, { claim: 'iat' })
  }
}

interface Instants {
  readonly iat?: number
  readonly nbf?: number
  readonly exp?: number
}

function instantsOf({ iat, nbf, exp }: Claims): Instants {
  for (const [claim, value] of Object.entries({ iat, nbf, exp })) {
    if (value !== undefined && typeof value !== 'number') {
      throw new TokenFault('unfit_claim', `"${claim}" claim must be a number`, { claim })
    }
  }
  return { iat, nbf, exp } as Instants
}
