// A simulator as tests see it: start it with a vendor's profile, switch its behaviour, look at what it was asked, close it.

import { randomBytes } from 'node:crypto'
import { type ClientOptions, completeClient, type SimulatorClient } from './clients.ts'
import { SimulatorClock } from './clock.ts'
import { type Context, findClient, type LogoutTokenDelivery, type SimulatorFaults, type Upcoming } from './context.ts'
import { Ledger } from './ledger.ts'
import type { EndpointName, EndpointUrls, Location, Place, Profile, SimulatorUser, Switches } from './profile.ts'
import { type ServerOptions, SimulatorServer } from './server.ts'
import { TokenKeys } from './token-keys.ts'
import type { SimulatorRequest } from './wire-request.ts'

/** Options of {@link startSimulator}; without any of them the vendor's guide can be replayed. */
export interface SimulatorOptions extends Partial<Place>, Partial<Switches>, Partial<ServerOptions> {
  /** The registered clients, each completed by the vendor's sample application; by default that one alone. */
  readonly clients?: readonly ClientOptions[]
  /** The End-User; completed by the vendor's sample user. */
  readonly user?: Readonly<Record<string, unknown>>
  /** What the provider calls itself, in metadata and tokens, whatever its URL is (wire 1.1). */
  readonly issuerOverride?: string
  /** The time as a NumericDate; by default the machine's. */
  readonly now?: () => number
}

/** A running simulator. */
export interface Simulator {
  readonly issuer: string
  /** The origin, without a slash. */
  readonly url: string
  /** Where metadata is served; at WSO2 twice, with one issuer. */
  readonly discoveryUrls: readonly string[]
  readonly urls: EndpointUrls
  readonly clients: readonly SimulatorClient[]
  readonly clock: SimulatorClock
  /** May be changed at any time. */
  readonly switches: Switches
  /** All requests, in order of arrival; empty it with `requests.length = 0`. */
  readonly requests: SimulatorRequest[]
  /** The TLS certificate in PEM. */
  readonly certificate: string | undefined
  /** Who signs in next, or a change of the claims of who has signed in. */
  user: SimulatorUser
  /** Values for the next code and tokens in the place of random ones. */
  upcoming: Upcoming
  /** The requests to one endpoint. */
  requestsTo(endpoint: EndpointName): SimulatorRequest[]
  /** Changes an application as an administrator would, also for codes and tokens that are out. */
  configureClient(clientId: string, changes: ClientOptions): void
  /** Adds faults; members missing from a token response, delays, failures (see `EndpointFault` of the test provider). */
  misbehave(faults: SimulatorFaults): void
  /** Ends all faults. */
  behave(): void
  /** Signs with a new key under a new `kid` from now on; with `keepOld: false` the old one is no longer published. */
  rotateKeys(options?: { readonly keepOld?: boolean }): void
  /** A JWT of these claims by the current key. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string
  /** The Logout Tokens of all logouts so far, once their receivers have answered. */
  logoutTokens(): Promise<LogoutTokenDelivery[]>
  /** Makes the simulator unreachable, and reachable again at the same port. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops for good. */
  close(): Promise<void>
}

/** Starts one vendor on loopback: the vendor's host is replaced, its paths stay. */
export async function startSimulator(profile: Profile, options: SimulatorOptions = {}): Promise<Simulator> {
  const server = new SimulatorServer({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    tls: options.tls ?? 'none',
  })
  await server.start()
  const context = createContext(profile, options, server.origin)
  server.serve(context)
  return createSimulator(context, server)
}

function createContext(profile: Profile, options: SimulatorOptions, origin: string): Context {
  const place = readMembers(profile.place, options)
  const switches = readMembers({ ...profile.switches }, options)
  const location = profile.locate(origin, place, switches.isFapi2)
  const clients = options.clients ?? [{}]
  return {
    profile,
    place,
    location,
    urls: absoluteUrls(origin, location),
    origin,
    issuer: options.issuerOverride ?? location.issuer,
    switches,
    clients: clients.map((client) => completeClient(profile.sampleClient, client)),
    clock: new SimulatorClock(options.now),
    keys: new TokenKeys(profile),
    ledger: new Ledger(),
    sessions: new Map(),
    pending: new Map(),
    pushed: new Map(),
    usedAssertions: new Set(),
    deliveries: [],
    dpopNonce: randomBytes(12).toString('base64url'),
    upcoming: {},
    user: { ...profile.user, ...options.user },
    faults: {},
  }
}

/** The defaults, with those members that the options name. */
function readMembers<Members extends object>(defaults: Members, options: SimulatorOptions): Members {
  const names = Object.keys(defaults)
  const given = Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}

function absoluteUrls(origin: string, { paths }: Location): EndpointUrls {
  const names: Record<EndpointName, undefined> = {
    discovery: undefined,
    webfinger: undefined,
    jwks: undefined,
    authorization: undefined,
    par: undefined,
    login: undefined,
    resume: undefined,
    errorPage: undefined,
    token: undefined,
    userinfo: undefined,
    introspection: undefined,
    revocation: undefined,
    logout: undefined,
    idpSignoff: undefined,
    checkSession: undefined,
  }
  const entries = (Object.keys(names) as EndpointName[]).map((name) => {
    const path = paths[name]?.[0]
    return [name, path === undefined ? '' : `${origin}${path}`]
  })
  return Object.fromEntries(entries) as Record<EndpointName, string>
}

function createSimulator(context: Context, server: SimulatorServer): Simulator {
  const { issuer, origin, location, urls, clients, clock, switches } = context
  const { requests, certificate } = server
  const discoveryUrls = (location.paths.discovery ?? []).map((path) => `${origin}${path}`)
  return {
    ...{ issuer, url: origin, discoveryUrls, urls, clients, clock, switches, requests, certificate },
    get user(): SimulatorUser {
      return context.user
    },
    set user(user: SimulatorUser) {
      context.user = user
    },
    get upcoming(): Upcoming {
      return context.upcoming
    },
    set upcoming(upcoming: Upcoming) {
      context.upcoming = upcoming
    },
    configureClient: (clientId, changes) => {
      Object.assign(findClient(context, clientId) ?? {}, changes)
    },
    misbehave: (faults) => {
      context.faults = { ...context.faults, ...faults }
    },
    behave: () => {
      context.faults = {}
    },
    requestsTo: (endpoint) => requests.filter((request) => request.endpoint === endpoint),
    rotateKeys: (options) => context.keys.rotate(options),
    sign: (claims, header = {}) => context.keys.sign({ header, claims }),
    logoutTokens: () => Promise.all(context.deliveries),
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => server.stop(),
  }
}
