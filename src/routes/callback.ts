// GET /callback: the provider's answer comes in, a signed-in user goes out. form-post.ts reads the answer of a form.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { redirect } from '../http/redirect.ts'
import { requestQuery } from '../http/request-url.ts'
import { parseAuthorizationResponse, requireCode } from '../protocol/authorization-response.ts'
import { identify } from '../protocol/claims.ts'
import { requestTokens } from '../protocol/token-request.ts'
import type { Provider } from '../providers/provider.ts'
import type { Transaction } from '../session/express-session.ts'
import type { Logins } from '../session/logins.ts'
import type { Transactions } from '../session/transactions.ts'
import type { HealLogin } from './resume-login.ts'

/** What the callback works with. */
export interface CallbackParts {
  readonly transactions: Pick<Transactions, 'take'>
  readonly logins: Pick<Logins, 'establish'>
  readonly healLogin: HealLogin
}

/** Makes the route of one provider: each has a callback of its own, so that answers cannot be mixed up. */
export function createCallback(provider: Provider, { transactions, logins, healLogin }: CallbackParts) {
  return async function callback(
    request: HttpRequest,
    response: HttpResponse,
    parameters: URLSearchParams = requestQuery(request),
  ): Promise<void> {
    const answer = parseAuthorizationResponse(parameters)
    const transaction = await transactions.take(request, answer.state)
    if (transaction === undefined) return await healLogin(request, response, answer)
    requireSameProvider(transaction, provider)
    const isStepUp = transaction.stepUps !== undefined
    const code = await requireCode(answer, provider, { isStepUp }).catch(unlessSilent(transaction))
    if (code === undefined) return redirect(request, response, transaction.returnTo)
    const tokens = await requestTokens(provider, code, transaction)
    const claims = await identify(provider, tokens, transaction)
    const { requestedAt: loginAt, ...kept } = tokens
    const { registration, nonce, stepUps, createdAt } = transaction
    await logins.establish(request, { ...kept, loginAt, claims, registration, nonce, stepUps }, createdAt)
    redirect(request, response, transaction.returnTo)
  }
}

/** A login started at one provider is not finished by another (mix-up, RFC 9700 section 4.4). */
function requireSameProvider({ registration }: Transaction, { settings }: Provider): void {
  if (registration === settings.registration) return
  const message = 'This login was started at another provider. Nobody was signed in.'
  throw new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message })
}

/** What a provider answers to `prompt=none` when the person has to do something first, or when it is not well itself. */
const carryOn = [
  'login_required',
  'interaction_required',
  'account_selection_required',
  'consent_required',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]

/** Who was not asked for anything is shown no error: they go on signed out (OpenID Connect Core 1.0 section 3.1.2.6). */
function unlessSilent({ isSilent }: Transaction): (error: unknown) => undefined {
  return (error) => {
    const { error: word = '' } = error instanceof RelyingPartyError ? error : {}
    if (!isSilent || !carryOn.includes(word)) throw error
  }
}
