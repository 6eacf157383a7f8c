// ID Token validation (OpenID Connect Core 1.0 section 3.1.3.7), the signature included, for every token, always.
import { hash, timingSafeEqual } from 'node:crypto'
import type { IdTokenSignedResponseAlg } from '../options-client.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { TokenFault } from '../providers/token-fault.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { idTokenError } from './id-token-error.ts'
import { type JwtClaims, type JwtRules, readUnverifiedJwt, verifyJwt } from './jwt.ts'
import { hasLogoutEvent } from './logout-token.ts'
import { issuerFault, jwtRules, keyFor } from './signed-token.ts'

/** Claims of a validated ID token (OpenID Connect Core 1.0 section 2). */
export interface IdTokenClaims extends JwtClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | string[]
  readonly exp: number
  readonly iat: number
  readonly auth_time?: number
  readonly acr?: string
  readonly sid?: string
}

/** Validates an ID token against the request that it answers; throws `ERR_RP_ID_TOKEN`. */
export async function validateIdToken(
  provider: Provider,
  idToken: string,
  accessToken: string,
  request: AuthorizationRequest,
): Promise<IdTokenClaims> {
  const { settings } = provider
  return await validateClaims(provider, { idToken, accessToken }, (claims) => {
    requireNonce(claims, request.nonce)
    requireAuthenticationTime(claims, request, settings)
    requireEssentialAcr(claims, request)
  })
}

/** The tokens of one answer. */
export interface CheckedTokens {
  readonly idToken: string
  /** Undefined: `at_hash` is not compared. */
  readonly accessToken: string | undefined
}

/** How the claims are read from an ID token. */
export type ReadIdToken = (provider: Provider, idToken: string) => IdTokenClaims | Promise<IdTokenClaims>

/** Validates what every ID token must have, and then what `check` requires of this one; throws `ERR_RP_ID_TOKEN`. */
export async function validateClaims(
  provider: Provider,
  { idToken, accessToken }: CheckedTokens,
  check: (claims: IdTokenClaims) => void,
  read: ReadIdToken = verify,
): Promise<IdTokenClaims> {
  const { settings } = provider
  try {
    const { issuer } = metadataOf(await provider.configuration())
    const claims = await read(provider, idToken)
    requireIssuer(claims, issuer, settings)
    requireNoLogoutEvent(claims)
    requireSubject(claims)
    requireAuthorizedParty(claims, settings.clientId)
    requireIssuedByNow(claims, settings)
    requireOpenSession(claims, settings)
    check(claims)
    requireAccessTokenHash(claims, accessToken, settings)
    return claims
  } catch (cause) {
    throw idTokenError(cause, settings)
  }
}

async function verify(provider: Provider, idToken: string): Promise<IdTokenClaims> {
  const { claims } = await verifyJwt(idToken, keyFor(provider, 'provider'), rulesOf(provider.settings))
  return claims as IdTokenClaims
}

/** Holds a token to the same rules, but not its signature and not its expiry: nothing that it says is proved. */
export const readUnverified: ReadIdToken = ({ settings }, idToken) => {
  return readUnverifiedJwt(idToken, { ...rulesOf(settings), acceptsExpired: true }).claims as IdTokenClaims
}

function rulesOf(settings: ProviderSettings): JwtRules {
  return { ...jwtRules(settings), requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'] }
}

function requireIssuer(claims: IdTokenClaims, issuer: string, settings: ProviderSettings): void {
  const fault = issuerFault(claims, issuer, settings)
  if (fault !== undefined) throw unfit(fault.startsWith('its tenant') ? 'tid' : 'iss', fault)
}

/** The same keys sign Logout Tokens, for the same client: one of them is no login (Back-Channel Logout 1.0 section 4). */
function requireNoLogoutEvent(claims: IdTokenClaims): void {
  if (hasLogoutEvent(claims)) throw new TypeError('it is a Logout Token')
}

function requireSubject({ sub }: IdTokenClaims): void {
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) {
    throw unfit('sub', 'its sub is not a text of 1 to 255 characters')
  }
}

/** Several audiences: the token must say that it was issued to us (section 3.1.3.7, steps 4 and 5). */
function requireAuthorizedParty({ aud, azp }: IdTokenClaims, clientId: string): void {
  if (azp === undefined && (!Array.isArray(aud) || aud.length === 1)) return
  if (azp !== clientId) throw unfit('azp', 'its azp is not this client')
}

function requireIssuedByNow({ iat }: IdTokenClaims, { clock, clockToleranceSeconds }: ProviderSettings): void {
  if (iat > clock() + clockToleranceSeconds) throw unfit('iat', 'its iat is in the future')
}

/** Binds the token to this login, so that one taken from another login is worthless (section 15.5.2). */
function requireNonce({ nonce }: IdTokenClaims, expected: string): void {
  if (typeof nonce !== 'string' || !equal(nonce, expected))
    throw unfit('nonce', 'its nonce is not the one of this login')
}

/** `at_hash` is optional in the code flow, but when it is there it must fit (section 3.1.3.8). */
function requireAccessTokenHash(
  { at_hash: given }: IdTokenClaims,
  accessToken: string | undefined,
  settings: ProviderSettings,
): void {
  if (given === undefined || accessToken === undefined) return
  const digest = hash(digestOf(settings.idTokenSignedResponseAlg), accessToken, 'buffer')
  const expected = digest.subarray(0, digest.length / 2).toString('base64url')
  if (typeof given !== 'string' || !equal(given, expected))
    throw unfit('at_hash', 'its at_hash is not that of the access token')
}

/** The hash of the signature's algorithm; Ed25519 signs with SHA-512 (RFC 8037). */
function digestOf(alg: IdTokenSignedResponseAlg): string {
  return alg === 'EdDSA' ? 'sha512' : `sha${alg.slice(2)}`
}

/** When `max_age` was asked for, `auth_time` must be there and recent enough (section 3.1.3.7, step 13). */
function requireAuthenticationTime(
  claims: IdTokenClaims,
  { maxAge }: AuthorizationRequest,
  settings: ProviderSettings,
): void {
  if (maxAge === undefined) return
  const age = typeof claims.auth_time === 'number' ? settings.clock() - claims.auth_time : Number.POSITIVE_INFINITY
  const tolerance = settings.clockToleranceSeconds
  if (age > maxAge + tolerance || age < -tolerance) throw unfit('auth_time', 'its auth_time is not within max_age')
}

function requireEssentialAcr({ acr }: IdTokenClaims, { essentialAcr }: AuthorizationRequest): void {
  if (essentialAcr === undefined) return
  const fits = essentialAcr.length === 0 ? acr !== undefined : acr !== undefined && essentialAcr.includes(acr)
  if (!fits) throw unfit('acr', 'its acr is not one of the essential ones that were asked for')
}

/** A session that the provider has ended already would begin and end in a circle of logins (IPSIE Session Lifetime). */
function requireOpenSession({ session_expiry: expiry }: IdTokenClaims, { clock }: ProviderSettings): void {
  if (expiry === undefined) return
  if (typeof expiry !== 'number' || expiry <= clock()) throw unfit('session_expiry', 'its session_expiry has passed')
}

function equal(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)]
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes)
}

function unfit(claim: string, message: string): TokenFault {
  return new TokenFault('unfit_claim', message, { claim })
}
