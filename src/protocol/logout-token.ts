// Logout Token validation (OpenID Connect Back-Channel Logout 1.0 section 2.6).
import { RelyingPartyError } from '../errors.ts'
import { isOpenId, type ProviderSettings, withoutSlash } from '../options-settings.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { TokenFault, type TokenFaultReason } from '../providers/token-fault.ts'
import { type JwtClaims, readUnverifiedClaims, type VerifiedJwt, verifyJwt } from './jwt.ts'
import { issuerFault, jwtRules, keyFor } from './signed-token.ts'

/** A validated Logout Token. Instants are NumericDate (seconds). */
export type LogoutToken = {
  readonly iss: string
  readonly jti: string
  /** From then on no clock of ours takes it: so long its `jti` has to be remembered. */
  readonly expiresAt: number
} & ({ readonly sub: string; readonly sid?: undefined } | { readonly sid: string; readonly sub?: string | undefined })

/** Some hundred bytes are usual; a signature is not looked for in more (threat V30). */
const longestToken = 16 * 1024
/** A provider sends it at once; the rest is for its retries. It bounds how long a `jti` has to be remembered. */
const longestAgeSeconds = 600
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * The provider that a Logout Token claims to be of, for this client: nothing of it is believed yet. Undefined when that is
 * none of ours; throws `ERR_RP_LOGOUT_TOKEN` when it is no JWT.
 */
export async function findProvider(providers: readonly Provider[], token: string): Promise<Provider | undefined> {
  const claims = readUnverified(token)
  const addressed = providers.filter(({ settings }) => isOpenId(settings) && isAudience(claims, settings))
  // First the issuer as configured: a provider that is down must not keep those of another from being found.
  const iss = typeof claims.iss === 'string' ? withoutSlash(claims.iss) : undefined
  const named = addressed.find(({ settings }) => withoutSlash(settings.issuer) === iss)
  if (named !== undefined) return named
  // Only the metadata of an issuer for many tenants is another than the one configured: nobody else is asked for it.
  const templates = addressed.filter(({ settings }) => settings.tenants !== undefined)
  for (const provider of templates) if ((await issuerFaultAt(provider, claims)) === undefined) return provider
  return undefined
}

/** Validates it as one of this provider; throws `ERR_RP_LOGOUT_TOKEN`, or what kept us from asking the provider. */
export async function validateLogoutToken(provider: Provider, token: string): Promise<LogoutToken> {
  const { claims, header } = await verify(provider, token)
  const fault =
    (await issuerFaultAt(provider, claims)) ?? typeFault(header.typ) ?? eventFault(claims) ?? targetFault(claims)
  if (fault !== undefined) throw logoutTokenError(fault, provider)
  return toLogoutToken(claims, provider.settings)
}

/** What distinguishes it from an ID token, which must never have it. */
export function hasLogoutEvent({ events }: JwtClaims): boolean {
  return isObject(events) && Object.hasOwn(events, logoutEvent) && isObject(events[logoutEvent])
}

/** The reason never holds anything of the token; the cause, which may, is left out. */
export function logoutTokenError(reason: string, provider?: Provider): RelyingPartyError {
  const issuer = provider?.settings.issuer
  return new RelyingPartyError('ERR_RP_LOGOUT_TOKEN', {
    message: `A Logout Token${issuer === undefined ? '' : ` of ${issuer}`} was refused: ${reason}. Nobody was signed out.`,
    provider: issuer,
    error: 'invalid_request',
    errorDescription: reason,
  })
}

function readUnverified(token: string): JwtClaims {
  if (token.length > longestToken) throw logoutTokenError(`it is longer than ${longestToken} characters`)
  try {
    return readUnverifiedClaims(token)
  } catch (cause) {
    throw logoutTokenError(reasonOf(cause))
  }
}

function isAudience({ aud }: JwtClaims, { clientId }: ProviderSettings): boolean {
  return [aud].flat().includes(clientId)
}

async function issuerFaultAt(provider: Provider, claims: JwtClaims): Promise<string | undefined> {
  const { issuer } = metadataOf(await provider.configuration())
  return issuerFault(claims, issuer, provider.settings)
}

/** An `iat` in the future is refused too: a token that is valid for long could be kept, and sent at a bad moment (V29). */
async function verify(provider: Provider, token: string): Promise<VerifiedJwt> {
  readUnverified(token)
  const requiredClaims = ['iss', 'aud', 'iat', 'jti', 'events']
  const rules = { ...jwtRules(provider.settings), requiredClaims, maxAgeSeconds: longestAgeSeconds }
  try {
    return await verifyJwt(token, keyFor(provider, 'stranger'), rules)
  } catch (cause) {
    if (cause instanceof RelyingPartyError) throw cause
    throw logoutTokenError(reasonOf(cause), provider)
  }
}

/** `logout+jwt` is what the specification recommends; WSO2 and others write `JWT` or nothing (section 2.4). */
function typeFault(typ: unknown): string | undefined {
  const fits = typ === undefined || (typeof typ === 'string' && /^(application\/)?(logout\+)?jwt$/i.test(typ))
  return fits ? undefined : 'its typ is not logout+jwt'
}

/** Steps 6 and 7: only a Logout Token has the event, and it has no `nonce`, so that no ID token passes for one. */
function eventFault(claims: JwtClaims): string | undefined {
  if (!hasLogoutEvent(claims)) return 'its events have no back-channel logout'
  return Object.hasOwn(claims, 'nonce') ? 'it has a nonce, as ID tokens have' : undefined
}

/** Step 5. A claim that is there and names nobody is a fault: it must not widen the other one's reach. */
function targetFault({ jti, sub, sid }: JwtClaims): string | undefined {
  if (!isName(jti)) return 'its jti does not fit'
  const names = [sub, sid].filter((name) => name !== undefined)
  return names.length > 0 && names.every(isName) ? undefined : 'it has no sid or sub that fits'
}

/** The claims of a Logout Token in which no fault was found. */
interface SoundClaims {
  readonly iss: string
  readonly jti: string
  readonly iat: number
  readonly exp?: number
  readonly sub: string
  readonly sid?: string
}

function toLogoutToken(claims: JwtClaims, { clockToleranceSeconds }: ProviderSettings): LogoutToken {
  const { iss, jti, iat, exp = Number.POSITIVE_INFINITY, sub, sid } = claims as unknown as SoundClaims
  // Twice the tolerance and one: the clock of a store that forgets may be ahead of ours.
  const expiresAt = Math.min(iat + longestAgeSeconds, exp) + 2 * clockToleranceSeconds + 1
  return sid === undefined ? { iss, jti, expiresAt, sub } : { iss, jti, expiresAt, sid, sub }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const reasons: Readonly<Partial<Record<TokenFaultReason, string>>> = {
  malformed: 'it is not a JWT',
  critical_header: 'its header asks for what is not supported',
  alg_not_allowed: 'its alg is not idTokenSignedResponseAlg',
  no_matching_key: 'none of the published keys signed it',
  several_matching_keys: 'it has no kid, and several of the published keys may have signed it',
  wrong_signature: 'its signature is wrong',
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof TokenFault)) return 'it cannot be verified'
  const { reason, claim } = cause
  if (reason === 'missing_claim') return `it has no ${claim}`
  return claim === undefined ? (reasons[reason] ?? 'it cannot be verified') : `its ${claim} does not fit`
}
