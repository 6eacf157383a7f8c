// The public exports of `express-relying-party`, nothing else.
import './express.ts'

export type { RelyingPartyErrorDetails } from './errors.ts'
export { type ErrorTableEntry, errorTable, RelyingPartyError, type RelyingPartyErrorCode } from './errors.ts'
export { errorPage } from './guards/error-page.ts'
export type { RelyingPartyUser, RequestOidc } from './guards/load-user.ts'
export { requireAccessToken } from './guards/require-access-token.ts'
export { requireAuth } from './guards/require-auth.ts'
export type { ErrorMiddleware, HttpRequest, HttpResponse, Middleware, Next } from './http/messages.ts'
export type {
  AssertionAlg,
  AuthorizationParameters,
  ClientAuthentication,
  ClientOptions,
  EndSessionFallback,
  IdTokenSignedResponseAlg,
  Options,
  PrivateKey,
  PrivateKeyJwt,
  ProviderFetch,
  ProviderOptions,
  RouteOptions,
  SessionOptions,
  UserClaims,
} from './options.ts'
export type { AccessTokenAlg, AccessTokenOptions, IntrospectionOptions } from './options-access-token.ts'
export type { AccessToken } from './protocol/access-token.ts'
export type { Claims } from './protocol/claims.ts'
export { relyingParty } from './relying-party.ts'
export type { Store } from './stores/store.ts'
