// What a request gets whose login is not strong or new enough: the provider once, a challenge, or 403 (RFC 9470).
import { type AuthenticationDemand, errorTable, RelyingPartyError } from '../errors.ts'
import type { HttpResponse, Next } from '../http/messages.ts'
import { sendProblem } from '../http/problem.ts'
import { stepUpChallenge } from '../http/step-up-challenge.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import { authenticationOf } from './authentication.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'

/** Sends the request to the provider to be asked for that. */
export function ask(demand: RequestedDemand, { oidc }: RelyingPartyRequest, next: Next): void {
  const authentication = oidc && authenticationOf(oidc)
  if (authentication === undefined) next(notMounted('requireAuth'))
  else authentication.ask(demand).catch(next)
}

/** Refuses by the challenge; who can navigate asks for the page itself, or for another one of ours. */
export function challenge(demand: AuthenticationDemand, request: RelyingPartyRequest, response: HttpResponse): void {
  const code = 'ERR_RP_STEP_UP_REQUIRED'
  const { status, title } = errorTable[code]
  response.setHeader('WWW-Authenticate', stepUpChallenge(demand))
  sendProblem(request, response, {
    type: 'about:blank',
    title,
    status,
    code,
    login_url: request.oidc?.loginUrl,
    acr_values: demand.acrValues?.join(' '),
    max_age: demand.maxAgeSeconds,
  })
}

/** The provider was asked, and did not deliver: it is not asked again. */
export function insufficient({ user }: RelyingPartyRequest): RelyingPartyError {
  const message =
    'The provider was asked for a stronger or newer authentication, and what came is not enough. Check which acr values ' +
    'it supports for this client, that it sends auth_time, and the clocks of both hosts.'
  return new RelyingPartyError('ERR_RP_AUTHENTICATION_INSUFFICIENT', { message, provider: user?.claims.iss })
}
