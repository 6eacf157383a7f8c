// Who signed in: the claims of the ID token, completed by UserInfo; or of a plain OAuth 2.0 provider's user endpoint.
import type { Provider } from '../providers/provider.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type IdTokenClaims, validateIdToken } from './id-token.ts'
import { readUnverifiedClaims } from './jwt.ts'
import type { Tokens } from './token-request.ts'
import { hasUserinfoEndpoint, requestUserClaims, requestUserinfo } from './userinfo.ts'

/** What is known of a signed-in person. `iss` and `sub` together are the identity, never an e-mail address. */
export interface Claims {
  readonly iss: string
  /** Absent only at a plain OAuth 2.0 provider without `userClaims`. */
  readonly sub?: string
  readonly [claim: string]: unknown
}

/** Establishes who the tokens are for; throws `ERR_RP_ID_TOKEN`, `ERR_RP_USERINFO` or `ERR_RP_PROVIDER_UNAVAILABLE`. */
export async function identify(provider: Provider, tokens: Tokens, request: AuthorizationRequest): Promise<Claims> {
  const { idToken, accessToken } = tokens
  if (idToken === undefined) return await plainClaims(provider, accessToken)
  return await completeClaims(provider, accessToken, await validateIdToken(provider, idToken, accessToken, request))
}

/** Claims about this authentication: they count only when they are signed. (`__proto__` is no claim of anybody.) */
const protocolClaims = new Set(
  ['iss', 'aud', 'azp', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'at_hash', 'c_hash'].concat([
    'auth_time',
    'acr',
    'amr',
    'sid',
    'session_expiry',
    '__proto__',
  ]),
)

/** The ID token's own claims win: they are signed, the UserInfo is not. The nonce has done its work and shows nowhere. */
async function completeClaims(
  provider: Provider,
  accessToken: string,
  { nonce: _nonce, ...claims }: IdTokenClaims,
): Promise<Claims> {
  if (!provider.settings.userinfo || !(await hasUserinfoEndpoint(provider))) return claims
  const profile = Object.entries(await requestUserinfo(provider, accessToken, claims.sub))
  return { ...Object.fromEntries(profile.filter(([name]) => !protocolClaims.has(name))), ...claims }
}

async function plainClaims(provider: Provider, accessToken: string): Promise<Claims> {
  const { issuer, userClaims } = provider.settings
  if (userClaims === undefined) return { iss: issuer }
  return { ...(await requestUserClaims(provider, accessToken, userClaims)), iss: issuer }
}

/** Claims about the authentication that this login is of. A refresh changes none: it never makes a login newer or stronger. */
const authenticationClaims: readonly string[] = ['auth_time', 'acr', 'amr']
/** Claims about the session at the provider, which a refreshed ID token may leave out or change. */
const sessionClaims: readonly string[] = ['sid', 'session_expiry']

/**
 * The claims after a refresh: those of the new ID token replace those of the old one, so that a role that was withdrawn is
 * gone. What UserInfo said at login stays, and what the first ID token said about the authentication.
 */
export function renewClaims(
  { claims, idToken }: { readonly claims: Claims; readonly idToken: string | undefined },
  renewed: Claims | undefined,
): Claims {
  if (renewed === undefined || idToken === undefined) return claims
  const earlier = readUnverifiedClaims(idToken)
  const lasting = [...authenticationClaims, ...sessionClaims]
  const kept = Object.entries(claims).filter(([name]) => !Object.hasOwn(earlier, name) || lasting.includes(name))
  const signed = Object.entries(renewed).filter(([name]) => name !== 'nonce' && !authenticationClaims.includes(name))
  return { ...Object.fromEntries([...kept, ...signed]), iss: renewed.iss }
}
