// The test provider as tests see it: start it, let it misbehave, look at what it was asked, close it.

import { checkFaults } from './fault-names.ts'
import { Grants } from './grants.ts'
import { signClaims } from './id-token.ts'
import { issueLogoutToken } from './logout-token.ts'
import { type NamesOf, requireNames, requireWord } from './option-names.ts'
import type { Claims, TestClient, TestUser } from './parties.ts'
import type { ProviderContext } from './provider-context.ts'
import { mergeFaults, type TestProviderFaults } from './provider-faults.ts'
import { ProviderServer } from './provider-server.ts'
import { type SigningAlgorithm, SigningKeys } from './signing-keys.ts'
import type { EndpointName, TestRequest } from './test-request.ts'

/** Options of {@link startTestProvider}; all may be left out. */
export interface TestProviderOptions {
  /** The port on 127.0.0.1; by default a free one. */
  port?: number
  /**
   * The registered clients. By default two that accept every redirect URI: the public client `test-client`, and the
   * confidential client `test-confidential-client` with the secret `test-secret-_.~!`.
   */
  clients?: TestClient[]
  /**
   * The user who is signed in at the provider.
   *
   * @defaultValue `{ sub: 'test-user', name: 'Test User', email: 'test-user@example.com', email_verified: true }`
   */
  user?: TestUser
  /** Metadata that is merged over the discovery document; the value `undefined` removes a member. */
  metadata?: Record<string, unknown>
  /**
   * The algorithm that signs ID Tokens. With HS256 the key is the client secret; of a public client the empty string.
   *
   * @defaultValue 'RS256'
   */
  idTokenSignedResponseAlg?: SigningAlgorithm
}

/** Options of {@link TestProvider.rotateKeys}. */
export interface RotateKeysOptions {
  /**
   * Whether the old key stays published.
   *
   * @defaultValue true
   */
  keepOld?: boolean
}

/** A running OpenID Provider for tests; made by {@link startTestProvider}. */
export interface TestProvider {
  /** The Issuer Identifier, `http://127.0.0.1:PORT`. */
  readonly issuer: string
  /** The origin of the server; the same as `issuer`. */
  readonly url: string
  /** All requests in order of arrival; empty it with `requests.length = 0`. */
  readonly requests: TestRequest[]
  /** Who is signed in at the provider; with `undefined` it answers `login_required`. */
  user: TestUser | undefined
  /**
   * When that user signed in there (NumericDate): the `auth_time` of all logins, until one asks for a newer one by `max_age`
   * or by `prompt=login`. With `undefined` every login authenticates the user anew.
   */
  signedInAt: number | undefined
  /**
   * The `acr` values that it can deliver, the first one when nobody asks. An essential `acr` that is not among them is
   * answered by `unmet_authentication_requirements`. With `undefined` it delivers the first value that is asked for.
   */
  acrValues: readonly string[] | undefined
  /** The requests to one endpoint, in order of arrival. */
  requestsTo(endpoint: EndpointName): TestRequest[]
  /**
   * Adds faults to those in force, until {@link TestProvider.behave}; where they contradict each other the later wins.
   *
   * @throws A `TypeError` for a fault that is not known.
   */
  misbehave(faults: TestProviderFaults): void
  /** Ends all faults. */
  behave(): void
  /** Signs with a new key under a new `kid` from now on. */
  rotateKeys(options?: RotateKeysOptions): void
  /** Signs exactly these claims by the current key, whatever faults are in force; `header` is merged over `alg`, `typ` and `kid`. */
  signIdToken(claims: Claims, header?: Record<string, unknown>): string
  /**
   * A Logout Token (OpenID Connect Back-Channel Logout 1.0 section 2.4) for the first client about the user, by `sub`
   * alone; post it to the app as `logout_token`. `claims` are merged over the right ones and `header` over `alg`, `typ`
   * and `kid`, where `undefined` removes a member.
   *
   * @example
   * ```ts
   * const body = new URLSearchParams({ logout_token: provider.logoutToken({ sid: idTokenClaims.sid }) })
   * await fetch('http://localhost:3000/backchannel-logout', { method: 'POST', body })
   * ```
   */
  logoutToken(claims?: Claims, header?: Record<string, unknown>): string
  /** Makes the provider unreachable: refuses connections and cuts those that are open. Codes, tokens, keys and faults stay. */
  stop(): Promise<void>
  /** Ends an outage: listens at the same port again. */
  start(): Promise<void>
  /** Stops for good; call it at the end of a test. */
  close(): Promise<void>
}

const DEFAULT_CLIENTS: readonly TestClient[] = [
  { clientId: 'test-client' },
  { clientId: 'test-confidential-client', clientSecret: 'test-secret-_.~!' },
]

const DEFAULT_USER: TestUser = {
  sub: 'test-user',
  name: 'Test User',
  email: 'test-user@example.com',
  email_verified: true,
}

/**
 * Starts an OpenID Provider on 127.0.0.1 that signs its user in without asking, and misbehaves on demand.
 *
 * For tests only: there is no login form and anyone may sign in.
 *
 * @throws A `TypeError` for an option that is not known. The error of `listen` (e.g. `EADDRINUSE`) when the port cannot be used.
 *
 * @example
 * ```ts
 * import { faults, startTestProvider, TestBrowser } from 'express-relying-party/testing'
 *
 * const provider = await startTestProvider({ user: { sub: 'alice', role: 'admin' } })
 * // ... start the app with { issuer: provider.issuer, clientId: 'test-client' } at appUrl
 * const page = await new TestBrowser().follow('http://localhost:3000/profile')
 * console.log(page.status, provider.requestsTo('token').length) // 200 1
 *
 * provider.misbehave(faults.wrongNonce)
 * // ... the next login is refused
 * await provider.close()
 * ```
 */
export async function startTestProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  checkOptions(options)
  const requests: TestRequest[] = []
  const server = new ProviderServer(options.port ?? 0, requests)
  await server.start()
  const context = createContext(server.origin, options)
  server.serve(context)
  return createProvider(context, server, requests)
}

const providerNames: NamesOf<TestProviderOptions> = {
  port: true,
  clients: true,
  user: true,
  metadata: true,
  idTokenSignedResponseAlg: true,
}

const clientNames: NamesOf<TestClient> = {
  clientId: true,
  clientSecret: true,
  redirectUris: true,
  postLogoutRedirectUris: true,
}

const rotationNames: NamesOf<RotateKeysOptions> = { keepOld: true }

/** Throws a `TypeError` for options of `startTestProvider()` that it does not know. */
function checkOptions(options: TestProviderOptions): void {
  const caller = 'startTestProvider()'
  requireNames(caller, options, providerNames)
  for (const each of options.clients ?? []) requireNames(`${caller} clients`, each, clientNames)
  requireWord(`${caller} idTokenSignedResponseAlg`, options.idTokenSignedResponseAlg, [
    'RS256',
    'ES256',
    'PS256',
    'HS256',
  ])
}

function createContext(issuer: string, options: TestProviderOptions): ProviderContext {
  const alg = options.idTokenSignedResponseAlg ?? 'RS256'
  return {
    issuer,
    clients: options.clients ?? DEFAULT_CLIENTS,
    metadata: options.metadata ?? {},
    idTokenSignedResponseAlg: alg,
    keys: new SigningKeys(alg),
    grants: new Grants(),
    user: options.user ?? { ...DEFAULT_USER },
    signedInAt: undefined,
    acrValues: undefined,
    faults: {},
  }
}

function createProvider(context: ProviderContext, server: ProviderServer, requests: TestRequest[]): TestProvider {
  return {
    issuer: context.issuer,
    url: context.issuer,
    requests,
    get user(): TestUser | undefined {
      return context.user
    },
    set user(user: TestUser | undefined) {
      context.user = user
    },
    get signedInAt(): number | undefined {
      return context.signedInAt
    },
    set signedInAt(signedInAt: number | undefined) {
      context.signedInAt = signedInAt
    },
    get acrValues(): readonly string[] | undefined {
      return context.acrValues
    },
    set acrValues(acrValues: readonly string[] | undefined) {
      context.acrValues = acrValues
    },
    requestsTo: (endpoint) => requests.filter((request) => request.endpoint === endpoint),
    misbehave: (faults) => {
      checkFaults(faults)
      context.faults = mergeFaults(context.faults, faults)
    },
    behave: () => {
      context.faults = {}
    },
    rotateKeys: (options = {}) => {
      requireNames('rotateKeys()', options, rotationNames)
      context.keys.rotate({ keepOld: options.keepOld ?? true })
    },
    signIdToken: (claims, header) => signClaims(context, claims, header),
    logoutToken: (claims, header) => issueLogoutToken(context, claims, header),
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => server.stop(),
  }
}
