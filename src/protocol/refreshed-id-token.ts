// An ID token that came with a refresh is held against the first one (OpenID Connect Core 1.0 section 12.2).
import { RelyingPartyError } from '../errors.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { TokenFault, type TokenFaultReason } from '../providers/token-fault.ts'
import type { Claims } from './claims.ts'
import { type IdTokenClaims, readUnverified, validateClaims } from './id-token.ts'
import { idTokenError, type Occasion } from './id-token-error.ts'

/** What is kept of the ID token of the login. */
export interface FirstIdToken {
  readonly claims: Claims
  readonly nonce: string | undefined
}

/** The tokens of a refresh. */
export interface RefreshedIdToken {
  readonly idToken: string
  readonly accessToken: string
}

/**
 * Validates it like the first, but for what only an authentication response has. Returns undefined for one that is set
 * aside: it cannot be verified or has expired, but came over TLS from the token endpoint and is about this login. Throws
 * `ERR_RP_ID_TOKEN` for any other error: then nothing that came with the token may be used. Throws `ERR_RP_KEYS` when
 * there are no keys to verify it with, and it may not be set aside.
 */
export async function validateRefreshedIdToken(
  provider: Provider,
  tokens: RefreshedIdToken,
  first: FirstIdToken,
): Promise<IdTokenClaims | undefined> {
  const check: Check = (claims) => requireSameLogin(claims, first)
  try {
    return await validateClaims(provider, tokens, check).catch((error: unknown) => {
      return setAside(provider, tokens, { check, error })
    })
  } catch (error) {
    throw refreshedIdTokenError(provider, error)
  }
}

type Check = (claims: IdTokenClaims) => void

/** Throws the error unless it is one that a token may have, and everything else about the token is right. */
async function setAside(
  provider: Provider,
  { idToken, accessToken }: RefreshedIdToken,
  { check, error }: { readonly check: Check; readonly error: unknown },
): Promise<undefined> {
  const flaw = await flawOf(provider, error)
  if (flaw === undefined) throw error
  // Without a right signature at_hash proves nothing, and a wrong one is no more than another flaw.
  const compared = flaw.isSigned ? accessToken : undefined
  await validateClaims(provider, { idToken, accessToken: compared }, check, readUnverified)
  warn(provider, flaw)
}

/**
 * `aud` and `azp` name this client, or it would not have come so far. `auth_time` is not compared: Keycloak and others give
 * that of a later sign-in, by another client or on another device. What is kept is that of the login (claims.ts).
 */
function requireSameLogin({ iss, sub, nonce: given }: IdTokenClaims, { claims: first, nonce }: FirstIdToken): void {
  if (iss !== first.iss || sub !== first.sub) throw new TypeError('its iss and sub are not those of the login')
  if (given !== undefined && given !== nonce) throw new TypeError('its nonce is not that of the login')
}

/** Why a token is set aside. */
interface Flaw {
  readonly text: string
  readonly isSigned: boolean
}

const flaws: Readonly<Partial<Record<TokenFaultReason, Flaw>>> = {
  expired: { text: 'it has expired', isSigned: true },
  no_matching_key: { text: 'none of the published keys fits it', isSigned: false },
  several_matching_keys: { text: 'it has no kid, and several of the published keys fit it', isSigned: false },
  unusable_key: { text: 'the published key that fits it cannot be used', isSigned: false },
  wrong_signature: { text: 'its signature is not of the published key that fits it', isSigned: false },
}
const noKeys: Flaw = { text: 'the published keys could not be read', isSigned: false }

/** What is wrong with it, when it may be set aside for that; see docs/decisions/0027. */
async function flawOf(provider: Provider, error: unknown): Promise<Flaw | undefined> {
  const { strictRefreshedIdTokens, idTokenSignedResponseAlg } = provider.settings
  if (strictRefreshedIdTokens || !(await isReachedByTls(provider))) return undefined
  if (!(error instanceof RelyingPartyError)) return undefined
  if (error.code === 'ERR_RP_KEYS') return noKeys
  const flaw = error.cause instanceof TokenFault ? flaws[error.cause.reason] : undefined
  // An HMAC is keyed by the client secret: there is no published key that could have changed.
  return flaw?.isSigned === false && idTokenSignedResponseAlg.startsWith('HS') ? undefined : flaw
}

/** TLS proves who sent the answer (section 3.1.3.7 step 6), if also the address of the endpoint came that way. */
async function isReachedByTls({ configuration, settings: { issuer } }: Provider): Promise<boolean> {
  const { token_endpoint: tokenEndpoint } = metadataOf(await configuration())
  return [issuer, tokenEndpoint].every((url) => url !== undefined && new URL(url).protocol === 'https:')
}

/** Once for each reason: a provider that does this does it with each refresh. */
function warn({ settings: { issuer, log } }: Provider, { text }: Flaw): void {
  const message =
    `A refreshed ID token was set aside: ${text}. It came over TLS, so the new access token is used, and the claims of the ` +
    'first ID token stay. Report it to the provider; `provider.strictRefreshedIdTokens` ends such logins instead.'
  log.warnOnce('WARN_RP_REFRESHED_ID_TOKEN', message, { provider: issuer })
}

function refreshedIdTokenError({ settings }: Provider, error: unknown): unknown {
  const isAboutToken = error instanceof RelyingPartyError && error.code === 'ERR_RP_ID_TOKEN'
  return isAboutToken ? idTokenError(error.cause, settings, inRefresh) : error
}

const inRefresh: Occasion = {
  token: 'A refreshed ID token',
  consequence: 'No token that came with it is used, and the refresh token is used up, so the login ends.',
}
