// Why an ID token is refused, in words for the operator, with what to do about each fault.
import { RelyingPartyError } from '../errors.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { tokenFaultOf } from '../providers/library-token-fault.ts'
import { canVerify } from '../providers/signature-algorithms.ts'
import { TokenFault, type TokenFaultReason } from '../providers/token-fault.ts'

/** When an ID token came, and what its refusal means for the user: the ends of a message. */
export interface Occasion {
  readonly token: string
  readonly consequence: string
}

const inLogin: Occasion = { token: 'The ID token', consequence: 'No one was signed in.' }

/**
 * Creates the error for an ID token that we, or openid-client before us, refused. An error of ours (the keys could not be
 * read) is returned as it is.
 */
export function idTokenError(
  cause: unknown,
  settings: ProviderSettings,
  { token, consequence }: Occasion = inLogin,
): RelyingPartyError {
  if (cause instanceof RelyingPartyError) return cause
  const { issuer } = settings
  const { reason, advice } = explain(cause, settings)
  const message = [`${token} of ${issuer} was refused: ${reason}.`, advice, consequence].filter(Boolean).join(' ')
  return new RelyingPartyError('ERR_RP_ID_TOKEN', { message, cause, provider: issuer })
}

interface Explanation {
  readonly reason: string
  readonly advice: string | undefined
}

function explain(cause: unknown, settings: ProviderSettings): Explanation {
  const fault = cause instanceof TokenFault ? cause : tokenFaultOf(cause)
  if (fault === undefined)
    return { reason: cause instanceof Error ? cause.message : 'it cannot be read', advice: undefined }
  const { reason, claim = '', message } = fault
  if (reason === 'alg_not_allowed') return explainAlg(fault, settings)
  if (reason === 'unfit_claim') {
    return { reason: message.startsWith('its ') ? message : `its ${claim} does not fit`, advice: claimAdvice[claim] }
  }
  const own = reason === 'missing_claim' ? `it has no ${claim}` : (reasons[reason] ?? message)
  return { reason: own, advice: adviceOnReason(reason, settings) }
}

const asSpecified = 'The provider has to issue ID tokens as OpenID Connect Core 1.0 section 2 describes them.'
const clocks =
  'Compare the clocks of this host and of the provider; `clockToleranceSeconds` allows for a small difference.'
const otherClient = 'Check `clientId`: the token was issued to another client.'

/** By the claim that does not fit. */
const claimAdvice: Readonly<Record<string, string>> = {
  iss:
    'It must be the issuer of the metadata, character by character. Check `provider.issuer`, and the address that the ' +
    'provider is configured to have.',
  tid: 'Add the tenant to `provider.tenants` if its users may sign in here.',
  aud: otherClient,
  azp: otherClient,
  exp: clocks,
  iat: clocks,
  nbf: clocks,
  nonce: 'The provider has to return the nonce of the authorization request unchanged.',
  sub: asSpecified,
  at_hash: 'It must be the hash of the access token in the same response.',
  auth_time: 'The provider has to support max_age: to authenticate the user again, and to send auth_time.',
  acr: 'The provider has to support the authentication context that `authorizationParameters` asks for.',
  session_expiry: clocks,
}

/** In our words, where the message of the fault is in those of a specification. */
const reasons: Readonly<Partial<Record<TokenFaultReason, string>>> = {
  malformed: 'it is no JWT',
  no_matching_key: 'none of the published keys fits it',
  several_matching_keys: 'it has no kid, and several of the published keys may have signed it',
  wrong_signature: 'its signature is wrong',
  expired: 'it has expired',
}

const publishedKey = 'The provider has to sign with a key that it publishes at its jwks_uri.'

const advices: Readonly<Partial<Record<TokenFaultReason, string>>> = {
  malformed: asSpecified,
  encrypted: 'Turn off the encryption of ID tokens for this client at the provider.',
  critical_header: 'No extension of JWS is supported: turn it off for this client at the provider.',
  no_matching_key: publishedKey,
  several_matching_keys: 'The provider has to name its key by kid.',
  unusable_key: publishedKey,
  wrong_signature: publishedKey,
  missing_claim: asSpecified,
  mistyped_claim: asSpecified,
  expired: clocks,
}

function adviceOnReason(reason: TokenFaultReason, { idTokenSignedResponseAlg: alg }: ProviderSettings) {
  if (reason === 'wrong_signature' && alg.startsWith('HS')) return `Check \`clientSecret\`: it is the key of ${alg}.`
  return advices[reason]
}

/** Both algorithms are named: the token's only when it is a known name. */
function explainAlg({ alg }: TokenFault, settings: ProviderSettings): Explanation {
  const { idTokenSignedResponseAlg: pinned } = settings
  const found = alg === 'none' ? 'it is not signed' : `it is signed with ${alg ?? 'another algorithm'}`
  const change = `et the provider sign the ID tokens of this client with ${pinned}.`
  const option = `Set \`idTokenSignedResponseAlg: '${alg}'\` if the client is registered for it, or l`
  return {
    reason: `${found}, and \`idTokenSignedResponseAlg\` is '${pinned}'`,
    advice: (alg !== undefined && canVerify(alg, settings) ? option : 'L') + change,
  }
}
