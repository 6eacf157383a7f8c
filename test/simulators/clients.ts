// The registered clients: what an administrator can set for an application at one of the vendors.

/** How a client proves itself at the token endpoint. */
export type ClientAuthenticationMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'

/**
 * - `optional`: no challenge is needed, any method is good
 * - `required`: a challenge is needed, any method is good
 * - `s256-required`: a challenge is needed, by S256
 * - `no-plain`: no challenge is needed, but one that comes must be by S256
 */
export type PkcePolicy = 'optional' | 'required' | 's256-required' | 'no-plain'

/** What a refresh request does to the refresh token; `none`: the application has no refresh grant. */
export type RefreshMode = 'none' | 'same' | 'rotate'

/** One registered application. */
export interface SimulatorClient {
  readonly clientId: string
  /** Absent for a public client and for `private_key_jwt`. */
  readonly clientSecret?: string
  readonly method: ClientAuthenticationMethod
  /** The public keys for `private_key_jwt`. */
  readonly jwks?: { readonly keys: readonly object[] }
  /** Compared byte by byte. */
  readonly redirectUris: readonly string[]
  /** Compared byte by byte; not used where the redirect URIs are the post-logout URIs as well (wire 1.8). */
  readonly postLogoutRedirectUris: readonly string[]
  readonly pkce: PkcePolicy
  readonly refresh: RefreshMode
  /** With `rotate`: how long a rotated refresh token may be sent again. */
  readonly refreshGraceSeconds: number
  /** With `rotate`: how often, within the grace, a rotated refresh token may be sent again. */
  readonly refreshReplayLimit: number
  /** Whether reuse of a rotated refresh token ends all tokens of the login. */
  readonly isFamilyRevokedByReuse: boolean
  readonly accessTokenFormat: 'opaque' | 'jwt'
  readonly isParRequired: boolean
  /** Whether tokens are bound to a DPoP key. */
  readonly isDpopRequired: boolean
  /** Whether the session may be ended without its cookie (PingOne's `idpSignoff`). */
  readonly isIdpSignoffAllowed: boolean
  readonly backchannelLogoutUri?: string
  readonly isBackchannelLogoutSessionRequired: boolean
  readonly frontchannelLogoutUri?: string
}

/** What a test may say about a client; the rest is the vendor's sample application. */
export type ClientOptions = Partial<SimulatorClient>

/** The settings that most applications have at every vendor. */
export const ordinaryClient = {
  postLogoutRedirectUris: [],
  refreshGraceSeconds: 0,
  refreshReplayLimit: 3,
  isFamilyRevokedByReuse: false,
  isParRequired: false,
  isDpopRequired: false,
  isIdpSignoffAllowed: false,
  isBackchannelLogoutSessionRequired: false,
} as const

/** The options over the sample; a secret and a method that contradict each other are never combined. */
export function completeClient(sample: SimulatorClient, options: ClientOptions): SimulatorClient {
  const method = options.method ?? (options.clientSecret === undefined ? sample.method : secretMethod(sample.method))
  const { clientSecret: sampleSecret, ...rest } = sample
  const clientSecret = options.clientSecret ?? sampleSecret
  const client = { ...rest, ...options, method }
  if (!hasSecret(method)) return client
  if (clientSecret === undefined) throw new Error(`A client of method ${method} needs a clientSecret.`)
  return { ...client, clientSecret }
}

function secretMethod(method: ClientAuthenticationMethod): ClientAuthenticationMethod {
  return hasSecret(method) ? method : 'client_secret_basic'
}

function hasSecret(method: ClientAuthenticationMethod): boolean {
  return method.startsWith('client_secret')
}
