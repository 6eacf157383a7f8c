// Why a signed token is refused, as a reason for code and in words that name claims, never their values.

/** What was wrong with the token, or with the keys that it was held against. */
export type TokenFaultReason =
  | 'malformed'
  | 'critical_header'
  | 'alg_not_allowed'
  | 'no_matching_key'
  | 'several_matching_keys'
  | 'unusable_key'
  | 'wrong_signature'
  | 'missing_claim'
  | 'unfit_claim'
  | 'expired'

/** The refusal of a token. Nothing of the token is in it, also not as a cause. */
export class TokenFault extends Error {
  readonly reason: TokenFaultReason
  /** The name of the claim that it is about. */
  readonly claim: string | undefined

  constructor(reason: TokenFaultReason, message: string, { claim }: { readonly claim?: string } = {}) {
    super(message)
    this.name = 'TokenFault'
    this.reason = reason
    this.claim = claim
  }
}
