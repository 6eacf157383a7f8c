// Who takes part in a login at the test provider: clients, the user, and what is said about the user.

/** Claims by name. */
export type Claims = Record<string, unknown>

/** A client (relying party) that is registered at the test provider. */
export interface TestClient {
  /** The `client_id`. */
  clientId: string
  /** The `client_secret`; without one it is a public client (`token_endpoint_auth_method` `none`). */
  clientSecret?: string
  /** The registered redirect URIs, compared byte by byte; without a list every absolute URI is accepted. */
  redirectUris?: string[]
  /** The registered `post_logout_redirect_uris`, compared byte by byte; without a list every absolute URI is accepted. */
  postLogoutRedirectUris?: string[]
}

/** The End-User: a subject and any further claims, which appear both in the ID Token and in the UserInfo response. */
export interface TestUser {
  /** The `sub` claim. */
  sub: string
  [claim: string]: unknown
}
