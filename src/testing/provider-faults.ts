// The ways in which the test provider can misbehave, and how two sets of faults become one.

import type { Claims } from './parties.ts'

/** A parameter that every successful authorization response of the test provider has. */
export type AuthorizationParameterName = 'code' | 'state' | 'iss'

/** What is wrong with the authorization response; applied in the order of the members. */
export interface AuthorizationFault {
  /** Answer with this `error` and without a code, e.g. `access_denied`. */
  error?: string
  /** The `error_description` beside `error`. */
  errorDescription?: string
  /** Parameters that get another value. */
  replace?: Record<string, string>
  /** Parameters that are left out. */
  omit?: AuthorizationParameterName[]
  /** Parameters that are sent twice, both times with the same value. */
  duplicate?: string[]
  /** Further parameters. */
  extra?: Record<string, string>
}

/**
 * What is wrong with the answer of an endpoint.
 *
 * `body`, `redirectTo` and a `status` of 400 or more stand in for the endpoint, which does not run: no code and no refresh
 * token is spent. All other members damage the answer on its way, after the endpoint has run: a code sent with the request is spent.
 */
export interface EndpointFault {
  /** The HTTP status. Of 400 or more without `body`: the body is empty. */
  status?: number
  /** The body in place of the real one; an object is sent as JSON. */
  body?: string | object
  /** The Content-Type in place of the real one. Beside `body` the default is `application/json`. */
  contentType?: string
  /** Answer with a redirect (302 unless `status` says otherwise) to this URL. */
  redirectTo?: string
  /** Members of the JSON object that are left out. */
  omit?: string[]
  /** Members of the JSON object that get another value, or are added. */
  replace?: Record<string, unknown>
  /** Fill the body up with spaces (JSON stays valid) to this size (in bytes). */
  bodyBytes?: number
  /** Wait before the answer (in seconds). */
  delaySeconds?: number
  /** Close the connection in place of an answer: the request has arrived and was obeyed, the answer is lost. */
  destroySocket?: boolean
  /** Send the body one byte each 0.2 seconds. */
  drip?: boolean
}

/** Claims to overwrite (the value `undefined` removes one), or a function from the right claims to the ones to sign. */
export type ClaimsFault = Record<string, unknown> | ((claims: Claims) => Claims)

/** What is wrong with the ID Tokens of the token endpoint. */
export interface IdTokenFault {
  /** Claims other than the right ones. `at_hash` is there to overwrite too. */
  claims?: ClaimsFault
  /** Members of the JOSE header to overwrite; `undefined` removes one. Changes what is said, not how it is signed. */
  header?: Record<string, unknown>
  /**
   * - `flipped`: one bit of the right signature is wrong
   * - `other-key`: signed by a key that was never published, under the `kid` of the published one
   * - `none`: `alg` is `none` and the signature is empty
   * - `hmac-public-key`: HS256 with the PEM (SPKI) of the published public key as the secret
   * - `hmac-client-secret`: HS256 with the client secret; for a public client with the empty string
   */
  signature?: 'flipped' | 'other-key' | 'none' | 'hmac-public-key' | 'hmac-client-secret'
  /** Sign, rightly, with this algorithm (RS256, PS256, ES256 or HS256); a new key is published for it when needed. Another name is only put into the header. */
  alg?: string
  /** The `kid` of the header; `null` leaves it out. */
  kid?: string | null
}

/**
 * Everything that can be wrong with the test provider; what is absent is right.
 *
 * @example
 * ```ts
 * provider.misbehave({ token: { status: 503 }, idToken: { claims: { nonce: 'another' } } })
 * ```
 */
export interface TestProviderFaults {
  /** The authorization response. */
  authorization?: AuthorizationFault
  /** The answer of the token endpoint. */
  token?: EndpointFault
  /** The discovery document. */
  discovery?: EndpointFault
  /** The JWK Set. */
  jwks?: EndpointFault
  /** The UserInfo response. */
  userinfo?: EndpointFault
  /** The answer of the end_session_endpoint. */
  endSession?: EndpointFault
  /** The answer of the revocation endpoint. */
  revocation?: EndpointFault
  /** The ID Tokens, of the code and of the refresh token. */
  idToken?: IdTokenFault
}

/** The right claims with the fault applied. */
export function applyClaimsFault(claims: Claims, fault: ClaimsFault | undefined): Claims {
  if (fault === undefined) return claims
  return typeof fault === 'function' ? fault(claims) : { ...claims, ...fault }
}

/** Both sets of faults in one; where they contradict each other the later wins. */
export function mergeFaults(before: TestProviderFaults, after: TestProviderFaults): TestProviderFaults {
  const merged: TestProviderFaults = { ...before, ...after }
  for (const name of ['token', 'discovery', 'jwks', 'userinfo', 'endSession', 'revocation'] as const) {
    const [first, second] = [before[name], after[name]]
    if (first && second) merged[name] = { ...first, ...second, ...mergeShared(first, second) }
  }
  if (before.authorization && after.authorization) {
    merged.authorization = mergeAuthorization(before.authorization, after.authorization)
  }
  if (before.idToken && after.idToken) merged.idToken = mergeIdToken(before.idToken, after.idToken)
  return merged
}

interface SharedFault<Name extends string, Value> {
  omit?: Name[]
  replace?: Record<string, Value>
}

function mergeShared<Name extends string, Value>(
  first: SharedFault<Name, Value>,
  second: SharedFault<Name, Value>,
): SharedFault<Name, Value> {
  const merged: SharedFault<Name, Value> = {}
  if (first.omit || second.omit) merged.omit = [...(first.omit ?? []), ...(second.omit ?? [])]
  if (first.replace || second.replace) merged.replace = { ...first.replace, ...second.replace }
  return merged
}

function mergeAuthorization(first: AuthorizationFault, second: AuthorizationFault): AuthorizationFault {
  const merged: AuthorizationFault = { ...first, ...second, ...mergeShared(first, second) }
  if (first.extra && second.extra) merged.extra = { ...first.extra, ...second.extra }
  if (first.duplicate && second.duplicate) merged.duplicate = [...first.duplicate, ...second.duplicate]
  return merged
}

function mergeIdToken(first: IdTokenFault, second: IdTokenFault): IdTokenFault {
  const merged: IdTokenFault = { ...first, ...second }
  if (first.header && second.header) merged.header = { ...first.header, ...second.header }
  if (first.claims && second.claims) {
    const [one, two] = [first.claims, second.claims]
    merged.claims = (claims) => applyClaimsFault(applyClaimsFault(claims, one), two)
  }
  return merged
}
