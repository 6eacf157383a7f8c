// The settings made from the options: complete and frozen, so that no default is decided anywhere else.
import type { RelyingPartyError } from './errors.ts'
import type { HttpRequest } from './http/messages.ts'
import type { Log } from './log.ts'
import type { LoginRateOptions, RefreshFailurePolicy, SessionOptions } from './options.ts'
import type { BaseUrlSettings } from './options-base-url.ts'
import type {
  AuthorizationParameters,
  ClientAuthentication,
  EndSessionFallback,
  IdTokenSignedResponseAlg,
  ProviderDispatcher,
  ProviderFetch,
  ResponseMode,
  UserClaims,
} from './options-client.ts'
import type { Store } from './stores/store.ts'

/** One provider and our registration there, complete. */
export interface ProviderSettings {
  readonly id: string
  /**
   * Names this client at this provider (a hash of id, issuer and client id): logins and logins in flight are bound to it,
   * so that one of another configuration, or of another middleware in the same app, counts for nothing here (threat V19).
   */
  readonly registration: string
  readonly name: string
  readonly issuer: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly allowInsecureRequests: boolean
  readonly ca: string | undefined
  readonly keyRefetchCooldownSeconds: number
  readonly clientAssertionAudience: 'issuer' | 'token_endpoint'
  readonly tenants: readonly string[] | undefined
  readonly requiresIdTokenHint: boolean
  readonly strictRefreshedIdTokens: boolean
  readonly endSessionFallback: EndSessionFallback | undefined
  readonly userClaims: ((answer: Readonly<Record<string, unknown>>) => UserClaims) | undefined
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** Undefined: with the secret, in the way that the metadata offers. */
  readonly clientAuthentication: ClientAuthentication | undefined
  readonly scope: string
  readonly authorizationParameters: (request: HttpRequest) => AuthorizationParameters
  readonly responseMode: ResponseMode
  readonly userinfo: boolean
  readonly idTokenSignedResponseAlg: IdTokenSignedResponseAlg
  /** Below the mount; behind the `baseUrl` of a request it is the redirect URI. */
  readonly callbackPath: string
  readonly clockToleranceSeconds: number
  readonly httpTimeoutSeconds: number
  readonly fetch: ProviderFetch | undefined
  readonly dispatcher: ProviderDispatcher | undefined
  readonly clock: () => number
  readonly log: Log
}

/** Everything the rest of the code reads: complete, so that no default is decided anywhere else. */
export interface Settings extends BaseUrlSettings {
  /** At least one. */
  readonly providers: readonly ProviderSettings[]
  readonly secrets: readonly string[]
  readonly routes: {
    readonly login: string | false
    readonly initiateLogin: string | false
    readonly callback: string
    readonly resumePost: string
    readonly logout: string | false
    readonly postLogout: string
    readonly backchannelLogout: string | false
    readonly frontchannelLogout: string | false
  }
  readonly forwardLoginParameters: readonly string[]
  readonly session: Readonly<Record<keyof SessionOptions, number>>
  /** Undefined: nobody is asked silently. */
  readonly silentLogin: ((request: HttpRequest) => boolean | Promise<boolean>) | undefined
  readonly loginRate: Readonly<Record<keyof LoginRateOptions, number>>
  readonly refresh: {
    readonly beforeExpirySeconds: number
    readonly onFailure: (
      error: RelyingPartyError,
      request: HttpRequest,
    ) => RefreshFailurePolicy | Promise<RefreshFailurePolicy>
  }
  readonly apiOrigins: readonly string[]
  readonly store: Store | undefined
  readonly clock: () => number
  readonly log: Log
}

/** Whether an ID token is asked for, and so expected (OpenID Connect Core 1.0 section 3.1.2.1). */
export function isOpenId({ scope }: Pick<ProviderSettings, 'scope'>): boolean {
  return scope.split(' ').includes('openid')
}

/** Some metadata have a slash at the end of the issuer, and people leave it out: both name the same provider. */
export function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '')
}
