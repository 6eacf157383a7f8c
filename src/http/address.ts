// Our public addresses, and which of them a request was sent to.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from './messages.ts'
import { requestHost } from './request-host.ts'

/** One public address of the app. */
export interface Address {
  /** As it was given, without a slash at its end. */
  readonly baseUrl: string
  readonly origin: string
  /** How a Host header names it: with its port, and where that is the default also without. */
  readonly hosts: readonly string[]
}

/** All public addresses; they have the same path. */
export interface Addresses {
  /** At least one. */
  readonly addresses: readonly [Address, ...Address[]]
  /** `baseUrl` is a list. Otherwise the only one is that of every request, whatever Host says. */
  readonly isChosenByHost: boolean
}

/**
 * The address of a request; throws `ERR_RP_HOST_UNKNOWN`. A host that was not listed gets none, and never the first one:
 * nobody is sent to where they did not come from (threats V3, V4). Nothing is kept from one request to the next (V38).
 */
export function addressOf(request: HttpRequest, { addresses, isChosenByHost }: Addresses): Address {
  if (!isChosenByHost) return addresses[0]
  const host = requestHost(request)
  const address = host === undefined ? undefined : addresses.find(({ hosts }) => hosts.includes(host))
  if (address !== undefined) return address
  const message =
    'The host of this request is not one of baseUrl, so nothing was started or ended. Behind a proxy, let it pass the ' +
    "Host header on, or set Express's `trust proxy` so that X-Forwarded-Host counts."
  throw new RelyingPartyError('ERR_RP_HOST_UNKNOWN', { message })
}
