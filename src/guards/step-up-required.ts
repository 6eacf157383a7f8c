// The error of an API call that needs a stronger or newer authentication of the person (RFC 9470 section 3).
import { type AuthenticationDemand, RelyingPartyError } from '../errors.ts'
import { stepUpChallenge } from '../http/step-up-challenge.ts'

/** What `req.oidc.fetch()` rejects with; `errorPage()` makes a step-up of it. */
export function stepUpRequired(demand: AuthenticationDemand): RelyingPartyError {
  const message =
    'The API needs a stronger or newer authentication of the person (insufficient_user_authentication). Hand this error to ' +
    'next(): errorPage() sends a page navigation to the provider, and answers others with the same challenge.'
  const headers = { 'WWW-Authenticate': stepUpChallenge(demand) }
  return new RelyingPartyError('ERR_RP_STEP_UP_REQUIRED', { message, demand, headers })
}
