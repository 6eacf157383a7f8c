// req.user: who is signed in, as the app sees them.

import type { LoginFacts } from '../session/login-record.ts'
import type { Login } from '../session/login-records.ts'

/** The signed-in person as `req.user`: the validated tokens of this login. Refresh tokens stay on the server. */
export interface RelyingPartyUser {
  /**
   * Subject Identifier: with `claims.iss` the identity (OpenID Connect Core 1.0 section 2).
   * Undefined only at a plain OAuth 2.0 provider without `userClaims`.
   */
  readonly sub: string | undefined
  /** Claims of the validated ID token, and of UserInfo with the option `userinfo`. */
  readonly claims: Readonly<LoginFacts['claims']>
  /** Where this person signed in: the id of the provider, `'default'` when there is only one. */
  readonly provider: string | undefined
  /** The ID token as the provider signed it; undefined at a plain OAuth 2.0 provider. */
  readonly idToken: string | undefined
  /** For calls to APIs in the person's name; `req.oidc.getAccessToken()` makes sure that it is still good. */
  readonly accessToken?: string | undefined
  /** How the access token is sent (RFC 6750). */
  readonly tokenType?: 'Bearer' | undefined
  /** What was granted, separated by spaces. */
  readonly scope: string
  /** When the access token ends: NumericDate (seconds); undefined when the provider did not say. */
  readonly expiresAt?: number | undefined
}

/** Makes the user of one request. */
export function createUser(login: Login, provider: string | undefined): RelyingPartyUser {
  return new User(login, provider)
}

/** Most requests read no token, so they do not pay for one: tokens are deciphered when they are read. */
class User implements RelyingPartyUser {
  readonly sub: string | undefined
  readonly provider: string | undefined
  readonly claims: RelyingPartyUser['claims']
  declare readonly idToken: string | undefined
  declare readonly accessToken: string | undefined
  readonly tokenType: 'Bearer'
  readonly scope: string
  readonly expiresAt: number | undefined
  readonly #login: Login

  constructor(login: Login, provider: string | undefined) {
    const { claims, tokenType, scope, expiresAt } = login.facts
    this.sub = claims.sub
    this.provider = provider
    this.claims = claims
    Object.defineProperty(this, 'idToken', User.#idToken)
    Object.defineProperty(this, 'accessToken', User.#accessToken)
    this.tokenType = tokenType
    this.scope = scope
    this.expiresAt = expiresAt
    this.#login = login
  }

  // The user's own, so that a copy has them too. One function for all users: with one each, V8 keeps each as a dictionary.
  static readonly #idToken: PropertyDescriptor & ThisType<User> = {
    enumerable: true,
    get() {
      return this.#login.record.idToken
    },
  }
  static readonly #accessToken: PropertyDescriptor & ThisType<User> = {
    enumerable: true,
    get() {
      return this.#login.record.accessToken
    },
  }
}
