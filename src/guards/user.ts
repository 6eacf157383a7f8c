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
   * Claims of the validated ID token, and of UserInfo with the option `userinfo`. Frozen, with all that is in them, because
   * the requests of a login share them: copy what you want to sort or change, as in `[...groups].sort()`.
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

/** Makes the user of one request. Most requests read no token, so tokens are deciphered when they are read. */
export function createUser(login: Login, provider: string | undefined): RelyingPartyUser {
  const { claims, tokenType, scope, expiresAt } = login.facts
  const user = { sub: claims.sub, provider, claims }
  Object.defineProperty(user, 'idToken', idTokenProperty)
  Object.defineProperty(user, 'accessToken', accessTokenProperty)
  Object.assign(user, { tokenType, scope, expiresAt })
  return Object.defineProperty(user, readToken, { value: readerOf(login) }) as UserWithTokens
}

/** Not enumerable: copies and logs of the user leave it out. */
const readToken: unique symbol = Symbol('readToken')

type ReadToken = (name: 'idToken' | 'accessToken') => string | undefined
type UserWithTokens = RelyingPartyUser & { readonly [readToken]: ReadToken }

/** It reads these two alone, whatever it is asked for: the refresh token stays on the server. */
function readerOf(login: Login): ReadToken {
  return (name) => (name === 'idToken' ? login.record.idToken : login.record.accessToken)
}

// One function for the tokens of all users: an object literal with getters of its own is a dictionary to V8, for each
// request. Through a symbol, because that can be read through a proxy of the user; apps may delete and redefine them.
const idTokenProperty: PropertyDescriptor & ThisType<UserWithTokens> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[readToken]('idToken')
  },
}
const accessTokenProperty: PropertyDescriptor & ThisType<UserWithTokens> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[readToken]('accessToken')
  },
}
