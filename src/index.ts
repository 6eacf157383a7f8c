// The public exports of `express-relying-party`, nothing else.
import './express.ts'

export {
  type AuthenticationDemand,
  type ErrorTableEntry,
  errorTable,
  type LostLogin,
  type LostLoginReason,
  RelyingPartyError,
  type RelyingPartyErrorCode,
  type RelyingPartyErrorDetails,
} from './errors.ts'
export type { ClaimPredicate, ClaimValue } from './guards/claim-expectation.ts'
export { errorPage } from './guards/error-page.ts'
export type { OnUnauthenticated, RequireAuthOptions } from './guards/guard-options.ts'
export { keepAccessTokenFresh } from './guards/keep-access-token-fresh.ts'
export type { AccessTokenRequest, LoginOptions, LogoutOptions, RequestOidc } from './guards/request-oidc.ts'
export { requireAccessToken } from './guards/require-access-token.ts'
export { requireAuth } from './guards/require-auth.ts'
export { requireClaim, requireScope } from './guards/require-claim.ts'
export type { RelyingPartyUser } from './guards/user.ts'
export type { ErrorMiddleware, HttpRequest, HttpResponse, Middleware, Next } from './http/messages.ts'
export type { EntryLogger, LogFields, Logger, LogLevel, RelyingPartyWarningCode } from './log-lines.ts'
export type {
  LoginRateOptions,
  Options,
  RefreshFailurePolicy,
  RefreshOptions,
  RouteOptions,
  SessionOptions,
} from './options.ts'
export type { AccessTokenAlg, AccessTokenOptions, IntrospectionOptions } from './options-access-token.ts'
export type {
  AssertionAlg,
  AuthorizationParameters,
  ClientAuthentication,
  ClientOptions,
  EndSessionFallback,
  IdTokenSignedResponseAlg,
  PrivateJwk,
  PrivateKey,
  PrivateKeyJwt,
  ProviderDispatcher,
  ProviderFetch,
  ProviderOptions,
  ResponseMode,
  UserClaims,
} from './options-client.ts'
export type { AccessToken } from './protocol/access-token.ts'
export type { Claims } from './protocol/claims.ts'
export { type RelyingParty, relyingParty } from './relying-party.ts'
export type { LogoutTarget } from './session/epochs.ts'
export { memoryStore } from './stores/memory-store.ts'
export {
  type PostgresPool,
  type PostgresResult,
  type PostgresStoreOptions,
  postgresStore,
} from './stores/postgres-store.ts'
export { type RedisClient, type RedisStoreOptions, redisStore } from './stores/redis-store.ts'
export type { Store, StoreLife } from './stores/store.ts'
