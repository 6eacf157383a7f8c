// An ID token that came with a refresh is held against the first one (OpenID Connect Core 1.0 section 12.2).
import type { Provider } from '../providers/provider.ts'
import type { Claims } from './claims.ts'
import { type IdTokenClaims, validateClaims } from './id-token.ts'

/** What is kept of the ID token of the login. */
export interface FirstIdToken {
  readonly claims: Claims
  readonly nonce: string | undefined
}

/** Validates it like the first, but for what only an authentication response has; throws `ERR_RP_ID_TOKEN`. */
export async function validateRefreshedIdToken(
  provider: Provider,
  idToken: string,
  accessToken: string,
  first: FirstIdToken,
): Promise<IdTokenClaims> {
  return await validateClaims(provider, { idToken, accessToken }, (claims) => {
    const fault = faultsOf(claims, first).find(([broken]) => broken)?.[1]
    if (fault !== undefined) throw new TypeError(fault)
  })
}

/** In the order of the section; `aud` and `azp` name this client again, or it would not have come so far. */
function faultsOf(claims: IdTokenClaims, { claims: first, nonce }: FirstIdToken): [broken: boolean, fault: string][] {
  const { iss, sub, auth_time: authTime } = claims
  return [
    [iss !== first.iss || sub !== first.sub, 'its iss and sub are not those of the login'],
    [isOther(authTime, first['auth_time']), 'its auth_time is not that of the login'],
    [claims['nonce'] !== undefined && claims['nonce'] !== nonce, 'its nonce is not that of the login'],
  ]
}

function isOther(value: unknown, first: unknown): boolean {
  return value !== undefined && first !== undefined && value !== first
}
