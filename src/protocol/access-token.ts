// Access token validation at a protected resource: a JWT by the provider's published keys (RFC 9068 section 4).
import { RelyingPartyError } from '../errors.ts'
import type { AccessTokenSettings } from '../options-access-token.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { TokenFault, type TokenFaultReason } from '../providers/token-fault.ts'
import { type JwtRules, verifyJwt } from './jwt.ts'

/** The validated access token of a request, as `req.accessToken`. */
export interface AccessToken {
  /** Whom it is about; at some providers the client itself when it acts for nobody. */
  readonly sub?: string
  /** The client that it was issued to. */
  readonly clientId?: string
  /** What it allows: from `scope`, `scp` or `scopes`. */
  readonly scope: readonly string[]
  /** All claims of the JWT, or all members of the provider's answer about the token. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The token itself, for a call to another API of the same audience. Secret. */
  readonly token: string
}

type Claims = Readonly<Record<string, unknown>>

/** Validates a JWT; throws `ERR_RP_ACCESS_TOKEN`, or what kept us from asking the provider. */
export async function validateAccessToken(
  provider: Provider,
  settings: AccessTokenSettings,
  token: string,
): Promise<AccessToken> {
  const issuers = await acceptedIssuers(provider, settings)
  try {
    const { header, claims } = await verifyJwt(token, provider.keys.find, rulesFor(settings, issuers))
    const fault = typeFault(header.typ, claims) ?? kindFault(claims)
    if (fault !== undefined) throw accessTokenError(provider, fault)
    return toAccessToken(token, claims)
  } catch (cause) {
    if (cause instanceof RelyingPartyError) throw cause
    throw accessTokenError(provider, reasonOf(cause), cause)
  }
}

/** The options' own, or the one of the metadata; where that stands for many tenants, those that were named. */
export async function acceptedIssuers(provider: Provider, { issuers }: AccessTokenSettings): Promise<string[]> {
  if (issuers !== undefined) return [...issuers]
  const { issuer } = metadataOf(await provider.configuration())
  if (!issuer.includes('{tenantid}')) return [issuer]
  return (provider.settings.tenants ?? []).map((tenant) => issuer.replace('{tenantid}', tenant))
}

/** `alg` is pinned: a token chooses neither `none` nor a MAC keyed by a public key (RFC 8725 section 3.1). */
function rulesFor({ provider, audiences, algorithms }: AccessTokenSettings, issuers: string[]): JwtRules {
  return {
    algorithms,
    issuers,
    audiences,
    requiredClaims: ['iss', 'aud', 'exp'],
    clockToleranceSeconds: provider.clockToleranceSeconds,
    now: provider.clock(),
  }
}

/**
 * RFC 9068 section 4: `at+jwt` is what keeps an ID token from passing for an access token. Okta and others write `JWT`
 * or nothing: then the claims that only ID tokens and Logout Tokens have must be absent.
 */
function typeFault(typ: unknown, claims: Claims): string | undefined {
  const type = isText(typ) ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (type === 'at+jwt') return undefined
  if (type !== undefined && type !== 'jwt') return 'its typ is not at+jwt'
  const foreign = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'].find((name) => Object.hasOwn(claims, name))
  return foreign === undefined ? undefined : `it has ${foreign}, as ID tokens and Logout Tokens have, and no typ at+jwt`
}

/** What keeps a token of the same provider and audience from being a bearer access token. */
export function kindFault({ cnf, token_use: use, typ }: Claims): string | undefined {
  // RFC 9449 section 7.2, RFC 8705 section 3: a stolen one would work if nobody asked for the proof of its key.
  if (cnf !== undefined) return 'it is bound to a key (cnf), which is not for Bearer'
  // Cognito and Hydra name the kind in `token_use`, Keycloak in `typ`.
  const isOther = (typeof use === 'string' && !use.startsWith('access')) || /^(ID|Refresh|Offline)$/.test(String(typ))
  return isOther ? 'it is not an access token but one of another kind' : undefined
}

/** In the vocabulary of RFC 9068 (`scope`, `client_id`), Okta (`scp`, `cid`), cidaas (`scopes`), Entra (`azp`, `appid`). */
export function toAccessToken(token: string, claims: Claims): AccessToken {
  const { sub } = claims
  const clientId = ['client_id', 'cid', 'azp', 'appid'].map((name) => claims[name]).find(isText)
  const scope = ['scope', 'scp', 'scopes'].map((name) => claims[name]).find((value) => value !== undefined)
  return {
    ...(isText(sub) ? { sub } : {}),
    ...(clientId === undefined ? {} : { clientId }),
    scope: scopeOf(scope),
    claims,
    token,
  }
}

function scopeOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((name) => name !== '')
  return Array.isArray(value) ? value.filter(isText) : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

const reasons: Readonly<Partial<Record<TokenFaultReason, string>>> = {
  expired: 'it has expired',
  alg_not_allowed: 'its alg is not one of algorithms',
  no_matching_key: 'none of the published keys signed it',
  wrong_signature: 'its signature is wrong',
  malformed: 'it is not a JWT',
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof TokenFault)) return 'it cannot be verified'
  const { reason, claim } = cause
  if (reason === 'missing_claim') return `it has no ${claim}`
  if (reason === 'unfit_claim') return `its ${claim} does not fit`
  return reasons[reason] ?? 'it cannot be verified'
}

/** A refusal in the words of RFC 6750 section 3.1; the reason never holds anything of the token. */
export function accessTokenError({ settings }: Provider, reason: string, cause?: unknown): RelyingPartyError {
  const { issuer } = settings
  return new RelyingPartyError('ERR_RP_ACCESS_TOKEN', {
    message: `The access token was refused as one of ${issuer}: ${reason}. Check audience, issuers and algorithms.`,
    cause,
    provider: issuer,
    error: 'invalid_token',
    errorDescription: reason,
  })
}
