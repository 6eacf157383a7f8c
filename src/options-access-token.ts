// The options of requireAccessToken(), documented once, and the complete, frozen settings made from them.
import * as v from 'valibot'
import { createLog } from './log.ts'
import type { Options } from './options.ts'
import type { IdTokenSignedResponseAlg, ProviderOptions } from './options-client.ts'
import { relyingPartyAdvice } from './options-foreign-names.ts'
import { completeSoleProvider, soleProviderFaults } from './options-parser.ts'
import { algorithms, connection, type ParsedProvider, providerSchema } from './options-schema.ts'
import type { ProviderSettings } from './options-settings.ts'
import { text } from './options-values.ts'
import { demanded, optionsError, parseStrictly } from './strict-options.ts'

/** Signature algorithms of access tokens: those with a public key (RFC 9068 section 2.1). */
export type AccessTokenAlg = Exclude<IdTokenSignedResponseAlg, `HS${string}`>

/** How this API is registered at the provider, so that it may ask about tokens (RFC 7662 section 2.1). */
export interface IntrospectionOptions {
  /** The client identifier of this API. */
  readonly clientId: string
  /** Its secret. */
  readonly clientSecret: string
  /**
   * Accepts a token of which the provider does not say for whom it is (no `aud` in its answer). Then a token that any
   * client got for any other API of that provider works here too: check `clientId` or the scope.
   *
   * @defaultValue `false`
   */
  readonly allowMissingAudience?: boolean | undefined
}

/**
 * Options of {@link requireAccessToken}. Checked when the guard is made: a missing, misspelt or contradicting option
 * throws a `RelyingPartyError` with the code `ERR_RP_OPTIONS` that names it. `undefined` means absent. The time limits,
 * `fetch`, `dispatcher`, `log` and `clock` are those of {@link Options}.
 *
 * @example
 * ```ts
 * const options: AccessTokenOptions = {
 *   provider: { issuer: 'https://id.example.com' },
 *   audience: 'https://api.example.com',
 *   scope: 'orders:read',
 * }
 * ```
 */
export interface AccessTokenOptions
  extends Pick<Options, 'clockToleranceSeconds' | 'httpTimeoutSeconds' | 'fetch' | 'dispatcher' | 'log' | 'clock'> {
  /**
   * Who issues the tokens: `{ issuer }` or a preset. Of the members on clients only `clientAuthentication` counts, and
   * only with `introspection`.
   */
  readonly provider: ProviderOptions
  /** What `aud` must name: the identifier of this API, or a list of which one is enough. */
  readonly audience: string | readonly string[]
  /**
   * The scope that a token must have, all of it: a text with spaces, or a list. Unlike the other options it must not be
   * `undefined`: leave it out when no scope is needed.
   *
   * @defaultValue none
   */
  readonly scope?: string | readonly string[]
  /** The algorithms in which JWTs are accepted. @defaultValue `['RS256']` */
  readonly algorithms?: readonly AccessTokenAlg[] | undefined
  /**
   * The accepted values of `iss`, for a provider that writes another into access tokens than it announces.
   *
   * @defaultValue the `issuer` of the provider's metadata
   */
  readonly issuers?: readonly string[] | undefined
  /**
   * Asks the provider about every token instead of reading it, for tokens that are opaque to APIs. A good answer is kept
   * for 60 seconds, and never longer than the token lives.
   *
   * @see RFC 7662 (Token Introspection)
   */
  readonly introspection?: IntrospectionOptions | undefined
  /** The `realm` of the challenge (RFC 9110 section 11.5). @defaultValue none */
  readonly realm?: string | undefined
}

/** What the guard reads: complete. */
export interface AccessTokenSettings {
  readonly provider: ProviderSettings
  readonly audiences: readonly string[]
  /** All required. */
  readonly scope: readonly string[]
  readonly algorithms: readonly AccessTokenAlg[]
  /** Undefined: the issuer of the metadata. */
  readonly issuers: readonly string[] | undefined
  readonly introspects: boolean
  readonly allowMissingAudience: boolean
  readonly realm: string | undefined
}

const texts = v.pipe(v.array(text), v.minLength(1, 'must not be empty'))
/** What a quoted-string holds as it is (RFC 9110 section 5.6.4). */
const quotable = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/
/** RFC 6749 section 3.3. */
const scopeNames = v.pipe(
  v.string(),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be scope names, separated by a space'),
)

const schema = v.strictObject({
  ...connection,
  provider: providerSchema,
  audience: v.union([text, texts], 'must be a text or a list'),
  scope: demanded(
    v.union([scopeNames, v.pipe(v.array(scopeNames), v.minLength(1, 'must not be empty'))], 'must be a text or a list'),
  ),
  algorithms: v.optional(v.pipe(v.array(v.picklist([...algorithms, 'EdDSA'])), v.minLength(1, 'must not be empty')), [
    'RS256',
  ]),
  issuers: v.optional(texts),
  introspection: v.optional(
    v.strictObject({ clientId: text, clientSecret: text, allowMissingAudience: v.optional(v.boolean(), false) }),
  ),
  realm: v.optional(v.pipe(v.string(), v.regex(quotable, 'must be printable ASCII without quotes and backslashes'))),
})

type Parsed = v.InferOutput<typeof schema>

// The compiler holds the schema against the documented interface, as in options-schema.ts.
type Unmatched = Exclude<keyof AccessTokenOptions, keyof Parsed> | Exclude<keyof Parsed, keyof AccessTokenOptions>
type Documented = Unmatched extends never
  ? Omit<v.InferInput<typeof schema>, 'provider' | 'audience' | 'scope' | 'algorithms' | 'issuers'>
  : never

/** Checks the options and completes them; throws `ERR_RP_OPTIONS` with every fault found. */
export function parseAccessTokenOptions(options: AccessTokenOptions): AccessTokenSettings {
  const parsed = parseStrictly('requireAccessToken(options)', schema, options satisfies Documented, relyingPartyAdvice)
  const faults = soleProviderFaults(connectionOf(parsed), client(parsed))
  if (faults.length > 0) throw optionsError('requireAccessToken(options)', faults)
  return complete(parsed)
}

/** The provider as this API knows it: nobody signs in, so a preset's words on logins do not count. */
function client({ provider: own, introspection }: Parsed): ParsedProvider {
  const { scope: _scope, userClaims: _userClaims, idTokenSignedResponseAlg: _alg, ...provider } = own
  // `openid` makes discovery want a `jwks_uri`, which introspection can do without.
  if (introspection === undefined) {
    const { clientAuthentication: _method, clientSecret: _secret, ...keysOnly } = provider
    return { ...keysOnly, clientId: 'resource-server', scope: 'openid' }
  }
  return { ...provider, clientId: introspection.clientId, clientSecret: introspection.clientSecret, scope: '' }
}

function connectionOf({ clockToleranceSeconds, httpTimeoutSeconds, fetch, dispatcher, log, clock }: Parsed) {
  return { clockToleranceSeconds, httpTimeoutSeconds, fetch, dispatcher, log, clock }
}

function complete(options: Parsed): AccessTokenSettings {
  const { audience, scope = [], algorithms, issuers, introspection, realm } = options
  return Object.freeze({
    provider: completeSoleProvider({ ...connectionOf(options), log: createLog({ log: options.log }) }, client(options)),
    audiences: Object.freeze([audience].flat()),
    scope: Object.freeze([...new Set([scope].flat().flatMap((names) => names.split(' ')))]),
    algorithms: Object.freeze(algorithms),
    issuers: issuers === undefined ? undefined : Object.freeze(issuers),
    introspects: introspection !== undefined,
    allowMissingAudience: introspection?.allowMissingAudience ?? false,
    realm,
  })
}
