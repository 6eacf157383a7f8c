// The schema of the options, held against the documented interface by the compiler.
import * as v from 'valibot'
import type { HttpRequest } from './http/messages.ts'
import type { Options, RefreshOptions } from './options.ts'
import type { PrivateKey, ProviderOptions } from './options-client.ts'
import type { ProviderSettings, Settings } from './options-settings.ts'
import {
  apiOrigin,
  callable,
  callbackPath,
  forwardedParameter,
  logger,
  objectWith,
  parameters,
  path,
  pathOrFalse,
  positiveSeconds,
  seconds,
  secret,
  tenYears,
  text,
  url,
} from './options-values.ts'

export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const
const hmacAlgorithms = ['HS256', 'HS384', 'HS512'] as const
const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

const clientAuthentication = v.union(
  [
    v.picklist(['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none']),
    v.strictObject({
      privateKeyJwt: v.custom<PrivateKey>(
        (key) => typeof key === 'string' || Object(key) === key,
        'must be a private key',
      ),
      alg: v.optional(v.picklist(assertionAlgorithms)),
      kid: v.optional(text),
    }),
  ],
  "must be 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none' or { privateKeyJwt }",
)

const client = {
  clientId: v.optional(text),
  clientSecret: v.optional(text),
  clientAuthentication: v.optional(clientAuthentication),
  scope: v.optional(v.string()),
  authorizationParameters: v.optional(
    v.union(
      [parameters, callable<ProviderSettings['authorizationParameters']>()],
      'must be an object of strings, or a function',
    ),
  ),
  responseMode: v.optional(v.picklist(['query', 'form_post'])),
  userinfo: v.optional(v.boolean()),
  idTokenSignedResponseAlg: v.optional(v.picklist([...algorithms, 'EdDSA', ...hmacAlgorithms])),
}

const provider = v.strictObject({
  ...client,
  issuer: url,
  name: v.optional(text),
  metadata: v.optional(v.record(v.string(), v.unknown())),
  allowInsecureRequests: v.optional(v.boolean(), false),
  ca: v.optional(text),
  keyRefetchCooldownSeconds: v.optional(seconds, 30),
  clientAssertionAudience: v.optional(v.picklist(['issuer', 'token_endpoint']), 'issuer'),
  tenants: v.optional(v.array(text)),
  requiresIdTokenHint: v.optional(v.boolean(), false),
  strictRefreshedIdTokens: v.optional(v.boolean(), false),
  endSessionFallback: v.optional(v.strictObject({ url, redirectParameter: text })),
  userClaims: v.optional(callable<NonNullable<ProviderSettings['userClaims']>>()),
})

const providerId = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'must have an id of letters, digits, - and _'))

/** A provider that has the right types, with its defaults. */
export type ParsedProvider = Filled<
  ProviderOptions,
  | 'allowInsecureRequests'
  | 'keyRefetchCooldownSeconds'
  | 'clientAssertionAudience'
  | 'requiresIdTokenHint'
  | 'strictRefreshedIdTokens'
>

/** The schema of {@link ProviderOptions}. */
export const providerSchema: v.GenericSchema<unknown, ParsedProvider> = provider

/** How requests to providers are sent, and when it is. */
export const connection: {
  readonly clockToleranceSeconds: v.OptionalSchema<v.GenericSchema<number>, number>
  readonly httpTimeoutSeconds: v.OptionalSchema<v.GenericSchema<number>, number>
  readonly fetch: v.OptionalSchema<v.GenericSchema<NonNullable<Options['fetch']>>, undefined>
  readonly dispatcher: v.OptionalSchema<v.GenericSchema<NonNullable<Options['dispatcher']>>, undefined>
  readonly log: v.OptionalSchema<v.GenericSchema<NonNullable<Options['log']>>, undefined>
  readonly clock: v.OptionalSchema<v.GenericSchema<() => number>, undefined>
} = {
  clockToleranceSeconds: v.optional(seconds, 30),
  httpTimeoutSeconds: v.optional(positiveSeconds(600), 10),
  fetch: v.optional(callable<NonNullable<Options['fetch']>>()),
  dispatcher: v.optional(objectWith<NonNullable<Options['dispatcher']>>('request')),
  log: v.optional(logger),
  clock: v.optional(callable<() => number>()),
}

const options = v.strictObject({
  provider: v.optional(provider),
  providers: v.optional(v.record(providerId, provider)),
  ...client,
  baseUrl: v.union([url, v.pipe(v.array(url), v.minLength(1, 'must not be empty'))]),
  secret: v.optional(v.union([secret, v.pipe(v.array(secret), v.minLength(1, 'must not be empty'))])),
  ...connection,
  routes: v.optional(
    v.strictObject({
      login: v.optional(pathOrFalse, '/login'),
      initiateLogin: v.optional(pathOrFalse, false),
      callback: v.optional(callbackPath, '/callback'),
      resumePost: v.optional(path, '/resume-post'),
      logout: v.optional(pathOrFalse, '/logout'),
      postLogout: v.optional(path, '/'),
      backchannelLogout: v.optional(pathOrFalse, '/backchannel-logout'),
      frontchannelLogout: v.optional(pathOrFalse, '/frontchannel-logout'),
    }),
    {},
  ),
  forwardLoginParameters: v.optional(v.array(forwardedParameter), []),
  session: v.optional(
    v.strictObject({
      idleSeconds: v.optional(positiveSeconds(tenYears), 86_400),
      absoluteSeconds: v.optional(positiveSeconds(tenYears), 604_800),
    }),
    {},
  ),
  silentLogin: v.optional(
    v.union(
      [v.boolean(), callable<(request: HttpRequest) => boolean | Promise<boolean>>()],
      'must be a boolean or a function',
    ),
    false,
  ),
  loginRate: v.optional(
    v.strictObject({
      starts: v.optional(
        v.pipe(
          v.number(),
          v.integer('must be a whole number'),
          v.minValue(1, 'must be at least 1'),
          v.maxValue(16, 'must be at most 16'), // more are not kept in a session
        ),
        10,
      ),
      withinSeconds: v.optional(positiveSeconds(3600), 60),
    }),
    {},
  ),
  refresh: v.optional(
    v.strictObject({
      beforeExpirySeconds: v.optional(seconds, 60),
      onFailure: v.optional(
        v.union(
          [v.picklist(['end', 'keep']), callable<Settings['refresh']['onFailure']>()],
          "must be 'end', 'keep' or a function",
        ),
        'end',
      ),
    }),
    {},
  ),
  apiOrigins: v.optional(v.array(apiOrigin), []),
  store: v.optional(objectWith<NonNullable<Options['store']>>('get', 'set', 'delete')),
})

type Filled<Type, Name extends keyof Type> = Omit<Type, Name> & {
  readonly [Key in Name]-?: Exclude<Type[Key], undefined>
}

/** Options that have the right types, with their defaults; the rules between them are not checked yet. */
export interface ParsedOptions
  extends Filled<
    Omit<Options, 'provider' | 'providers' | 'routes' | 'session' | 'loginRate' | 'refresh'>,
    'clockToleranceSeconds' | 'httpTimeoutSeconds' | 'forwardLoginParameters' | 'apiOrigins' | 'silentLogin'
  > {
  readonly provider?: ParsedProvider | undefined
  readonly providers?: Readonly<Record<string, ParsedProvider>> | undefined
  readonly routes: Settings['routes']
  readonly session: Settings['session']
  readonly loginRate: Settings['loginRate']
  readonly refresh: Filled<RefreshOptions, 'beforeExpirySeconds' | 'onFailure'>
}

/** The schema of {@link Options}. */
export const optionsSchema: v.GenericSchema<unknown, ParsedOptions> = options

type Input = v.InferInput<typeof options>

// The compiler holds the schema against the documented interface: the same names, and every documented value accepted
// (lists are readonly there, and a schema cannot say so).
type Unmatched<Left, Right> = Exclude<keyof Left, keyof Right> | Exclude<keyof Right, keyof Left>
type SameNames = [Unmatched<Options, Input>, Unmatched<ProviderOptions, v.InferInput<typeof provider>>]
type Accepted = Omit<Input, 'provider' | 'providers' | 'baseUrl' | 'secret' | 'forwardLoginParameters' | 'apiOrigins'>

/** The documented options; `never` when the schema does not fit them. */
type Documented = SameNames extends [never, never] ? Accepted : never

/** The options, for the schema: the compiler makes sure that it accepts all that is documented. */
export function asSchemaInput(given: Options): unknown {
  return given satisfies Documented
}
