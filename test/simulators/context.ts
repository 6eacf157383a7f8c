// What all endpoints of one simulator share.

import type { EndpointFault } from '../../src/testing/provider-faults.ts'
import type { SimulatorClient } from './clients.ts'
import type { SimulatorClock } from './clock.ts'
import type { Ledger } from './ledger.ts'
import type { EndpointName, EndpointUrls, Location, Place, Profile, SimulatorUser, Switches } from './profile.ts'
import type { TokenKeys } from './token-keys.ts'

/** One login session of one browser at the provider. */
export interface LoginSession {
  /** The value of the cookie. */
  readonly id: string
  readonly sid: string
  readonly user: SimulatorUser
  readonly authTimeAt: number
  /** The clients that the user went to in this session, in order. */
  readonly clients: Set<SimulatorClient>
}

/** Values that the next response uses in place of random ones, so that a sample is replayed byte by byte. */
export interface Upcoming {
  code?: string
  accessToken?: string
  refreshToken?: string
}

/** A pushed authorization request (RFC 9126). */
export interface PushedRequest {
  readonly parameters: URLSearchParams
  readonly clientId: string
  readonly expiresAt: number
}

/** A Logout Token that was sent, or tried to be sent. */
export interface LogoutTokenDelivery {
  readonly url: string
  readonly logoutToken: string
  /** The HTTP status, or `undefined` when nobody answered. */
  readonly status: number | undefined
}

/** The faults in force, by endpoint. */
export type SimulatorFaults = Partial<Record<EndpointName, EndpointFault>>

/** The state of one running simulator. */
export interface Context {
  readonly profile: Profile
  readonly place: Place
  readonly location: Location
  readonly urls: EndpointUrls
  readonly origin: string
  readonly issuer: string
  readonly switches: Switches
  readonly clients: readonly SimulatorClient[]
  readonly clock: SimulatorClock
  readonly keys: TokenKeys
  readonly ledger: Ledger
  readonly sessions: Map<string, LoginSession>
  /** Authentication Requests that wait for the login form, by their id. */
  readonly pending: Map<string, URLSearchParams>
  readonly pushed: Map<string, PushedRequest>
  readonly usedAssertions: Set<string>
  readonly deliveries: Promise<LogoutTokenDelivery>[]
  readonly dpopNonce: string
  upcoming: Upcoming
  user: SimulatorUser
  faults: SimulatorFaults
}

/** The registered client of that identifier. */
export function findClient(context: Context, clientId: string | undefined): SimulatorClient | undefined {
  return context.clients.find((client) => client.clientId === clientId)
}

/** Takes a prepared value, once. */
export function takeUpcoming(context: Context, name: keyof Upcoming): string | undefined {
  const value = context.upcoming[name]
  delete context.upcoming[name]
  return value
}

/** The location on this simulator's origin of an endpoint's main path. */
export function pathOf(context: Context, name: EndpointName): string {
  return context.location.paths[name]?.[0] ?? ''
}
