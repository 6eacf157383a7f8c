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
  /**
   * Claims of the validated ID token, and of UserInfo with the option `userinfo`. Frozen, because the requests of a login
   * share them: what an app adds for a request goes beside them.
   */
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

/** Not enumerable: copies and logs of the user leave it out. */
const readToken: unique symbol = Symbol('readToken')

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
  declare readonly [readToken]: (name: 'idToken' | 'accessToken') => string | undefined

  constructor(login: Login, provider: string | undefined) {
    const { claims, tokenType, scope, expiresAt } = login.facts
    this.sub = claims.sub
    this.provider = provider
    this.claims = claims
    Object.defineProperty(this, 'idToken', idTokenProperty)
    Object.defineProperty(this, 'accessToken', accessTokenProperty)
    this.tokenType = tokenType
    this.scope = scope
    this.expiresAt = expiresAt
    Object.defineProperty(this, readToken, { value: (name: 'idToken' | 'accessToken') => login.record[name] })
  }
}

// The user's own, so that copies have the tokens too; not private members, which a proxy of the user could not read. One
// function for all users: an object literal with a getter of its own is a dictionary to V8, for each request.
const idTokenProperty: PropertyDescriptor & ThisType<User> = {
  enumerable: true,
  get() {
    return this[readToken]('idToken')
  },
}
const accessTokenProperty: PropertyDescriptor & ThisType<User> = {
  enumerable: true,
  get() {
    return this[readToken]('accessToken')
  },
}
