// Options -> settings: the rules between options, the defaults, and one error that names every fault.
import { hash } from 'node:crypto'
import { isLoopback, isSecureUrl } from './http/secure-url.ts'
import { createLog, type Log } from './log.ts'
import type { Options } from './options.ts'
import { baseUrlRules, completeBaseUrl } from './options-base-url.ts'
import { checkTypes } from './options-check.ts'
import type { ClientAuthentication, ClientOptions } from './options-client.ts'
import type { connection, ParsedOptions, ParsedProvider } from './options-schema.ts'
import { isOpenId, type ProviderSettings, type Settings } from './options-settings.ts'
import { developmentSecret, macKeyRules, warnOfInsecureBaseUrl, warnOfShortMacKey } from './options-strength.ts'
import { type OptionFault, optionsError } from './strict-options.ts'

/** What a provider takes over from the options beside it. */
type Shared = Pick<ParsedOptions, keyof ClientOptions | keyof typeof connection>

/** The id of the only provider, where none was given one. */
const onlyProviderId = 'default'

/** Checks the options and completes them; throws `ERR_RP_OPTIONS` with every fault found. */
export function parseOptions(options: Options): Settings {
  const { output, faults } = checkTypes(options)
  const broken = output === undefined ? [] : contradictions(output).filter((fault) => !isAbout(fault, faults))
  if (output === undefined || faults.length + broken.length > 0)
    throw optionsError('relyingParty', [...faults, ...broken])
  return complete(output)
}

/** A rule that names an option at fault, or its group, says nothing certain: another value stands in for that option. */
function isAbout({ text }: BrokenRule, faults: readonly OptionFault[]): boolean {
  const words = text.split(/\W+/)
  return faults.some(({ path }) => {
    const [group = '', ...rest] = path
    const names = rest.length === 0 || group.startsWith('provider') ? path.slice(-1) : path
    return names.some((name) => words.includes(name))
  })
}

type Rule = readonly [broken: boolean, fault: string]
type BrokenRule = Pick<OptionFault, 'text'>

/** The rules between options, in the order of the documentation. */
function contradictions(options: ParsedOptions): BrokenRule[] {
  const { provider, providers, routes } = options
  const callbacks = new Set(providersOf(options).map(([id]) => callbackPathOf(options, id) || '/'))
  const { postLogout: _theApps, callback: _prefix, ...ours } = routes
  const served = [...Object.values(ours), ...callbacks].filter((route) => route !== false)
  const rules: Rule[] = [
    [provider !== undefined && Object.keys(providers ?? {}).length > 0, 'provider and providers exclude each other'],
    ...providersOf(options).flatMap(([id, each]) => providerRules(options, id, each)),
    ...connectionRules(options),
    ...baseUrlRules(options.baseUrl),
    [
      options.silentLogin !== false && (provider === undefined || !isOpenId(withDefaults(options, provider))),
      'silentLogin needs the one provider, and openid in its scope',
    ],
    [
      // Which posts of the start page are answers, and which the app's own, is not to be seen before their body is read.
      provider !== undefined && withDefaults(options, provider).responseMode === 'form_post' && callbacks.has('/'),
      "responseMode 'form_post' needs a routes.callback with a path of its own",
    ],
    [new Set(served).size < served.length, 'the routes must differ from each other'],
    [
      options.secret === undefined && process.env['NODE_ENV'] === 'production',
      'secret is required with NODE_ENV=production: it seals what is stored, and every process needs the same',
    ],
  ]
  return faultsOf(rules)
}

/** The rules on a provider that nobody signs in at, as far as it is asked for its keys or about tokens. */
export function soleProviderFaults(options: Shared, own: ParsedProvider): BrokenRule[] {
  return faultsOf([...providerRules(options, onlyProviderId, own), ...connectionRules(options)])
}

function faultsOf(rules: readonly Rule[]): BrokenRule[] {
  return rules.filter(([broken]) => broken).map(([, text]) => ({ text }))
}

function connectionRules({ fetch, dispatcher }: Shared): Rule[] {
  return [[fetch !== undefined && dispatcher !== undefined, 'fetch and dispatcher exclude each other']]
}

/** The rules of one provider, on its own members and the ones that it takes over. */
function providerRules(options: Shared, id: string, own: ParsedProvider): Rule[] {
  const client = withDefaults(options, own)
  const { clientId, clientSecret, clientAuthentication, idTokenSignedResponseAlg: alg } = client
  const at = id === onlyProviderId ? '' : `providers.${id}: `
  const secretMethod = typeof clientAuthentication === 'string' && clientAuthentication.startsWith('client_secret')
  return [
    [
      !(isSecureUrl(new URL(own.issuer)) || own.allowInsecureRequests),
      `${at}provider.issuer must be https: (http: only on loopback, or with provider.allowInsecureRequests)`,
    ],
    [
      // openid-client would read such a URL as it is, and compare the issuer with nothing.
      own.issuer.includes('/.well-known/'),
      `${at}provider.issuer must be the issuer itself, not the URL of its metadata: leave out /.well-known/ and the rest`,
    ],
    [clientId === undefined, `${at}clientId is required`],
    [
      secretMethod && clientSecret === undefined,
      `${at}clientAuthentication '${clientAuthentication}' needs a clientSecret`,
    ],
    [
      clientAuthentication !== undefined && !secretMethod && clientSecret !== undefined,
      `${at}clientAuthentication ${nameOf(clientAuthentication)} has no clientSecret`,
    ],
    [alg.startsWith('HS') && clientSecret === undefined, `${at}idTokenSignedResponseAlg '${alg}' needs a clientSecret`],
    ...macKeyRules(at, client),
    [isOpenId(client) && own.userClaims !== undefined, `${at}provider.userClaims is for a scope without openid`],
    [
      own.ca !== undefined && (options.fetch !== undefined || options.dispatcher !== undefined),
      `${at}provider.ca needs our own HTTP pool: leave fetch and dispatcher out`,
    ],
  ]
}

function nameOf(method: ClientAuthentication | undefined): string {
  return typeof method === 'string' ? `'${method}'` : '{ privateKeyJwt }'
}

function providersOf({ provider, providers = {} }: ParsedOptions): [id: string, provider: ParsedProvider][] {
  return [
    ...(provider === undefined ? [] : [[onlyProviderId, provider] as [string, ParsedProvider]]),
    ...Object.entries(providers),
  ]
}

/** A provider's own members win over those beside it. */
function withDefaults(options: Omit<Shared, 'log'>, own: ParsedProvider) {
  const authorizationParameters = own.authorizationParameters ?? options.authorizationParameters ?? {}
  return {
    clientId: own.clientId ?? options.clientId,
    clientSecret: own.clientSecret ?? (own.clientId === undefined ? options.clientSecret : undefined),
    clientAuthentication: own.clientAuthentication ?? options.clientAuthentication,
    scope: own.scope ?? options.scope ?? 'openid',
    authorizationParameters:
      typeof authorizationParameters === 'function' ? authorizationParameters : () => authorizationParameters,
    responseMode: own.responseMode ?? options.responseMode ?? 'query',
    userinfo: own.userinfo ?? options.userinfo ?? false,
    idTokenSignedResponseAlg: own.idTokenSignedResponseAlg ?? options.idTokenSignedResponseAlg ?? 'RS256',
  }
}

function complete(options: ParsedOptions): Settings {
  const log = createLog({ log: options.log, showsMessages: isDevelopedHere(options) })
  warnOfInsecureBaseUrl(log, options.baseUrl)
  const {
    secret = developmentSecret(log),
    routes,
    session,
    silentLogin,
    loginRate,
    refresh,
    apiOrigins,
    store,
  } = options
  const { beforeExpirySeconds, onFailure } = refresh
  const providers = providersOf(options).map(([id, own]) => {
    return completeProvider({ ...options, log }, id, own, callbackPathOf(options, id))
  })
  return Object.freeze({
    providers: Object.freeze(providers),
    ...completeBaseUrl(options.baseUrl),
    secrets: Object.freeze(typeof secret === 'string' ? [secret] : secret),
    routes: Object.freeze(routes),
    forwardLoginParameters: Object.freeze([...new Set(options.forwardLoginParameters)]),
    session: Object.freeze(session),
    silentLogin: silentLogin === true ? () => true : silentLogin || undefined,
    loginRate: Object.freeze(loginRate),
    refresh: Object.freeze({
      beforeExpirySeconds,
      onFailure: typeof onFailure === 'function' ? onFailure : () => onFailure,
    }),
    apiOrigins: Object.freeze(apiOrigins),
    store,
    clock: options.clock ?? systemClock,
    log,
  })
}

/** Completes a provider that nobody signs in at: none of our URLs is registered there. */
export function completeSoleProvider(options: Logged, own: ParsedProvider): ProviderSettings {
  return completeProvider(options, onlyProviderId, own, '')
}

/** The options beside a provider, with the log made of the option `log`. */
type Logged = Omit<Shared, 'log'> & { readonly log: Log }

function completeProvider(options: Logged, id: string, own: ParsedProvider, callbackPath: string): ProviderSettings {
  const { clientId = '', ...defaults } = withDefaults(options, own)
  const { clockToleranceSeconds, httpTimeoutSeconds, fetch, dispatcher, clock = systemClock, log } = options
  warnOfShortMacKey(log, own.issuer, defaults)
  return Object.freeze({
    ...own,
    ...defaults,
    id,
    registration: registrationOf(id, own.issuer, clientId),
    name: own.name ?? id,
    metadata: own.metadata,
    ca: own.ca,
    tenants: own.tenants,
    endSessionFallback: own.endSessionFallback,
    userClaims: own.userClaims,
    clientId,
    callbackPath,
    clockToleranceSeconds,
    httpTimeoutSeconds,
    fetch,
    dispatcher,
    clock,
    log,
  })
}

/** Each of several providers has a callback of its own, so that answers cannot be mixed up (RFC 9700 section 4.4). */
function callbackPathOf({ provider, routes }: ParsedOptions, id: string): string {
  return provider === undefined ? `${routes.callback}/${id}` : routes.callback
}

function registrationOf(...names: string[]): string {
  return hash('sha256', JSON.stringify(names), 'base64url').slice(0, 16)
}

/** With fractions: a sign-in in the second of a sign-out everywhere is still known to be the later one. */
function systemClock(): number {
  return Date.now() / 1000
}

/** On the developer's own machine, where no stranger reads an error page. */
function isDevelopedHere({ baseUrl }: ParsedOptions): boolean {
  return process.env['NODE_ENV'] !== 'production' && [baseUrl].flat().every((url) => isLoopback(new URL(url)))
}
