// Options -> settings: the schema, the rules between options, and errors that name the option and its nearest name.
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { RelyingPartyError } from './errors.ts'
import { isSecureUrl } from './http/secure-url.ts'
import type { Options, Settings } from './options.ts'

/** Parameters that are ours in every request; an option or a request never sets them (threat V25). */
export const reservedParameters: readonly string[] = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
]

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'))
const seconds = v.pipe(v.number(), v.finite('must be finite'), v.minValue(0, 'must not be negative'))
const positiveSeconds = v.pipe(v.number(), v.finite('must be finite'), v.gtValue(0, 'must be more than 0'))
const path = v.pipe(v.string(), v.regex(/^\/(?![/\\])[^?#\s\\]*$/, "must be a path: '/' first, no query"))
const callbackPath = v.union([v.literal(''), path], "must be a path: '/' first, no query; or ''")
const secret = v.pipe(v.string(), v.minLength(16, 'must have at least 16 characters; use 32 random bytes'))
const url = v.pipe(
  v.string(),
  v.check((value) => !/[{}<>\s]/.test(value), 'still holds a placeholder or white space'),
  v.check((value) => URL.canParse(value) && /^https?:\/\/[^/\\]/i.test(value), 'must be an http(s) URL'),
  v.check(
    (value) => !/[?#]/.test(value) && !/^[^/]*\/\/[^/]*@/.test(value),
    'must have no query, fragment or credentials',
  ),
)
const parameters = v.pipe(
  v.record(v.string(), v.string('must be a string')),
  v.check(
    (given) => reservedParameters.every((name) => !(name in given)),
    `must not set what the middleware sets itself (${reservedParameters.join(', ')})`,
  ),
)

function callable<Type>() {
  return v.custom<Type>((value) => typeof value === 'function', 'must be a function')
}

function objectWith<Type>(...methods: string[]) {
  const has = (value: unknown, name: string) => typeof Object(value)[name] === 'function'
  return v.custom<Type>((value) => methods.every((name) => has(value, name)), `must have ${methods.join(', ')}()`)
}

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const
const hmacAlgorithms = ['HS256', 'HS384', 'HS512'] as const

const schema = v.strictObject({
  provider: v.strictObject({
    issuer: url,
    allowInsecureRequests: v.optional(v.boolean(), false),
    keyRefetchCooldownSeconds: v.optional(seconds, 30),
  }),
  clientId: text,
  clientSecret: v.optional(text),
  clientAuthentication: v.optional(v.picklist(['client_secret_basic', 'client_secret_post', 'none'])),
  baseUrl: url,
  secret: v.optional(v.union([secret, v.pipe(v.array(secret), v.minLength(1, 'must not be empty'))])),
  scope: v.optional(text, 'openid'),
  authorizationParameters: v.optional(
    v.union(
      [parameters, callable<Settings['authorizationParameters']>()],
      'must be an object of strings, or a function',
    ),
    {},
  ),
  userinfo: v.optional(v.boolean(), false),
  idTokenSignedResponseAlg: v.optional(v.picklist([...algorithms, 'EdDSA', ...hmacAlgorithms]), 'RS256'),
  clockToleranceSeconds: v.optional(seconds, 30),
  httpTimeoutSeconds: v.optional(positiveSeconds, 10),
  fetch: v.optional(callable<NonNullable<Options['fetch']>>()),
  dispatcher: v.optional(objectWith<NonNullable<Options['dispatcher']>>('request')),
  routes: v.optional(
    v.strictObject({
      login: v.optional(v.union([v.literal(false), path], 'must be a path or false'), '/login'),
      callback: v.optional(callbackPath, '/callback'),
      logout: v.optional(v.union([v.literal(false), path], 'must be a path or false'), '/logout'),
      postLogout: v.optional(path, '/'),
    }),
    {},
  ),
  session: v.optional(v.strictObject({ absoluteSeconds: v.optional(positiveSeconds, 604_800) }), {}),
  store: v.optional(objectWith<NonNullable<Options['store']>>('get', 'set', 'delete')),
  clock: v.optional(callable<() => number>()),
})

type Parsed = v.InferOutput<typeof schema>

type Input = v.InferInput<typeof schema>

// The compiler holds the schema against the documented interface: the same names, and every documented value accepted
// (`secret` aside: an array is readonly there and a schema cannot say so).
type Unmatched = Exclude<keyof Options, keyof Input> | Exclude<keyof Input, keyof Options>
type Documented = [Unmatched] extends [never] ? Omit<Input, 'secret'> : never

/** Checks the options and completes them; throws `ERR_RP_OPTIONS` with every fault found. */
export function parseOptions(options: Options): Settings {
  const result = v.safeParse(schema, options satisfies Documented)
  const faults = result.success ? contradictions(result.output) : result.issues.map(describeIssue)
  if (!result.success || faults.length > 0) throw optionsError(faults)
  return freeze(complete(result.output))
}

/** The rules between options, in the order of the documentation. */
function contradictions(options: Parsed): string[] {
  const { provider, clientSecret, clientAuthentication, routes } = options
  const own = [routes.login, routes.callback, routes.logout].filter((route) => route !== false)
  const rules: [broken: boolean, fault: string][] = [
    [
      !(isSecureUrl(new URL(provider.issuer)) || provider.allowInsecureRequests),
      'provider.issuer must be https: (http: only on loopback, or with provider.allowInsecureRequests)',
    ],
    [
      // openid-client would read such a URL as it is, and compare the issuer with nothing.
      provider.issuer.includes('/.well-known/'),
      'provider.issuer must be the issuer itself, not the URL of its metadata: leave out /.well-known/ and the rest',
    ],
    [
      clientAuthentication?.startsWith('client_secret') === true && clientSecret === undefined,
      `clientAuthentication '${clientAuthentication}' needs a clientSecret`,
    ],
    [clientAuthentication === 'none' && clientSecret !== undefined, "clientAuthentication 'none' has no clientSecret"],
    [
      options.idTokenSignedResponseAlg.startsWith('HS') && clientSecret === undefined,
      `idTokenSignedResponseAlg '${options.idTokenSignedResponseAlg}' needs a clientSecret`,
    ],
    [!options.scope.split(' ').includes('openid'), "scope must contain 'openid'"],
    [options.fetch !== undefined && options.dispatcher !== undefined, 'fetch and dispatcher exclude each other'],
    [new Set(own).size < own.length, 'routes.login, routes.callback and routes.logout must differ'],
    [
      options.secret === undefined && process.env['NODE_ENV'] === 'production',
      'secret is required with NODE_ENV=production: it seals what is stored, and every process needs the same',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, fault]) => fault)
}

function complete(options: Parsed): Settings {
  const { clientSecret, authorizationParameters, secret: secrets = developmentSecret() } = options
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const { origin, pathname } = new URL(baseUrl)
  return {
    ...options,
    clientSecret,
    clientAuthentication: options.clientAuthentication ?? (clientSecret === undefined ? 'none' : 'client_secret_basic'),
    baseUrl,
    origin,
    basePath: pathname === '/' ? '' : pathname,
    redirectUri: baseUrl + options.routes.callback,
    postLogoutRedirectUri: baseUrl + options.routes.postLogout,
    secrets: typeof secrets === 'string' ? [secrets] : secrets,
    authorizationParameters:
      typeof authorizationParameters === 'function' ? authorizationParameters : () => authorizationParameters,
    fetch: options.fetch,
    dispatcher: options.dispatcher,
    store: options.store,
    clock: options.clock ?? systemClock,
  }
}

function systemClock(): number {
  return Math.floor(Date.now() / 1000)
}

function developmentSecret(): string {
  process.emitWarning('no `secret` was given: a random one is used, and a restart signs everybody out', {
    type: 'ExpressRelyingPartyWarning',
    code: 'WARN_RP_SECRET',
  })
  return randomBytes(32).toString('base64url')
}

/** One clause a fault. Built from what was expected, never from what was given: that may be a secret. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => String(item.key))
  const name = keys.join('.') || 'options'
  if (issue.type === 'strict_object' && issue.expected === 'never') return `unknown option ${name}${hint(keys)}`
  if (issue.received === 'undefined') return `${name} is required`
  const expected = issue.expected === 'Object' ? 'an object' : issue.expected
  return `${name} ${issue.message.startsWith('Invalid ') ? `must be ${expected}` : issue.message}`
}

function hint(keys: readonly string[]): string {
  const known = namesAt(keys.slice(0, -1))
  const nearest = nearestName(keys.at(-1) ?? '', known)
  return nearest === undefined
    ? ` (known: ${known.join(', ')})`
    : `: did you mean ${[...keys.slice(0, -1), nearest].join('.')}?`
}

function namesAt(keys: readonly string[]): string[] {
  let entries: Record<string, unknown> = schema.entries
  for (const key of keys) {
    const { wrapped = entries[key] } = entries[key] as { wrapped?: unknown }
    entries = (wrapped as { entries?: Record<string, unknown> }).entries ?? {}
  }
  return Object.keys(entries)
}

/** The known name with the fewest edits (Levenshtein), when they are few enough to be a slip of the pen. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [rowIndex, character] of [...left].entries()) {
    const next = [rowIndex + 1]
    for (const [column, other] of [...right].entries()) {
      const substitution = (row[column] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min(substitution, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function optionsError(faults: readonly string[]): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_OPTIONS', { message: `relyingParty(options): ${faults.join('; ')}` })
}

/** Settings are shared by all requests: nobody may change them (what users injected stays theirs). */
function freeze(settings: Settings): Settings {
  for (const group of [settings.provider, settings.routes, settings.session, settings.secrets]) Object.freeze(group)
  return Object.freeze(settings)
}
