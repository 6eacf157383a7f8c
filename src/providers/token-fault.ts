// Why a signed token is refused, as a reason for code and in words that name claims, never their values.

/** What was wrong with the token, or with the keys that it was held against. */
export type TokenFaultReason =
  | 'malformed'
  | 'encrypted'
  | 'critical_header'
  | 'alg_not_allowed'
  | 'no_matching_key'
  | 'several_matching_keys'
  | 'unusable_key'
  | 'wrong_signature'
  | 'missing_claim'
  | 'unfit_claim'
  | 'mistyped_claim'
  | 'expired'

/** What a fault is about. */
export interface TokenFaultDetails {
  /** The name of the claim. */
  readonly claim?: string | undefined
  /** The algorithm in the header, where that is a known name. */
  readonly alg?: string | undefined
}

/** The refusal of a token. Nothing else of the token is in it, also not as a cause. */
export class TokenFault extends Error {
  readonly reason: TokenFaultReason
  readonly claim: string | undefined
  readonly alg: string | undefined

  constructor(reason: TokenFaultReason, message: string, { claim, alg }: TokenFaultDetails = {}) {
    super(message)
    this.name = 'TokenFault'
    this.reason = reason
    this.claim = claim
    this.alg = alg
  }
}
