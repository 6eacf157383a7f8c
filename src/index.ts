// The public exports of `express-relying-party`, nothing else.
import './express.ts'

export type { RelyingPartyErrorDetails } from './errors.ts'
export { type ErrorTableEntry, errorTable, RelyingPartyError, type RelyingPartyErrorCode } from './errors.ts'
export { errorPage } from './guards/error-page.ts'
export type { RelyingPartyUser, RequestOidc } from './guards/load-user.ts'
export { requireAuth } from './guards/require-auth.ts'
export type { ErrorMiddleware, HttpRequest, HttpResponse, Middleware, Next } from './http/messages.ts'
export type {
  AuthorizationParameters,
  ClientAuthentication,
  IdTokenSignedResponseAlg,
  Options,
  ProviderFetch,
  ProviderOptions,
  RouteOptions,
  SessionOptions,
} from './options.ts'
export type { IdTokenClaims } from './protocol/id-token.ts'
export { relyingParty } from './relying-party.ts'
export type { Store } from './stores/store.ts'
